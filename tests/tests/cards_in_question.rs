//! Photos that decode well and still must not lead to an approval: no card, a spoilt photo, somebody else's card, a
//! card that was handed in before.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use image::RgbImage;
use tests::{
    cards::{Person, Shoot, Spoil, Typeface, Typefaces, encode_jpeg, id_number},
    intake::{Customer, Staff},
    world::{Decision, Server, in_checkout},
};

/// Photos in a typeface that every installation has.
fn shoot(seed: u64) -> Shoot {
    Shoot { typefaces: vec![Typeface::NotoSans], long_side: Some(1_280), ..Shoot::tuning(seed) }
}

/// A person's card, photographed for the `take`th time.
fn photo(shoot: &Shoot, person: &Person, take: u32, spoil: Option<Spoil>) -> Vec<u8> {
    shoot.photo_of(person.clone(), 0, take, spoil, &mut Typefaces::default()).unwrap().jpeg
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_good_photo_of_the_card_is_asked_for_again_with_the_reason() {
    let server = Server::start_demo().await.unwrap();
    let (shoot, folder) = (shoot(11), tempfile::tempdir().unwrap());
    let person = shoot.person(0);
    let picture = |spoil| photo(&shoot, &person, 0, Some(spoil));
    let white = RgbImage::from_pixel(1_200, 900, image::Rgb([255, 255, 255]));
    let rows: [(&str, Vec<u8>, &[&str]); 8] = [
        ("a cat", picture(Spoil::Cat), &["photo_no_card"]),
        ("a blank page", picture(Spoil::BlankPage), &["photo_no_card"]),
        ("nothing but white", encode_jpeg(&white, 80).unwrap(), &["photo_no_card"]),
        ("out of focus", picture(Spoil::Blur), &["photo_blurred", "photo_unreadable", "photo_no_card"]),
        ("a lamp over the number", picture(Spoil::GlareOnNumber), &["photo_glare", "photo_unreadable"]),
        ("a third outside", picture(Spoil::CutOff), &["photo_cut_off", "photo_no_card", "photo_unreadable"]),
        ("as small as a stamp", picture(Spoil::TooSmall), &["photo_too_small", "photo_no_card"]),
        ("a photocopy", picture(Spoil::Photocopy), &["photo_colourless"]),
    ];
    for (name, jpeg, reasons) in rows {
        let file = folder.path().join("photo.jpg");
        std::fs::write(&file, &jpeg).unwrap();
        let link = server.new_link(&serde_json::json!({})).await.unwrap();
        let arguments = [
            "--id-number",
            &person.id_number,
            "--photo",
            file.to_str().unwrap(),
            "--name",
            &person.name,
            "--accept",
        ];
        let submitted = server.submit(&link.url, &arguments).await.unwrap();
        let report = submitted.expect_report();
        assert_eq!((submitted.code, report.decision), (3, Decision::NeedsInput), "{name}: {report:?}");
        assert!(report.contract.is_none(), "{name}: {report:?}");
        let problem = &report.problems[0];
        assert!(reasons.contains(&problem.code.as_str()), "{name}: {report:?}");
        let text = problem.text.as_deref().unwrap_or_default();
        assert!(text.contains('.') && !text.contains("problem-"), "{name}: {text}");
        // The page says the same sentence in the customer's language.
        let page = tests::world::http().unwrap().get(&link.url).send().await.unwrap();
        let page = page.text().await.unwrap();
        let sentence = sentence_in_chinese(&problem.code);
        assert!(page.contains(&sentence), "{name}: {sentence} is not on the page");
    }
}

/// The screens' own sentence for a problem.
fn sentence_in_chinese(code: &str) -> String {
    let texts = std::fs::read_to_string(in_checkout("assets/locales/zh-CN/problems.ftl")).unwrap();
    let key = format!("problem-{} = ", code.replace('_', "-"));
    let line = texts.lines().find_map(|line| line.strip_prefix(&key));
    line.unwrap_or_else(|| panic!("{code} has no sentence")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_card_goes_to_a_person() {
    let server = Server::start_demo().await.unwrap();
    let shoot = shoot(12);
    let (typed, shown) = (shoot.person(0), shoot.person(1));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("photo.jpg");
    std::fs::write(&file, photo(&shoot, &shown, 0, None)).unwrap();
    let arguments = [
        "--id-number",
        &typed.id_number,
        "--photo",
        file.to_str().unwrap(),
        "--name",
        &typed.name,
        "--accept",
    ];
    let submitted = server.submit(&server.customer_link, &arguments).await.unwrap();
    let report = submitted.expect_report();
    assert_eq!((submitted.code, report.decision), (3, Decision::Review), "{report:?}");
    assert!(report.contract.is_none() && submitted.has_problem("in_review"), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_card_under_another_number_is_a_fraud_signal_however_it_is_photographed() {
    let server = Server::start_demo().await.unwrap();
    let shoot = shoot(13);
    let person = shoot.person(0);
    let first = photo(&shoot, &person, 0, None);
    hands_in(&server, &person.id_number, first.clone(), "none").await;

    // The same file, another number.
    let other = shoot.person(7);
    let case = hands_in(&server, &other.id_number, first, "other_number").await;
    assert_eq!(case["page"], "in-review", "{case}");

    // The card itself with another number printed on it, photographed anew: number and card agree with each other.
    let birth: Vec<&str> = person.birth.split('-').collect();
    let born = (birth[0].parse().unwrap(), birth[1].parse().unwrap(), birth[2].parse().unwrap());
    let sequence: u16 = person.id_number[14..17].parse().unwrap();
    let forged =
        Person { id_number: id_number(&person.id_number[..6], born, sequence + 2), ..person.clone() };
    let case = hands_in(&server, &forged.id_number, photo(&shoot, &forged, 5, None), "other_number").await;
    assert_eq!(case["page"], "in-review", "{case}");
    let staff = Staff::sign_in(&server, "reviewer").await.unwrap();
    let page = staff.see(&format!("/office/cases/{}", case["case"].as_str().unwrap())).await.unwrap();
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("可能是冒用"), "the reviewer is not told why:\n{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_person_again_is_only_noted_and_another_one_is_not() {
    let server = Server::start_demo().await.unwrap();
    let shoot = shoot(14);
    let person = shoot.person(0);
    hands_in(&server, &person.id_number, photo(&shoot, &person, 0, None), "none").await;
    let case = hands_in(&server, &person.id_number, photo(&shoot, &person, 3, None), "seen").await;
    assert_eq!(case["page"], "reading", "{case}");
    let other = shoot.person(9);
    let jpeg = shoot.photo(9, None, &mut Typefaces::default()).unwrap().jpeg;
    let case = hands_in(&server, &other.id_number, jpeg, "none").await;
    assert_eq!(case["page"], "reading", "{case}");
    // The sample photo is another card again.
    let sample = std::fs::read(in_checkout("assets/cards/sample-1.jpg")).unwrap();
    hands_in(&server, "110105198004197592", sample, "none").await;
}

/// A new case; answers where it stands once the machine has done its part.
async fn hands_in(server: &Server, number: &str, jpeg: Vec<u8>, duplicate: &str) -> serde_json::Value {
    let customer = Customer::fresh(server).await.unwrap();
    let answer = customer.hand_in(number, jpeg).await.unwrap();
    assert_eq!(answer.status, 204, "{answer:?}");
    let case = customer.settled().await.unwrap();
    assert_eq!(Customer::outcome(&case, "duplicate-check").as_deref(), Some(duplicate), "{case}");
    case
}
