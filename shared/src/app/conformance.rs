//! What every engine behind the advisor's screens answers alike, wherever it runs: the screens do not know which they talk
//! to. Told in the words of the interface (this module's parent) and nothing else.

use super::{Answer, Ask, CaseFilter, CaseList, CaseView, Gate, MAX_LISTED, Stage, Standing};
use crate::document::{DocumentId, Field, Slot};
use crate::protocol::rescued;

/// What is not as it should be.
type Result<T> = std::result::Result<T, String>;

macro_rules! bail {
    ($($said:tt)*) => { return Err(format!($($said)*)) };
}
macro_rules! ensure {
    ($holds:expr, $($said:tt)*) => { if !$holds { bail!($($said)*) } };
}

/// The smallest thing that passes for a JPEG.
pub const PICTURE: &[u8] = &[0xff, 0xd8, 0xff, 1, 2, 3];

/// Something that is asked and answers.
pub trait Face {
    /// Asks; what changes something is carried out once under each name.
    fn say(
        &mut self,
        name: Option<&str>,
        ask: &Ask,
        bytes: Option<&[u8]>,
    ) -> impl Future<Output = std::result::Result<(Answer, Option<Vec<u8>>), String>>;
}

/// Holds an open device with this PIN to all of it. It leaves a few cases behind, and the device open.
///
/// # Errors
/// What the first answer that is not as it should be was.
pub async fn conforms(face: &mut impl Face, pin: &str) -> std::result::Result<(), String> {
    let open = standing(ask(face, &Ask::Standing).await?)?;
    ensure!(open.gate == Gate::Open, "it is {:?} to begin with", open.gate);
    cases_are_kept(face).await?;
    photos_are_kept(face).await?;
    what_cannot_be_is_refused(face).await?;
    it_locks(face, pin).await
}

async fn cases_are_kept(face: &mut impl Face) -> Result<()> {
    let before = list(face, "", CaseFilter::All).await?;
    let begun = case(face.say(Some("conformance-begin"), &Ask::Begin, None).await?.0)?;
    let again = case(face.say(Some("conformance-begin"), &Ask::Begin, None).await?.0)?;
    ensure!(begun.row.document == again.row.document, "begun twice under one name");
    let document = begun.row.document;
    ensure!(begun.row.stage == Stage::Draft && begun.row.missing > 0, "a new case is an empty draft");

    let filled = fill(face, document, &[(Field::Name, "一致性甲"), (Field::Brand, "样本")]).await?;
    ensure!(filled.text(Field::Name) == "一致性甲" && filled.row.name == "一致性甲", "the name is not there");
    let shown = case(ask(face, &Ask::Case { document }).await?)?;
    ensure!(shown.text(Field::Brand) == "样本", "asked again, the brand is another");
    let settle = Ask::Settle { document, field: Field::Name.key().into(), text: "一致性丙".into() };
    let answer = ask(face, &settle).await?;
    ensure!(
        answer == Answer::refused("document_nothing_to_settle"),
        "one value, and it was settled: {answer:?}"
    );
    let emptied = fill(face, document, &[(Field::Name, "一致性乙"), (Field::Brand, "")]).await?;
    ensure!(emptied.text(Field::Brand).is_empty(), "a field cannot be emptied");

    let after = list(face, "", CaseFilter::All).await?;
    ensure!(after.total == before.total + 1, "{} cases, then {}", before.total, after.total);
    ensure!(after.rows.len() <= 5, "more than was asked for");
    ensure!(after.counts[0] == after.total, "the number of all is not that of all");
    let found = list(face, "一致性乙", CaseFilter::Draft).await?;
    ensure!(found.total == 1 && found.rows[0].document == document, "it is not found by its name");
    ensure!(list(face, "一致性乙", CaseFilter::Over).await?.total == 0, "a draft is not over");
    ensure!(list(face, "没有这样的名字", CaseFilter::All).await?.total == 0, "found what is not there");
    let all =
        Ask::Cases { search: String::new(), filter: CaseFilter::All, offset: 0, limit: MAX_LISTED * 10 };
    let Answer::Cases(all) = ask(face, &all).await? else { bail!("no list") };
    ensure!(all.rows.len() <= MAX_LISTED, "{} rows at once", all.rows.len());

    let withdrawn = case(ask(face, &Ask::Withdraw { document }).await?)?;
    ensure!(withdrawn.row.stage == Stage::Ended, "withdrawn, it is {:?}", withdrawn.row.stage);
    ensure!(list(face, "一致性乙", CaseFilter::Over).await?.total == 1, "withdrawn, it is not over");
    Ok(())
}

async fn photos_are_kept(face: &mut impl Face) -> Result<()> {
    let document = case(ask(face, &Ask::Begin).await?)?.row.document;
    let slot = Slot::IdFront;
    let capturing = Ask::Capturing { document, slot: Some(slot) };
    ensure!(ask(face, &capturing).await? == Answer::Done, "the camera may not open");
    let open = standing(ask(face, &Ask::Standing).await?)?;
    ensure!(open.capturing == Some((document, slot)), "nobody remembers that the camera was open");
    let take = Ask::TakePhoto { document, slot };
    let taken = case(face.say(Some("conformance-photo"), &take, Some(PICTURE)).await?.0)?;
    let again = case(face.say(Some("conformance-photo"), &take, Some(PICTURE)).await?.0)?;
    ensure!(taken.photos.len() == 1 && again.photos.len() == 1, "taken twice under one name");
    ask(face, &Ask::Capturing { document, slot: None }).await?;
    let open = standing(ask(face, &Ask::Standing).await?)?;
    ensure!(open.capturing.is_none(), "the camera is still said to be open");

    let photo = taken.photos[0].id;
    let (answer, picture) = face.say(None, &Ask::Picture { photo }, None).await?;
    ensure!(answer == Answer::Picture, "{answer:?}");
    ensure!(picture.as_deref() == Some(PICTURE), "the picture is another");
    let (answer, twice) = face.say(None, &Ask::Picture { photo }, None).await?;
    ensure!(answer == Answer::Picture && twice == picture, "asked again, it is another");
    let (_, nothing) = face.say(Some("conformance-odd"), &take, Some(b"no picture")).await?;
    ensure!(nothing.is_none(), "bytes beside a refusal");
    let without = case(ask(face, &Ask::RemovePhoto { document, photo }).await?)?;
    ensure!(without.photos.is_empty(), "it is still there");
    ask(face, &Ask::Withdraw { document }).await.map(|_| ())
}

async fn what_cannot_be_is_refused(face: &mut impl Face) -> Result<()> {
    let nowhere = DocumentId::from_bytes([0xc0; 16]);
    let document = case(ask(face, &Ask::Begin).await?)?.row.document;
    let fields = |key: &str| vec![(key.to_owned(), "x".to_owned())];
    let (slot, name) = (Slot::IdFront, Field::Name.key());
    for (wish, bytes, code) in [
        (Ask::Case { document: nowhere }, None, "case_unknown"),
        (Ask::Fill { document: nowhere, fields: fields(name) }, None, "case_unknown"),
        (Ask::HandIn { document: nowhere }, None, "case_unknown"),
        (Ask::Withdraw { document: nowhere }, None, "case_unknown"),
        (Ask::TakePhoto { document: nowhere, slot }, Some(PICTURE), "case_unknown"),
        (Ask::Fill { document, fields: fields("no_such_field") }, None, "field_unknown"),
        (Ask::TakePhoto { document, slot }, Some(&b"no picture"[..]), "photo_form"),
        (Ask::TakePhoto { document, slot }, None, "photo_form"),
        (Ask::HandIn { document }, None, "document_incomplete"),
    ] {
        let (answer, _) = face.say(None, &wish, bytes).await?;
        ensure!(answer == Answer::refused(code), "{wish:?} should be refused by {code}: {answer:?}");
    }
    let untouched = case(ask(face, &Ask::Case { document }).await?)?;
    ensure!(untouched.fields.is_empty() && untouched.photos.is_empty(), "something was taken all the same");
    ask(face, &Ask::Withdraw { document }).await.map(|_| ())
}

async fn it_locks(face: &mut impl Face, pin: &str) -> Result<()> {
    let locked = standing(ask(face, &Ask::Lock).await?)?;
    ensure!(locked.gate == Gate::Locked, "locked, it is {:?}", locked.gate);
    let wish = Ask::Cases { search: String::new(), filter: CaseFilter::All, offset: 0, limit: 5 };
    for wish in [wish, Ask::Begin, Ask::Unsafe, Ask::OnOffer] {
        let answer = ask(face, &wish).await?;
        ensure!(answer == Answer::refused("device_locked"), "{wish:?} of a locked device: {answer:?}");
    }
    let wrong: String = pin.chars().rev().collect();
    let answer = ask(face, &Ask::Unlock { pin: wrong }).await?;
    ensure!(answer == Answer::refused("pin_wrong"), "a wrong PIN: {answer:?}");
    rescues(face, pin).await?;
    let open = standing(ask(face, &Ask::Unlock { pin: pin.to_owned() }).await?)?;
    ensure!(open.gate == Gate::Open, "unlocked, it is {:?}", open.gate);
    ensure!(list(face, "一致性乙", CaseFilter::All).await?.total == 1, "unlocked, a case is gone");
    Ok(())
}

/// A locked device gives what is not yet safe to whoever knows the PIN, and to nobody else.
async fn rescues(face: &mut impl Face, pin: &str) -> Result<()> {
    let with = |pin: &str| Ask::Rescue { after: String::new(), pin: pin.to_owned() };
    let (answer, nothing) = face.say(None, &with(""), None).await?;
    ensure!(answer == Answer::refused("pin_wrong") && nothing.is_none(), "rescued without a PIN: {answer:?}");
    match face.say(None, &with(pin), None).await? {
        (Answer::Rescued { things, unreadable: 0, next: None }, Some(file)) => {
            ensure!(things > 0 && file.starts_with(rescued::MAGIC), "an odd file of {things} things");
        }
        (answer, _) => {
            ensure!(answer == Answer::refused("nothing_unsynced"), "nothing to rescue: {answer:?}");
        }
    }
    Ok(())
}

async fn ask(face: &mut impl Face, ask: &Ask) -> Result<Answer> {
    Ok(face.say(None, ask, None).await?.0)
}

async fn list(face: &mut impl Face, search: &str, filter: CaseFilter) -> Result<CaseList> {
    let wish = Ask::Cases { search: search.to_owned(), filter, offset: 0, limit: 5 };
    match ask(face, &wish).await? {
        Answer::Cases(cases) => Ok(cases),
        other => bail!("{wish:?}: {other:?}"),
    }
}

async fn fill(face: &mut impl Face, document: DocumentId, fields: &[(Field, &str)]) -> Result<CaseView> {
    let fields = fields.iter().map(|(field, text)| (field.key().to_owned(), (*text).to_owned())).collect();
    case(ask(face, &Ask::Fill { document, fields }).await?)
}

fn case(answer: Answer) -> Result<CaseView> {
    match answer {
        Answer::Case(case) => Ok(*case),
        other => bail!("no case, but {other:?}"),
    }
}

fn standing(answer: Answer) -> Result<Standing> {
    match answer {
        Answer::Standing(standing) => Ok(standing),
        other => bail!("no standing, but {other:?}"),
    }
}
