//! Icons as inline SVG: 24 × 24, one stroke, drawn by hand, decorative (the word always stands beside them).

use dioxus::prelude::*;

/// An icon that a screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Done, agreed, matching.
    Check,
    /// Something needs attention.
    Alert,
    /// More about this.
    Info,
    /// An ID card.
    Card,
    /// A phone.
    Phone,
    /// Time.
    Clock,
    /// A camera.
    Camera,
    /// A picture already taken.
    Picture,
    /// A person.
    Person,
    /// A document.
    Paper,
    /// Save to the device.
    Download,
    /// Go on.
    Forward,
    /// Go back.
    Back,
    /// Closed, locked.
    Lock,
    /// Not, refused.
    Cross,
    /// Begin something.
    Plus,
    /// What lies on the server.
    Cloud,
    /// What can be set.
    Settings,
    /// Light to see by.
    Light,
}

/// The icon as an SVG that screen readers skip.
pub fn icon(icon: Icon) -> Element {
    let d = path_of(icon);
    rsx! {
        svg {
            class: "icon",
            view_box: "0 0 24 24",
            width: "24",
            height: "24",
            fill: "none",
            stroke: "currentColor",
            stroke_width: "1.8",
            stroke_linecap: "round",
            stroke_linejoin: "round",
            "aria-hidden": "true",
            "focusable": "false",
            path { d }
        }
    }
}

fn path_of(icon: Icon) -> &'static str {
    match icon {
        Icon::Check => "M4.5 12.5l5 5L19.5 7",
        Icon::Alert => {
            "M12 8.5v5M12 17h.01M10.3 4.2L2.9 17.3a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0z"
        }
        Icon::Info => "M12 11v5.5M12 7.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
        Icon::Card => {
            "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5v-11A1.5 1.5 0 0 1 4.5 5zM6.5 9.5h5M6.5 12.5h4M6.5 15.5h11M16 12.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z"
        }
        Icon::Phone => {
            "M8 2.8h8A1.7 1.7 0 0 1 17.7 4.5v15a1.7 1.7 0 0 1-1.7 1.7H8a1.7 1.7 0 0 1-1.7-1.7v-15A1.7 1.7 0 0 1 8 2.8zM11 18h2"
        }
        Icon::Clock => "M12 7v5.2l3.4 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
        Icon::Camera => {
            "M4.5 7.5h3l1.6-2.3h5.8l1.6 2.3h3A1.5 1.5 0 0 1 21 9v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18V9a1.5 1.5 0 0 1 1.5-1.5zM12 16.8a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2z"
        }
        Icon::Picture => {
            "M5 4h14a1.5 1.5 0 0 1 1.5 1.5v13A1.5 1.5 0 0 1 19 20H5a1.5 1.5 0 0 1-1.5-1.5v-13A1.5 1.5 0 0 1 5 4zM3.5 16.5l5-5 4.5 4.5 2.5-2.5 5 4.5M15.5 9.5h.01"
        }
        Icon::Person => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-3.8 3.7-6 7.5-6s6.9 2.2 7.5 6",
        Icon::Paper => {
            "M6.5 3h7.5l4.5 4.5v12A1.5 1.5 0 0 1 17 21H6.5A1.5 1.5 0 0 1 5 19.5v-15A1.5 1.5 0 0 1 6.5 3zM13.5 3v5h5M8.5 12.5h7M8.5 16h7"
        }
        Icon::Download => "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 20h15",
        Icon::Forward => "M9.5 5.5L16 12l-6.5 6.5",
        Icon::Back => "M14.5 5.5L8 12l6.5 6.5",
        Icon::Lock => {
            "M6.5 10.5h11A1.5 1.5 0 0 1 19 12v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19v-7a1.5 1.5 0 0 1 1.5-1.5zM8 10.5V7.5a4 4 0 0 1 8 0v3"
        }
        Icon::Cross => "M6 6l12 12M18 6L6 18",
        Icon::Plus => "M12 5v14M5 12h14",
        Icon::Cloud => {
            "M7 18.5a4.3 4.3 0 0 1-.6-8.6 5.8 5.8 0 0 1 11.1 1.2 3.8 3.8 0 0 1-.5 7.4zM12 16v-5M9.7 13l2.3-2.3 2.3 2.3"
        }
        Icon::Light => "M13.2 3L6 13.5h5.2L10.3 21 18 10.2h-5.4z",
        Icon::Settings => {
            "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM9 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z"
        }
    }
}
