//! The inbox: what a customer's phone would show. For people at `GET /inbox`, for programs at `GET /inbox.json`.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use axum::{
    Json,
    extract::{Query, State},
    response::Html,
};
use jiff::{
    Timestamp,
    tz::{TimeZone, offset},
};
use serde::Deserialize;
use shared::protocol::partners::{
    Masked,
    delivery::{Inbox, InboxMessage, SmsMessage},
};

use super::{
    page::{escaped, page},
    serve::SharedLab,
};

/// Messages kept; the oldest go first.
const MAX_MESSAGES: usize = 2_000;
/// Messages shown at once.
const MAX_SHOWN: usize = 50;

struct Kept {
    number: u64,
    message: SmsMessage,
    received_at: Timestamp,
}

/// All phones' messages.
#[derive(Default)]
pub(super) struct Messages(Mutex<(u64, VecDeque<Kept>)>);

impl Messages {
    /// Keeps a message; its number, from 1.
    pub(super) fn put(&self, message: SmsMessage, received_at: Timestamp) -> u64 {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, kept) = &mut *held;
        *last += 1;
        if kept.len() >= MAX_MESSAGES {
            kept.pop_back();
        }
        kept.push_front(Kept { number: *last, message, received_at });
        *last
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }

    /// Newest first; all phones' without one.
    fn of(&self, phone: Option<&str>) -> Inbox {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |kept: &&Kept| phone.is_none_or(|phone| kept.message.phone.expose() == phone);
        Inbox { messages: held.1.iter().filter(fits).take(MAX_SHOWN).map(shown).collect() }
    }
}

/// Which phone's messages.
#[derive(Deserialize)]
pub(super) struct Whose {
    phone: Option<Masked<String>>,
}

impl Whose {
    fn phone(&self) -> Option<&str> {
        self.phone.as_ref().map(|phone| phone.expose().as_str()).filter(|phone| !phone.is_empty())
    }
}

pub(super) async fn as_json(State(lab): State<SharedLab>, Query(whose): Query<Whose>) -> Json<Inbox> {
    Json(lab.inbox.of(whose.phone()))
}

pub(super) async fn as_page(State(lab): State<SharedLab>, Query(whose): Query<Whose>) -> Html<String> {
    let inbox = lab.inbox.of(whose.phone());
    let items: String = inbox.messages.iter().map(item).collect();
    let list = match items.is_empty() {
        true => "<p>还没有短信。 <span lang=\"en\">No messages yet.</span></p>".to_owned(),
        false => format!("<ol class=\"inbox\">{items}</ol>"),
    };
    let body = format!(
        "<h1>短信收件箱 <span lang=\"en\">SMS inbox</span></h1>\
         <p>演示用:这里显示实验室短信网关收到的短信。 <span lang=\"en\">For demonstrations: messages that the lab's \
         gateway took.</span></p><p><a class=\"button\" href=\"\">刷新 <span lang=\"en\">Refresh</span></a></p>{list}"
    );
    Html(page("短信收件箱 SMS inbox", &body))
}

fn item(message: &InboxMessage) -> String {
    let code = message.code.as_ref().map(|code| format!("<p class=\"code\">{}</p>", escaped(code.expose())));
    format!(
        "<li><p class=\"meta\">{} · <time>{}</time> · #{}</p>{}<p>{}</p></li>",
        escaped(&message.phone),
        message.received_at.to_zoned(TimeZone::fixed(offset(8))).strftime("%m-%d %H:%M:%S UTC+8"),
        message.number,
        code.unwrap_or_default(),
        escaped(message.text.expose()),
    )
}

fn shown(kept: &Kept) -> InboxMessage {
    InboxMessage {
        number: kept.number,
        phone: first_3_last_4(kept.message.phone.expose()),
        purpose: kept.message.purpose.clone(),
        text: kept.message.text.clone(),
        code: code_in(kept.message.text.expose()).map(Masked::from),
        received_at: kept.received_at,
    }
}

fn first_3_last_4(phone: &str) -> String {
    match (phone.get(..3), phone.len().checked_sub(4).and_then(|from| phone.get(from..))) {
        (Some(first), Some(last)) if phone.len() >= 7 => format!("{first}****{last}"),
        _ => "****".into(),
    }
}

/// The first six digits that stand alone.
fn code_in(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6)
}

/// The purpose a message has in the lab's own tests.
#[cfg(test)]
pub(super) fn purpose() -> shared::protocol::partners::PartnerToken {
    shared::protocol::partners::PartnerToken::parse("sign_code").unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(phone: &str, text: &str) -> SmsMessage {
        SmsMessage { phone: phone.into(), text: text.into(), purpose: purpose() }
    }

    #[test]
    fn the_code_is_six_digits_that_stand_alone() {
        for (text, code) in [
            ("【秒批】验证码 482913,5 分钟内有效", Some("482913")),
            ("Your code:012345.", Some("012345")),
            ("电话 13800001234", None),
            ("1234567", None),
            ("", None),
        ] {
            assert_eq!(code_in(text), code, "{text}");
        }
    }

    #[test]
    fn each_phone_has_its_own_messages_newest_first() {
        let inbox = Messages::default();
        for (phone, text) in [("13800001111", "111111"), ("13800002222", "222222"), ("13800001111", "333333")]
        {
            inbox.put(message(phone, text), Timestamp::UNIX_EPOCH);
        }
        let numbers = |phone| inbox.of(phone).messages.iter().map(|m| m.number).collect::<Vec<_>>();
        assert_eq!(numbers(Some("13800001111")), [3, 1]);
        assert_eq!(numbers(None), [3, 2, 1]);
        assert_eq!(inbox.of(None).messages[0].phone, "138****1111");
    }

    #[test]
    fn old_messages_go_and_text_cannot_become_markup() {
        let inbox = Messages::default();
        for _ in 0..MAX_MESSAGES + 5 {
            inbox.put(message("13800001111", "<script>alert(1)</script>"), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(inbox.0.lock().unwrap().1.len(), MAX_MESSAGES);
        assert!(!item(&inbox.of(None).messages[0]).contains("<script"));
    }
}
