//! Waiting for a condition, never for time. The only place in the tests that lets time pass.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Long enough for a slow machine under load; a condition that is met ends the wait at once.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often a condition is looked at.
const TICK: Duration = Duration::from_millis(20);

/// Looks at `condition` until it gives a value.
///
/// # Errors
/// When it gave none `within` the time; the message says `what` was waited for.
pub async fn wait_until<T>(
    what: &str,
    within: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(met) = condition().await {
            return Ok(met);
        }
        if Instant::now() > deadline {
            bail!("waited {} s in vain for {what}", within.as_secs_f32());
        }
        tokio::time::sleep(TICK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gives_the_value_as_soon_as_it_is_there() {
        let mut looks = 0;
        let met = wait_until("the third look", PATIENCE, async || {
            looks += 1;
            (looks == 3).then_some("met")
        })
        .await;
        assert_eq!(met.unwrap(), "met");
    }

    #[tokio::test]
    async fn says_what_never_came() {
        let never = wait_until("a blue moon", Duration::from_millis(1), async || None::<()>).await;
        assert!(never.unwrap_err().to_string().contains("a blue moon"));
    }
}
