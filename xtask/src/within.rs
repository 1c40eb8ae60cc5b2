//! Commands that may hang: a network out of reach, a question that nobody answers.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Did the command end well within `limit`? Ended by force when it takes longer.
pub(crate) fn within(limit: Duration, command: &mut Command) -> Result<bool> {
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else { return Ok(false) };
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().context("it was lost")? {
            return Ok(status.success());
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            child.wait().context("it was lost")?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_over_its_time_is_ended_and_counts_as_failed() {
        assert!(within(Duration::from_secs(5), &mut Command::new("true")).unwrap());
        assert!(!within(Duration::from_secs(5), &mut Command::new("false")).unwrap());
        assert!(!within(Duration::from_millis(50), Command::new("sleep").arg("30")).unwrap());
        assert!(!within(Duration::from_secs(5), &mut Command::new("no-such-program-anywhere")).unwrap());
    }
}
