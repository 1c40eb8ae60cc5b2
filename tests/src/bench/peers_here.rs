//! The peers that can be measured in this run: other sync systems, with the drafts of `sync.rs`, on this machine. Their
//! scripts are in `tests/peers`, whose README says what is the same and where they have it easier.
//!
//! Where to start: [`Here::measure`].

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::{process::Command, time::timeout};

use super::peers::Peer;

/// Name in the report, beginning of the constants' names that it replaces, and client script.
const PEERS: [(&str, &str, &str); 2] = [
    ("Hocuspocus 4.7", "Hocuspocus", "hocuspocus-client.mjs"),
    ("automerge-repo 2.5", "automerge-repo", "automerge-client.mjs"),
];
/// A client gives up by itself before that.
const WITHIN: Duration = Duration::from_secs(330);
const MB: f64 = 1_000_000.0;

/// What the peers' devices enter.
#[derive(Serialize)]
pub(super) struct Workload {
    /// Each draft as its commits, each a list of fields with their values.
    pub(super) drafts: Vec<Vec<Vec<(&'static str, String)>>>,
    /// The field that is then changed in every draft, and its new value.
    pub(super) edit: (&'static str, &'static str),
}

/// The peers that were measured in this run.
#[derive(Default)]
pub(super) struct Here(Vec<(&'static str, &'static str, Phases)>);

/// What one peer needed.
pub(super) struct Phases {
    pub(super) push: Phase,
    pub(super) pull: Phase,
    pub(super) edits: Phase,
}

/// A line of a client script.
#[derive(Debug, Deserialize)]
pub(super) struct Phase {
    phase: String,
    pub(super) seconds: f64,
    pub(super) server_cpu_s: f64,
    wire_bytes: u64,
    server_disk_bytes: u64,
    server_memory_peak_kib: u64,
}

impl Phase {
    /// Both ways, at the client's sockets.
    pub(super) fn wire_mb(&self) -> f64 {
        self.wire_bytes as f64 / MB
    }

    /// By how much the server's folder had grown at the end.
    pub(super) fn disk_mb(&self) -> f64 {
        self.server_disk_bytes as f64 / MB
    }

    /// The most that the server had needed until the end.
    pub(super) fn memory_mib(&self) -> f64 {
        self.server_memory_peak_kib as f64 / 1_024.0
    }
}

impl Here {
    /// Measures one peer after the other. One that cannot be measured is named on standard error and left out.
    ///
    /// # Errors
    /// When the workload cannot be written.
    pub(super) async fn measure(folder: &Path, workload: &Workload) -> Result<Self> {
        let own = tempfile::tempdir()?;
        let drafts = own.path().join("drafts.json");
        std::fs::write(&drafts, serde_json::to_vec(workload)?)?;
        let mut here = Self::default();
        for (name, replaces, script) in PEERS {
            eprintln!("measuring {name} …");
            match run(&folder.join(script), &drafts).await {
                Ok(phases) => here.0.push((name, replaces, phases)),
                Err(why) => eprintln!("{name} is NOT measured here: {why:#}. Its figures are constants"),
            }
        }
        Ok(here)
    }

    /// This figure of each peer that was measured, then the constants of the others.
    pub(super) fn beside(&self, constants: &[Peer], figure: impl Fn(&Phases) -> f64) -> Vec<Peer> {
        let measured = self.0.iter().map(|(name, _, phases)| Peer::here(name, figure(phases)));
        let is_replaced =
            |constant: &&Peer| self.0.iter().any(|(_, replaces, _)| constant.name.starts_with(replaces));
        measured.chain(constants.iter().filter(|constant| !is_replaced(constant)).copied()).collect()
    }
}

/// Runs a client, which starts its server itself.
async fn run(script: &Path, drafts: &Path) -> Result<Phases> {
    let client = Command::new("node")
        .arg(script)
        .arg(drafts)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let done = timeout(WITHIN, client)
        .await
        .context("its client did not end")?
        .context("node could not be started")?;
    if !done.status.success() {
        bail!("its client failed ({})", done.status);
    }
    phases(&String::from_utf8_lossy(&done.stdout))
}

fn phases(said: &str) -> Result<Phases> {
    let lines = said.lines().map(serde_json::from_str).collect::<Result<Vec<Phase>, _>>();
    let Ok([push, pull, edits]) = <[Phase; 3]>::try_from(lines.context("its client said something else")?)
    else {
        bail!("its client did not name three phases");
    };
    let named = [&push, &pull, &edits].map(|phase| phase.phase.as_str());
    ensure!(named == ["push", "pull", "edits"], "its client named {named:?}");
    Ok(Phases { push, pull, edits })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = r#"{"phase":"push","seconds":2.5,"server_cpu_s":1.5,"wire_bytes":6000000,"server_disk_bytes":4000000,"server_memory_peak_kib":2048}
{"phase":"pull","seconds":1,"server_cpu_s":0.5,"wire_bytes":3000000,"server_disk_bytes":4000000,"server_memory_peak_kib":2048}
{"phase":"edits","seconds":2,"server_cpu_s":1,"wire_bytes":160000,"server_disk_bytes":4000000,"server_memory_peak_kib":3072}
"#;

    #[test]
    fn a_measured_peer_takes_the_place_of_its_constant() {
        let here = Here(vec![("Hocuspocus 4.7", "Hocuspocus", phases(SAID).unwrap())]);
        let shown = |peers: Vec<Peer>| -> Vec<(&str, f64, bool)> {
            peers.iter().map(|peer| (peer.name, peer.value, peer.is_here())).collect()
        };
        let push = shown(here.beside(&super::super::peers::SYNC_PUSH_CPU, |peer| peer.push.server_cpu_s));
        assert_eq!(push[..2], [("Hocuspocus 4.7", 1.5, true), ("automerge-repo 2.5", 22.0, false)]);
        let wire = shown(here.beside(&super::super::peers::SYNC_EDITS_WIRE, |peer| peer.edits.wire_mb()));
        assert_eq!(wire, [("Hocuspocus 4.7", 0.16, true), ("bare batches, then", 0.24, false)]);
        assert_eq!(shown(here.beside(&[], |peer| peer.edits.memory_mib())), [("Hocuspocus 4.7", 3.0, true)]);
        let none = Here::default().beside(&super::super::peers::SYNC_PUSH_CPU, |peer| peer.push.seconds);
        assert!(none.len() == 4 && none.iter().all(|peer| !peer.is_here()));
    }

    #[test]
    fn a_client_that_stops_halfway_measured_nothing() {
        let half: String = SAID.lines().take(2).collect::<Vec<_>>().join("\n");
        for odd in ["", "hello", half.as_str(), &SAID.replace("pull", "push")] {
            assert!(phases(odd).is_err(), "{odd}");
        }
    }
}
