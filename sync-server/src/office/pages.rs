//! The pages' HTML.

use axum::response::Html;

use crate::{accounts::Staff, problem::Problem};

/// The front door.
pub(super) fn front_door() -> Html<String> {
    page("秒批 Miaopi", "<p><a href=\"/office\">员工登录 · Staff sign-in</a></p>")
}

/// What the member of staff may do.
pub(super) fn home(staff: &Staff) -> Html<String> {
    page(
        "工作台 · Office",
        &format!(
            "<p>{}</p><form method=\"post\" action=\"/office/sign-out\">\
             <input type=\"hidden\" name=\"form_key\" value=\"{}\"><button>退出 · Sign out</button></form>",
            staff.login,
            staff.form_key.as_str()
        ),
    )
}

/// Signing in; `login` and `next` are already checked to be plain.
pub(crate) fn sign_in_page(problem: Option<&Problem>, login: &str, next: &str) -> Html<String> {
    let problem = problem.map_or(String::new(), |problem| format!("<p role=\"alert\">{}</p>", problem.detail));
    page(
        "登录 · Sign in",
        &format!(
            "{problem}<form method=\"post\" action=\"/office/sign-in\"><input type=\"hidden\" name=\"next\" value=\"{next}\">\
             <label>用户名 · Name <input name=\"login\" value=\"{login}\" autocomplete=\"username\"></label>\
             <label>密码 · Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\"></label>\
             <button>登录 · Sign in</button></form>"
        ),
    )
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{body}</html>"
    ))
}
