//! What was measured: figures, the floors beside them, and whether the run may be believed.

use std::fmt::Write;

use serde::Serialize;

use super::{Part, peers::Peer};

/// A floor that moved by more than this while its part was measured: something else was using the machine.
const STEADY: f64 = 1.5;

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More of it.
    Higher,
    /// Less of it.
    Lower,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// At least this share of the floor.
    ShareOfFloor(f64),
}

/// A floor, measured before and after the work.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Floor {
    /// What was done bare.
    pub what: &'static str,
    /// Before the work.
    pub before: f64,
    /// After it.
    pub after: f64,
}

impl Floor {
    /// The figure to compare with.
    pub fn mean(&self) -> f64 {
        (self.before + self.after) / 2.0
    }

    /// Whether the machine was the same before and after.
    pub fn is_steady(&self) -> bool {
        let (low, high) = (self.before.min(self.after), self.before.max(self.after));
        low > 0.0 && high / low <= STEADY
    }
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    part: Part,
    name: String,
    unit: &'static str,
    better: Better,
    value: f64,
    floor: Option<Floor>,
    /// How much of the floor is reached, or how much of the cost is bare work: 0–1, where 1 is as good as bare.
    share_of_floor: Option<f64>,
    aim: Option<Aim>,
    met: Option<bool>,
    peers: Vec<Peer>,
    note: Option<String>,
}

impl Figure {
    /// A figure where more is better.
    pub fn higher(part: Part, name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self::new(part, name.into(), unit, value, Better::Higher)
    }

    /// A figure where less is better.
    pub fn lower(part: Part, name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self::new(part, name.into(), unit, value, Better::Lower)
    }

    fn new(part: Part, name: String, unit: &'static str, value: f64, better: Better) -> Self {
        let (floor, share_of_floor, aim, met, peers, note) = Default::default();
        Self { part, name, unit, better, value, floor, share_of_floor, aim, met, peers, note }
    }

    /// Beside this floor.
    #[must_use]
    pub fn floor(mut self, what: &'static str, before: f64, after: f64) -> Self {
        let floor = Floor { what, before, after };
        let (top, bottom) = match self.better {
            Better::Higher => (self.value, floor.mean()),
            Better::Lower => (floor.mean(), self.value),
        };
        self.share_of_floor = (bottom > 0.0).then(|| top / bottom);
        self.floor = Some(floor);
        self
    }

    /// With this aim; give the floor first.
    #[must_use]
    pub fn aim(mut self, aim: Aim) -> Self {
        self.met = match aim {
            Aim::AtLeast(least) => Some(self.value >= least),
            Aim::AtMost(most) => Some(self.value <= most),
            Aim::ShareOfFloor(share) => self.share_of_floor.map(|reached| reached >= share),
        };
        self.aim = Some(aim);
        self
    }

    /// Beside these others.
    #[must_use]
    pub fn peers(mut self, peers: &[Peer]) -> Self {
        self.peers = peers.to_vec();
        self
    }

    /// With a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Everything that one run measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How the measured code was compiled.
    profile: String,
    /// The processor and how many of it.
    machine: String,
    /// Processes that wanted to run, averaged over a minute, when the run began and ended.
    load: [f64; 2],
    /// False when a floor moved by more than half: then nothing here should be quoted.
    usable: bool,
    figures: Vec<Figure>,
}

impl Report {
    pub(super) fn begin() -> Self {
        Self {
            profile: profile(),
            machine: machine(),
            load: [load(), 0.0],
            usable: true,
            figures: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, figure: Figure) {
        self.usable &= figure.floor.as_ref().is_none_or(Floor::is_steady);
        self.figures.push(figure);
    }

    pub(super) fn end(&mut self) {
        self.load[1] = load();
    }

    /// Whether the floors stood still.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let verdict = match self.usable {
            true => "usable: no floor moved by more than 1.5×",
            false => {
                "UNUSABLE: a floor moved by more than 1.5× while its part was measured; run it on a quiet machine"
            }
        };
        let [before, after] = self.load;
        let _ = writeln!(
            out,
            "{}\n{}; load {before:.1} before, {after:.1} after\n{verdict}\n",
            self.profile, self.machine
        );
        let heads = ["figure", "value", "unit", "floor", "of floor", "aim", "peers"].map(str::to_owned);
        let rows: Vec<[String; 7]> = self.figures.iter().map(row).collect();
        let mut widths = [0; 7];
        for row in std::iter::once(&heads).chain(&rows) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut part = None;
        write_row(&mut out, &heads, &widths);
        for (figure, row) in self.figures.iter().zip(&rows) {
            if part != Some(figure.part) {
                part = Some(figure.part);
                let _ = writeln!(out, "\n{}", format!("{:?}", figure.part).to_lowercase());
            }
            write_row(&mut out, row, &widths);
            if let Some(note) = &figure.note {
                let _ = writeln!(out, "    {note}");
            }
        }
        out
    }
}

fn row(figure: &Figure) -> [String; 7] {
    let floor = figure.floor.as_ref();
    let aim = match figure.aim {
        None => String::new(),
        Some(Aim::AtLeast(least)) => format!("≥ {}", short(least)),
        Some(Aim::AtMost(most)) => format!("≤ {}", short(most)),
        Some(Aim::ShareOfFloor(share)) => format!("≥ {:.0} % of floor", share * 100.0),
    };
    let met = match figure.met {
        None => "",
        Some(true) => " ✓",
        Some(false) => " ✗",
    };
    let moved = floor.is_some_and(|floor| !floor.is_steady());
    [
        figure.name.clone(),
        short(figure.value),
        figure.unit.to_owned(),
        floor
            .map(|f| format!("{} ({}{})", short(f.mean()), f.what, if moved { "; MOVED" } else { "" }))
            .unwrap_or_default(),
        figure.share_of_floor.map(|share| format!("{:.0} %", share * 100.0)).unwrap_or_default(),
        format!("{aim}{met}"),
        figure
            .peers
            .iter()
            .map(|peer| {
                let mark = if peer.is_here() { " (measured here)" } else { "" };
                format!("{} {}{mark}", peer.name, short(peer.value))
            })
            .collect::<Vec<_>>()
            .join("; "),
    ]
}

fn write_row(out: &mut String, row: &[String; 7], widths: &[usize; 7]) {
    let mut line = String::from("  ");
    for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
        let gap = " ".repeat(width - cell.chars().count());
        // Numbers stand on the right.
        let right = matches!(place, 1 | 4);
        let _ = if right { write!(line, "{gap}{cell}  ") } else { write!(line, "{cell}{gap}  ") };
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1_000.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn profile() -> String {
    match cfg!(debug_assertions) {
        true => {
            let level = option_env!("CARGO_PROFILE_DEV_OPT_LEVEL").unwrap_or("0");
            format!(
                "dev profile (dependencies at opt-level 2, ours at {level}, overflow checks on): not as shipped"
            )
        }
        false => "release profile, as shipped".to_owned(),
    }
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, m)| m.to_owned()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{} × {}", cores, model.unwrap_or_else(|| std::env::consts::ARCH.to_owned()))
}

fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_that_moves_spoils_the_run() {
        let mut report = Report::begin();
        report.add(Figure::higher(Part::Engine, "rate", "1/s", 50.0).floor("bare", 100.0, 149.0));
        assert!(report.is_usable());
        report.add(Figure::lower(Part::Engine, "time", "ms", 50.0).floor("bare", 10.0, 16.0));
        assert!(!report.is_usable());
        assert!(report.table().contains("UNUSABLE") && report.table().contains("MOVED"));
    }

    #[test]
    fn shares_point_the_same_way_for_rates_and_costs() {
        let rate = Figure::higher(Part::Engine, "rate", "1/s", 40.0).floor("bare", 100.0, 100.0);
        let cost = Figure::lower(Part::Engine, "cost", "ms", 10.0).floor("bare", 4.0, 4.0);
        assert_eq!((rate.share_of_floor, cost.share_of_floor), (Some(0.4), Some(0.4)));
        assert_eq!(rate.aim(Aim::ShareOfFloor(0.4)).met, Some(true));
        assert_eq!(cost.aim(Aim::AtMost(9.9)).met, Some(false));
    }
}
