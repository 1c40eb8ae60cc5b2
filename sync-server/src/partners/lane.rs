//! One company's use of one partner: what it has set, what it has asked today, how that went. The line itself, with its
//! breaker and its room, is the server's; a lane can only ask less of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, civil::Date};
use shared::domain::{FunderKey, FunderSwitch, TenantId, china_date};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    Control, Partner, PartnerFailure, Unavailable,
    control::Switch,
    figures::Figures,
    line::{Line, held},
    pace::Bucket,
    read::Question,
    record::{Recorder, Tape},
    send::Outgoing,
};
use crate::world::World;

/// Least pause between two tests of a partner.
const TEST_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// One company's use of one partner.
#[derive(Default)]
pub(super) struct Lane {
    /// Number of the change that set it.
    number: u32,
    control: Control,
    uses: Arc<Uses>,
}

/// What stays when something else is set.
#[derive(Default)]
struct Uses {
    figures: Figures,
    bucket: Mutex<Option<Bucket>>,
    today: Mutex<Option<(Date, u64)>>,
    tested: Mutex<Option<Timestamp>>,
    recorder: Recorder,
}

impl Lane {
    pub(super) fn control(&self) -> &Control {
        &self.control
    }

    /// Whether it is long enough since the last test; if so, this one counts.
    pub(super) fn may_test(&self, now: Timestamp) -> bool {
        let mut tested = held(&self.uses.tested);
        let may = tested.is_none_or(|last| now < last || now.duration_since(last) >= TEST_PAUSE);
        if may {
            *tested = Some(now);
        }
        may
    }

    pub(super) fn figures(&self) -> &Figures {
        &self.uses.figures
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.uses.recorder
    }

    /// Calls on this calendar day in China.
    pub(super) fn used(&self, day: Date) -> u64 {
        held(&self.uses.today).filter(|(counted, _)| *counted == day).map_or(0, |(_, calls)| calls)
    }

    /// Calls `line` within what is set; what it answers is taken down where the company records it.
    pub(super) async fn call<A>(
        &self,
        (partner, line): (&Partner, &Line),
        world: &World,
        out: Outgoing,
        limit: Option<Duration>,
        (question, read): (Question, impl Fn(&[u8]) -> Result<A, PartnerFailure>),
    ) -> Result<A, PartnerFailure> {
        let start = Instant::now();
        let listener = self.uses.recorder.listen(question, world.clock.now());
        let read = |body: &[u8]| {
            listener.iter().for_each(|listener| listener.hears(body));
            read(body)
        };
        let result = self.within(start, (partner, line), world, out, limit, read).await;
        self.uses.figures.count(start.elapsed(), result.as_ref().err());
        if let Some(listener) = listener {
            listener.ends(&result, start.elapsed());
        }
        result
    }

    async fn within<A>(
        &self,
        start: Instant,
        (partner, line): (&Partner, &Line),
        world: &World,
        out: Outgoing,
        limit: Option<Duration>,
        read: impl Fn(&[u8]) -> Result<A, PartnerFailure>,
    ) -> Result<A, PartnerFailure> {
        let now = world.clock.now();
        self.admit(partner, world)?;
        let ms = |ms| Duration::from_millis(ms);
        let limit = limit.unwrap_or(ms(line.settings().timeout_ms));
        let limit = self.control.timeout_ms.map_or(limit, |most| limit.min(ms(most.into())));
        if let Some(per_second) = self.control.per_second {
            let wait = held(&self.uses.bucket).get_or_insert_with(Bucket::new).take(per_second, now, limit);
            sleep(wait.ok_or(PartnerFailure::Busy)?).await;
        }
        line.call(world, out, Some(limit.saturating_sub(start.elapsed())), read).await
    }

    /// Cases wait for a drained partner before they get here, and matching passes it over. What comes all the same goes
    /// on with something begun, unless nothing may go out at all.
    fn admit(&self, partner: &Partner, world: &World) -> Result<(), PartnerFailure> {
        let now = world.clock.now();
        let begins = matches!(partner, Partner::Sms | Partner::Ca | Partner::Tsa);
        let shut = self.control.state == Switch::Paused || begins && self.control.hold(now).is_some();
        if shut {
            return Err(PartnerFailure::Unavailable(Unavailable::Held));
        }
        let day = china_date(now);
        let mut today = held(&self.uses.today);
        let calls = today.filter(|(counted, _)| *counted == day).map_or(0, |(_, calls)| calls);
        // A funder's day is counted in applications, by matching.
        let counted = !matches!(partner, Partner::Funder(_));
        if counted && self.control.quota.is_some_and(|quota| calls >= u64::from(quota)) {
            return Err(PartnerFailure::Unavailable(Unavailable::QuotaUsed));
        }
        *today = Some((day, calls + 1));
        Ok(())
    }
}

/// All lanes, and who wants to know when something else is set.
pub(super) struct Lanes {
    lanes: RwLock<HashMap<(TenantId, Partner), Arc<Lane>>>,
    changed: watch::Sender<u64>,
    pub(super) tape: Tape,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { lanes: RwLock::default(), changed: watch::Sender::new(0), tape: Tape::default() }
    }
}

impl Lanes {
    pub(super) fn of(&self, tenant: TenantId, partner: &Partner) -> Arc<Lane> {
        let key = (tenant, partner.clone());
        let known = self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            self.lanes.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
        })
    }

    pub(super) fn set(&self, tenant: TenantId, partner: Partner, number: u32, control: Control) {
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        let entry = lanes.entry((tenant, partner)).or_default();
        if number < entry.number {
            return;
        }
        *entry = Arc::new(Lane { number, control, uses: entry.uses.clone() });
        drop(lanes);
        self.changed.send_modify(|version| *version += 1);
    }

    /// What is set for the company's funders.
    pub(super) fn switches(&self, tenant: TenantId, now: Timestamp) -> BTreeMap<FunderKey, FunderSwitch> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        let of_funder = |((of, partner), lane): (&(TenantId, Partner), &Arc<Lane>)| match partner {
            Partner::Funder(key) if *of == tenant => {
                Some((FunderKey::try_from(key.to_string()).ok()?, lane.control.switch(now)))
            }
            _ => None,
        };
        lanes.iter().filter_map(of_funder).collect()
    }

    /// Counts on from so many calls on this day: after a restart.
    pub(super) fn count_on(&self, tenant: TenantId, partner: &Partner, day: Date, calls: u64) {
        *held(&self.of(tenant, partner).uses.today) = Some((day, calls));
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}
