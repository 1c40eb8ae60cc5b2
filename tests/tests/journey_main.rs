//! The main job over public HTTP: an ID number and one photo become a signed contract, and nothing else does.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use tests::world::{Cli, Finished, Server, http, in_checkout};

fn photo(path: &str) -> String {
    in_checkout(path).to_string_lossy().into_owned()
}

async fn submit(server: &Server, link: &str, number: &str, photo: &str, more: &[&str]) -> (Finished, Value) {
    let mut arguments = vec![
        "submit",
        "--link",
        link,
        "--id-number",
        number,
        "--photo",
        photo,
        "--accept",
        "--json",
        "--lab",
        &server.lab_url,
    ];
    arguments.extend(more);
    let folder = tempfile::tempdir().unwrap();
    let finished = Cli::new(&arguments).unwrap().in_folder(folder.path()).run().await.unwrap();
    let report = serde_json::from_str(&finished.stdout).unwrap_or_else(|_| panic!("{finished:?}"));
    (finished, report)
}

async fn fresh_link(server: &Server, offer: Value) -> String {
    let made = http()
        .unwrap()
        .post(format!("{}/api/v1/links", server.url))
        .bearer_auth(&server.api_key)
        .json(&offer)
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    made.json::<Value>().await.unwrap()["url"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_card_becomes_a_contract_that_others_verify() {
    let server = Server::start_demo().await.unwrap();
    let pdf = server.data().join("signed.pdf");
    let more = ["--pdf", pdf.to_str().unwrap()];
    let card = photo("assets/cards/sample-1.jpg");
    let (finished, report) = submit(&server, &server.customer_link, "110105198004197592", &card, &more).await;
    assert_eq!(finished.code, 0, "{finished:?}");
    assert_eq!(report["decision"], "approved");
    let kinds: Vec<&str> =
        report["steps"].as_array().unwrap().iter().filter_map(|s| s["kind"].as_str()).collect();
    for kind in [
        "ocr",
        "duplicate-check",
        "match-matrix",
        "consent-check",
        "recommend-plan",
        "match-funder",
        "disclose",
        "sign",
    ] {
        assert!(kinds.contains(&kind), "{kind} is missing in {kinds:?}");
    }

    let lab_root = server.data().join("lab-root.pem");
    let pem = http().unwrap().get(format!("{}/ca/root.pem", server.lab_url)).send().await.unwrap();
    std::fs::write(&lab_root, pem.bytes().await.unwrap()).unwrap();
    let seal_root = server.data().join("seal-root.pem");
    let verify = |file: String| {
        let (seal_root, lab_root) = (seal_root.clone(), lab_root.clone());
        async move {
            let roots = [seal_root.to_str().unwrap(), lab_root.to_str().unwrap()];
            let arguments = ["verify", &file, "--roots", roots[0], "--roots", roots[1]];
            Cli::new(&arguments).unwrap().run().await.unwrap().code
        }
    };
    assert_eq!(verify(pdf.to_string_lossy().into_owned()).await, 0);

    let mut changed = std::fs::read(&pdf).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let forged = server.data().join("forged.pdf");
    std::fs::write(&forged, &changed).unwrap();
    assert_ne!(verify(forged.to_string_lossy().into_owned()).await, 0, "a flipped byte was not noticed");
    changed[middle] ^= 1;
    changed.extend_from_slice(b"\n% one more line\n");
    std::fs::write(&forged, &changed).unwrap();
    assert_ne!(verify(forged.to_string_lossy().into_owned()).await, 0, "an appended line was not noticed");

    let outside = std::process::Command::new("pdfsig").arg("-nocert").arg(&pdf).output();
    let outside = outside.expect("pdfsig (package poppler-utils) is missing: cargo xtask test installs it");
    let said = String::from_utf8_lossy(&outside.stdout);
    assert_eq!(said.matches("Signature is Valid").count(), 2, "{said}");
    assert!(
        said.trim_end().rsplit("Signature #").next().unwrap().contains("Total document signed"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_our_generator_never_drew_goes_through_once_the_name_is_said() {
    let server = Server::start_demo().await.unwrap();
    let card = photo("tests/fixtures/outside/outside-1.jpg");
    let (finished, report) =
        submit(&server, &server.customer_link, "330106199304172460", &card, &["--name", "沈若云"]).await;
    assert_eq!(finished.code, 0, "{finished:?}");
    assert_eq!(report["decision"], "approved");
    // The same card under another number is a fraud signal: a person looks.
    let other = fresh_link(&server, json!({})).await;
    let (finished, report) =
        submit(&server, &other, "210102197809023135", &card, &["--name", "赵立群"]).await;
    assert_eq!(finished.code, 3, "{finished:?}");
    assert_eq!(report["decision"], "review", "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_card_is_never_approved() {
    let server = Server::start_demo().await.unwrap();
    let card = photo("tests/fixtures/outside/outside-2.jpg");
    let (finished, report) =
        submit(&server, &server.customer_link, "330106199304172460", &card, &["--name", "沈若云"]).await;
    assert_eq!(finished.code, 3, "{finished:?}");
    assert_eq!(report["decision"], "review", "{report}");
    assert_eq!(report["contract"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_with_its_field_and_code() {
    let server = Server::start_demo().await.unwrap();
    let card = photo("assets/cards/sample-1.jpg");
    for (number, code) in [
        ("1101051980041975", "id_number_length"),
        ("11010519800419759A", "id_number_letters"),
        ("110105198004197593", "id_number_checksum"),
        ("11010519800230759X", "id_number_birth_date"),
        ("110105201504197596", "id_number_under_age"),
    ] {
        let (finished, report) = submit(&server, &server.customer_link, number, &card, &[]).await;
        assert_eq!(finished.code, 1, "{number}: {finished:?}");
        let said = &report["problems"][0];
        // A number with a wrong date or age may fail its check character first; either way it names the field.
        assert_eq!(said["field"], "id_number", "{number}: {report}");
        let fits = said["code"] == code || said["code"] == "id_number_checksum";
        assert!(fits, "{number}: {report}");
    }
    let folder = tempfile::tempdir().unwrap();
    let jpeg = std::fs::read(&card).unwrap();
    for (name, bytes, code) in [
        ("empty.jpg", Vec::new(), "photo_empty"),
        ("text.jpg", b"not a picture at all".to_vec(), "photo_not_an_image"),
        ("page.jpg", b"<html><body>hello</body></html>".to_vec(), "photo_unsupported_kind"),
        ("paper.jpg", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec(), "photo_unsupported_kind"),
        ("half.jpg", jpeg[..jpeg.len() / 2].to_vec(), "photo_truncated"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (finished, report) =
            submit(&server, &server.customer_link, "110105198004197592", path.to_str().unwrap(), &[]).await;
        assert_eq!(finished.code, 1, "{name}: {finished:?}");
        assert_eq!(report["problems"][0]["code"], code, "{name}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_and_no_stranger_can_act_for_the_customer() {
    let server = Server::start_demo().await.unwrap();
    let client = http().unwrap();
    for what in ["consents", "confirmation", "acceptance", "disclosure", "signature", "withdrawal", "code"] {
        let url = format!("{}/api/v1/customer/{what}", server.url);
        for bearer in [server.api_key.as_str(), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""] {
            let answer =
                client.post(&url).bearer_auth(bearer).json(&json!({"act_id": "x"})).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{what} with {bearer:?}");
        }
    }
    for token in ["", "../../etc/passwd", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let answer = client.get(format!("{}/c/{token}", server.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{token}");
    }
}
