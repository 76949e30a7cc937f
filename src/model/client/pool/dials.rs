//! Dials of pools with manners: repeated after failures, by callers or by workers.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::pool::next_dial;
use crate::model::client::{Conn, Doing, Manners, Prober, Series};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Broken, Cause, DialErrors, DialRetry, Dialling, HandOff, WaitCovers};
use crate::units::Span;

impl World {
    /// A caller dials for itself; its place in the pool is reserved.
    pub(in crate::model) fn dial_for_caller<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: Dial,
    ) {
        let request = &mut self.requests[dial.request];
        let wait = cx.now.since(request.marked);
        request.doing = Doing::Dialling;
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        if pool.settings.wait_covers != WaitCovers::Wait {
            self.arm_get(cx, dial.request);
        }
        let number = self.manners(&dial).begin(&dial, false, false, cx.now);
        match self.dial_in_series(cx, dial, number) {
            Ok(()) => {
                let fleet = self.instances[dial.instance as usize].fleet;
                cx.note(Observation::CheckedOut { fleet, through: dial.through, wait });
            }
            Err(cause) => {
                self.dial_missed(cx, &dial, number, cause);
            }
        }
    }

    /// The next dial of a series.
    pub(in crate::model) fn dial_in_series<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: Dial,
        number: u32,
    ) -> Result<(), Cause> {
        let dialled = self.dial(cx, dial);
        if let Some(series) = self.manners(&dial).series(number) {
            series.dials += 1;
            series.last = cx.now;
            series.conn = dialled.unwrap_or(Id::NONE);
        }
        if let Some(request) = self.requests.get_mut(dial.request) {
            request.conn = dialled.unwrap_or(Id::NONE);
        }
        dialled.map(|_| ())
    }

    /// The pause of a series is over.
    pub(in crate::model) fn dial_again<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        number: u32,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        let connect_timeout = pool.settings.connect_timeout;
        let Some(series) = pool.manners.as_mut().and_then(|m| m.series(number)).copied() else {
            return;
        };
        let Series { server, request, .. } = series;
        let dial = Dial { instance, through, server, connect_timeout, request };
        if !self.is_wanted(&dial, &series) {
            self.series_over(&dial, number);
            return self.dials_go_on(cx, &dial, series.worker);
        }
        if let Err(cause) = self.dial_in_series(cx, dial, number)
            && !self.dial_missed(cx, &dial, number, cause)
        {
            self.dials_go_on(cx, &dial, series.worker);
        }
    }

    /// A connection of a pool with manners was lost before it was set up.
    pub(in crate::model) fn pool_dial_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        dial: Dial,
        cause: Cause,
    ) {
        let manners = self.manners(&dial);
        manners.checked(id);
        if manners.prober == Prober::Dialling(id) {
            return self.probe_failed(cx, dial.instance, dial.through, cause);
        }
        let Some(number) = manners.series_of(id) else {
            // Dialled when the pool was a plain one.
            if self.requests.get(dial.request).is_some_and(|r| r.conn == id) {
                self.requests[dial.request].conn = Id::NONE;
                self.attempt_failed(cx, dial.request, cause);
            }
            return self.pool_dial_failed(cx, dial.instance, dial.through);
        };
        let Some(series) = manners.series(number).copied() else { return };
        let dial = Dial { request: series.request, ..dial };
        if !self.dial_missed(cx, &dial, number, cause) {
            self.dials_go_on(cx, &dial, series.worker);
        }
    }

    /// A dial of a series has failed: another one follows after a pause, or the series is over, and
    /// whoever is to learn of it does. True if another follows.
    pub(in crate::model) fn dial_missed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: &Dial,
        number: u32,
        cause: Cause,
    ) -> bool {
        let Some(series) = self.manners(dial).series(number).copied() else { return false };
        let wanted = self.is_wanted(dial, &series);
        if let Some(request) = self.requests.get_mut(series.request) {
            request.conn = Id::NONE;
        }
        if let Some(pause) = self.pause_of(cx, dial, &series, cause).filter(|_| wanted) {
            if let Some(series) = self.manners(dial).series(number) {
                series.conn = Id::NONE;
            }
            let Dial { instance, through, .. } = *dial;
            let process = self.instances[instance as usize].number;
            let event = Event::DialAgain { instance, through, number: process, series: number };
            cx.agenda.at(cx.now + pause, Rank::DELIVERY, event);
            return true;
        }
        self.series_over(dial, number);
        self.count_failure(cx, dial, cause);
        if series.worker {
            self.worker_failed(cx, dial, &series, cause);
        } else if wanted && !series.request.is_none() {
            self.caller_failed(cx, dial, cause);
        }
        false
    }

    /// The pause before the next dial, if there is one.
    fn pause_of<O: Observer<Observation>>(
        &mut self,
        cx: &Cx<'_, O>,
        dial: &Dial,
        series: &Series,
        cause: Cause,
    ) -> Option<Span> {
        let place = &mut self.instances[dial.instance as usize];
        let fleet = place.fleet;
        let settings = &place.pool(dial.through).settings;
        let retry: &DialRetry = settings.dial_retry.as_ref()?;
        if retry.transient_only && !is_transient(cause) {
            return None;
        }
        let drawn = retry.jitter.share() > 0.0;
        let stream = &mut self.fleets[usize::from(fleet)].streams.dial_retry;
        let draw = if drawn { stream.uniform() } else { 0.5 };
        next_dial(retry, series, cx.now, draw)
    }

    /// Whether anybody waits for a series, as far as the pool asks.
    fn is_wanted(&self, dial: &Dial, series: &Series) -> bool {
        if let Some(request) = self.requests.get(series.request) {
            return request.doing == Doing::Dialling;
        }
        if !series.request.is_none() {
            return false;
        }
        let pool = self.instances[dial.instance as usize].pool_at(dial.through);
        match pool.settings.dialling {
            Dialling::Background(workers) if workers.while_needed && series.worker => {
                pool.taken() <= pool.settings.min || pool.counts().waiting > 0
            }
            _ => true,
        }
    }

    /// A series is over without a connection: its place is free.
    fn series_over(&mut self, dial: &Dial, number: u32) {
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        pool.dial_failed();
        let Some(manners) = &mut pool.manners else { return };
        if manners.end(number).is_some_and(|series| series.worker) {
            manners.busy -= 1;
        }
    }

    /// A caller's dial has failed for good.
    fn caller_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: &Dial,
        cause: Cause,
    ) {
        if self.hides_errors(dial) {
            let since = self.requests[dial.request].marked;
            let pool = self.instances[dial.instance as usize].pool(dial.through);
            if pool.settings.wait_timeout.is_some_and(|wait| since + wait <= cx.now) {
                return self.attempt_failed(cx, dial.request, Cause::CheckoutTimeout);
            }
            return self.join_line(cx, dial.request, *dial, since);
        }
        self.keep_slot(cx, dial);
        self.attempt_failed(cx, dial.request, cause);
    }

    /// A caller has left in the middle of its dial.
    pub(in crate::model) fn dial_abandoned<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: &Dial,
        conn: Id<Conn>,
    ) {
        self.pool_closes(cx, dial.instance, dial.through, conn);
        match self.manners(dial).series_for(dial.request) {
            Some(number) => self.series_over(dial, number),
            None => self.instances[dial.instance as usize].pool(dial.through).dial_failed(),
        }
        self.keep_slot(cx, dial);
    }

    /// Where a pool counts places and not sockets, the place of a failed dial stays taken.
    fn keep_slot<O: Observer<Observation>>(&mut self, cx: &Cx<'_, O>, dial: &Dial) {
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        if pool.settings.broken == Broken::SlotKept && pool.counts().waiting == 0 && pool.has_room()
        {
            pool.leases_place();
            pool.hollowed(cx.now);
        }
    }

    /// Whether callers learn nothing of failed dials.
    pub(in crate::model) fn hides_errors(&self, dial: &Dial) -> bool {
        let pool = self.instances[dial.instance as usize].pool_at(dial.through);
        pool.settings.dial_errors == DialErrors::Hidden
    }

    /// The state of the pool of this dial, which has some.
    pub(in crate::model) fn manners(&mut self, dial: &Dial) -> &mut Manners {
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        pool.manners.get_or_insert_default()
    }

    /// Those in line dial, where callers do; a worker begins, where they do not.
    pub(in crate::model) fn dial_waiting_callers<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        if pool.settings.dialling != Dialling::Caller {
            return self.grow_for_line(cx, instance, through);
        }
        loop {
            self.prefer_anyone(instance, through);
            let pool = self.instances[instance as usize].pool(through);
            let Some(waiter) = pool.next_to_dial() else { return };
            let request = &self.requests[waiter.who];
            let dial = Dial::of(request, &self.calls[request.call as usize], waiter.who);
            self.dial_for_caller(cx, dial);
            let waits = self.requests.get(waiter.who).is_some_and(|r| r.doing == Doing::Waiting);
            if waits && self.hides_errors(&dial) {
                // Its dial failed at once and nobody was told: the others would fare no better.
                return;
            }
        }
    }

    /// Where chance decides who is served, somebody is the first in line.
    pub(in crate::model) fn prefer_anyone(&mut self, instance: u32, through: u16) {
        let place = &mut self.instances[instance as usize];
        let fleet = place.fleet;
        let pool = place.pool(through);
        let waiting = pool.counts().waiting;
        if pool.settings.hand_off == HandOff::Random && waiting > 1 {
            let stream = &mut self.fleets[usize::from(fleet)].streams.hand_off;
            pool.prefer(stream.below(waiting));
        }
    }
}

/// Whether a dial failed because too many others came: refused by the host, or at the limit.
fn is_transient(cause: Cause) -> bool {
    matches!(cause, Cause::ConnectionRefused | Cause::Rejected | Cause::RejectedSilently)
}
