//! Three tools that are not ours judge a contract that came out of the main job: pdfsig, pyHanko and openssl.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tests::world::{Server, http, in_checkout};

/// A signed contract with the demo's roots beside it.
struct Signed {
    server: Server,
    pdf: PathBuf,
    seal_root: PathBuf,
    lab_root: PathBuf,
}

async fn signed() -> Signed {
    let server = Server::start_demo().await.unwrap();
    let link = server.new_link(&json!({})).await.unwrap();
    let card = in_checkout("assets/cards/sample-1.jpg");
    let pdf = server.data().join("signed.pdf");
    let arguments =
        ["--id-number", "110105198004197592", "--photo", card.to_str().unwrap(), "--accept", "--pdf"];
    let submitted =
        server.submit(&link.url, &[&arguments[..], &[pdf.to_str().unwrap()]].concat()).await.unwrap();
    assert_eq!(submitted.code, 0, "{submitted:?}");
    let lab_root = server.data().join("lab-root.pem");
    let pem = http().unwrap().get(format!("{}/ca/root.pem", server.lab_url)).send().await.unwrap();
    std::fs::write(&lab_root, pem.bytes().await.unwrap()).unwrap();
    let seal_root = server.data().join("seal-root.pem");
    Signed { server, pdf, seal_root, lab_root }
}

/// Runs a tool and gives its status and all it said.
fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let answer = Command::new(program).args(arguments).output();
    let answer = answer.unwrap_or_else(|error| panic!("{program}: {error}. `cargo xtask test` installs it"));
    let said = [answer.stdout, answer.stderr].concat();
    (answer.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pdfsig_pyhanko_and_openssl_agree_that_the_contract_stands() {
    let signed = signed().await;
    pdfsig(&signed.pdf);
    pyhanko(&signed);
    openssl(&signed);
    drop(signed.server);
}

fn pdfsig(pdf: &Path) {
    let (_, said) = run("pdfsig", &["-nocert", text(pdf)]);
    assert_eq!(said.matches("Signature is Valid").count(), 2, "{said}");
    let last = said.trim_end().rsplit("Signature #").next().unwrap();
    assert!(last.contains("Total document signed"), "{said}");
}

fn pyhanko(signed: &Signed) {
    let python = std::env::var("MIAOPI_PYHANKO_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let (passed, said) = run(
        &python,
        &[
            "-m",
            "pyhanko",
            "sign",
            "validate",
            "--pretty-print",
            "--trust",
            text(&signed.seal_root),
            "--trust",
            text(&signed.lab_root),
            text(&signed.pdf),
        ],
    );
    assert!(passed, "{said}");
    assert_eq!(said.matches("The signature is judged VALID").count(), 2, "{said}");
    assert!(said.contains("covers the entire file") || said.contains("covers the whole file"), "{said}");
}

/// openssl knows no PDF: it gets the signed bytes, the container and the roots.
fn openssl(signed: &Signed) {
    let bytes = std::fs::read(&signed.pdf).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let signatures = signatures(&bytes);
    assert_eq!(signatures.len(), 2);
    for (signature, root) in signatures.iter().zip([&signed.seal_root, &signed.lab_root]) {
        let content = file("content", &signature.content);
        let container = file("container.der", &signature.container);
        let check = |content: &Path| {
            run(
                "openssl",
                &[
                    "cms",
                    "-verify",
                    "-binary",
                    "-inform",
                    "DER",
                    "-in",
                    text(&container),
                    "-content",
                    text(content),
                    "-CAfile",
                    text(root),
                    "-purpose",
                    "any",
                    "-out",
                    "/dev/null",
                ],
            )
        };
        let (passed, said) = check(&content);
        assert!(passed && said.contains("successful"), "{said}");
        let mut other = signature.content.clone();
        other[100] ^= 1;
        assert!(!check(&file("other", &other)).0, "openssl did not notice a flipped byte");
    }
    let last = signatures.last().unwrap();
    assert_eq!(
        last.content.len() + last.hex_len + 2,
        bytes.len(),
        "the last signature covers the whole file"
    );
}

struct Found {
    content: Vec<u8>,
    container: Vec<u8>,
    /// Hex digits between the angle brackets.
    hex_len: usize,
}

/// Finds each `/ByteRange [a b c d]` and takes the file apart by it.
fn signatures(bytes: &[u8]) -> Vec<Found> {
    let needle = b"/ByteRange";
    let starts = bytes.windows(needle.len()).enumerate().filter(|(_, window)| window == needle);
    starts
        .map(|(at, _)| {
            let open = at + bytes[at..].iter().position(|byte| *byte == b'[').unwrap() + 1;
            let close = open + bytes[open..].iter().position(|byte| *byte == b']').unwrap();
            let numbers: Vec<usize> = String::from_utf8_lossy(&bytes[open..close])
                .split_whitespace()
                .map(|number| number.parse().unwrap())
                .collect();
            let [a, b, c, d] = numbers[..] else { panic!("{numbers:?}") };
            let content = [&bytes[a..a + b], &bytes[c..c + d]].concat();
            let hex_digits = &bytes[a + b + 1..c - 1];
            let whole = hex::decode(hex_digits).unwrap();
            Found { content, container: der(&whole).to_vec(), hex_len: hex_digits.len() }
        })
        .collect()
}

/// The one DER value at the start, without the zeros behind it.
fn der(bytes: &[u8]) -> &[u8] {
    assert_eq!(bytes[0], 0x30);
    let (head, length) = match bytes[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            let length = bytes[2..2 + count].iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            (2 + count, length)
        }
    };
    &bytes[..head + length]
}
