//! How a server starts: it owns its folder before it touches anything, and never goes on with the wrong keys.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::Path;

use tests::world::{Cli, Finished, Server, Start, in_checkout};

async fn serve(data: &Path, addr: &str, more: &[&str]) -> Finished {
    let line: Vec<&str> = ["serve", "--data", data.to_str().unwrap(), "--addr", addr]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    Cli::new(&line).unwrap().run().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_says_that_the_folder_is_in_use_and_touches_nothing() {
    let server = Server::start_demo().await.unwrap();
    let data = server.data();
    std::fs::remove_dir_all(data.join("lab")).unwrap();
    let address = server.url.trim_start_matches("http://").to_owned();
    // The first server also listens on this address; what matters is said.
    for addr in [address.as_str(), "127.0.0.1:0"] {
        let second = serve(&data, addr, &["--demo"]).await;
        assert_eq!(second.code, 1, "{second:?}");
        assert!(second.stderr.contains("in use by another miaopi process"), "{second:?}");
    }
    assert!(!data.join("lab").exists(), "a second lab was started");
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_and_foreign_keys_are_refused_with_what_to_do() {
    let mut server = Server::start_demo().await.unwrap();
    let data = server.data();
    let photo = in_checkout("assets/cards/sample-1.jpg").to_string_lossy().into_owned();
    let more = ["--id-number", "110105198004197592", "--photo", &photo, "--accept"];
    let signed = server.submit(&server.customer_link, &more).await.unwrap();
    assert_eq!(signed.code, 0, "{:?}", signed.said);
    server.stop().await.unwrap();

    let (key, seal) = (data.join("master.key"), data.join("seal.pem"));
    let (right_key, right_seal) = (std::fs::read(&key).unwrap(), std::fs::read(&seal).unwrap());
    let refused = async |sentence: &str| {
        let said = serve(&data, "127.0.0.1:0", &[]).await;
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.stderr.contains(sentence), "{said:?}");
    };
    std::fs::remove_file(&key).unwrap();
    refused("put the key file back").await;
    assert!(!key.exists(), "a fresh key was made in place of the lost one");
    let admin = ["admin", "api-key", "--label", "x", "--data", data.to_str().unwrap()];
    let said = Cli::new(&admin).unwrap().run().await.unwrap();
    assert!(said.code == 1 && said.stderr.contains("put the key file back"), "{said:?}");
    std::fs::write(&key, [7; 32]).unwrap();
    refused("put the right key file there").await;
    std::fs::write(&key, &right_key).unwrap();

    std::fs::remove_file(&seal).unwrap();
    refused("contracts were sealed with it").await;
    assert!(!seal.exists(), "a fresh seal was made in place of the lost one");
    // Another company's seal: said plainly, and taken over only on purpose.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = Start::demo().start().await.unwrap();
    std::fs::copy(other.data().join("seal.pem"), elsewhere.path().join("seal.pem")).unwrap();
    other.stop().await.unwrap();
    std::fs::copy(elsewhere.path().join("seal.pem"), &seal).unwrap();
    refused("miaopi admin new-seal").await;
    let new_seal = ["admin", "new-seal", "--data", data.to_str().unwrap()];
    let said = Cli::new(&new_seal).unwrap().run().await.unwrap();
    assert_eq!(said.code, 0, "{said:?}");
    server.restart().await.unwrap();
    server.stop().await.unwrap();
    std::fs::write(&seal, &right_seal).unwrap();
    refused("miaopi admin new-seal").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_nobody_trusts_is_warned_of() {
    let mut server = Server::start(&["--public-url", "https://pay.example.cn"]).await.unwrap();
    server.stop().await.unwrap();
    assert!(server.log().contains("trusted_proxies"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_names_a_key_that_the_settings_keep_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (data, key) = (folder.path().join("data"), folder.path().join("vault.key"));
    let config = folder.path().join("miaopi.toml");
    std::fs::write(&config, format!("data = {data:?}\nkey_file = {key:?}\n")).unwrap();
    let config = config.to_str().unwrap();
    let company = ["--credit-code", "91310000MA0000001Y", "--address", "a", "--phone", "400-000-0002"];
    let names = ["admin", "create", "--name-zh", "样本", "--name-en", "Sample", "--config", config];
    let line: Vec<&str> = names.into_iter().chain(company).collect();
    let mut made = Cli::new(&line).unwrap().run().await.unwrap();
    if made.stderr.contains("--credit-code") {
        made = Cli::new(&names).unwrap().run().await.unwrap();
    }
    assert_eq!(made.code, 0, "{made:?}");
    assert!(key.exists() && !data.join("master.key").exists());
    let to = folder.path().join("copy");
    let backup = ["backup", "--config", config, "--to", to.to_str().unwrap()];
    let said = Cli::new(&backup).unwrap().run().await.unwrap();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.contains("vault.key"), "{said:?}");
}
