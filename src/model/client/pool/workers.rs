//! Workers that dial for pools, and the prober that dials when nobody else may.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Prober, Series};
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, DialErrors, Dialling, Refill, Workers};

impl World {
    /// A caller has joined the line: where workers dial, one does so for it.
    pub(in crate::model) fn grow<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: &Dial,
    ) {
        let Some(workers) = self.workers(dial.instance, dial.through) else { return };
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        let taken = pool.taken();
        let Some(manners) = &mut pool.manners else { return };
        if workers.one_growth && manners.grows() {
            return;
        }
        if taken + manners.wanted + manners.growths < pool.settings.max {
            manners.growths += 1;
            self.start_workers(cx, dial.instance, dial.through);
        }
    }

    /// Places have come free: workers dial for those who wait and have no dial under way.
    pub(in crate::model) fn grow_for_line<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let Some(dial) = self.dial_of_pool(instance, through) else { return };
        let pool = self.instances[instance as usize].pool(through);
        let counts = pool.counts();
        let coming = counts.dialling + pool.manners.as_ref().map_or(0, |m| m.growths + m.wanted);
        // Dials that fail at once leave as many waiting as before: each counts once.
        for _ in coming..counts.waiting {
            self.grow(cx, &dial);
        }
        self.start_workers(cx, instance, through);
    }

    /// Workers begin what is to be dialled, as many as there are.
    pub(in crate::model) fn start_workers<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let Some(workers) = self.workers(instance, through) else { return };
        let Some(dial) = self.dial_of_pool(instance, through) else { return };
        loop {
            let pool = self.instances[instance as usize].pool(through);
            let counts = pool.counts();
            let short = pool.taken() < pool.settings.min;
            let Some(manners) = &mut pool.manners else { return };
            if workers.workers.is_some_and(|most| manners.busy >= most) {
                return;
            }
            let growth = manners.wanted == 0;
            match (manners.wanted, manners.growths) {
                (0, 0) => return,
                (0, _) => manners.growths -= 1,
                _ => manners.wanted -= 1,
            }
            if workers.while_needed && !short && counts.waiting == 0 {
                continue;
            }
            if !pool.reserve() {
                continue;
            }
            self.manners(&dial).busy += 1;
            self.begin_dial(cx, dial, (true, growth));
        }
    }

    /// A series of a worker is over without a connection.
    pub(in crate::model) fn worker_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: &Dial,
        series: &Series,
        cause: Cause,
    ) {
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        if series.growth
            && pool.settings.dial_errors == DialErrors::Surface
            && let Some(waiter) = pool.wake()
        {
            self.attempt_failed(cx, waiter.who, cause);
        }
    }

    /// After a failed series others go on: workers with what is wanted, those in line with dials of
    /// their own, unless they are to notice nothing, and would dial in turn until their time is over.
    pub(in crate::model) fn dials_go_on<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: &Dial,
        worker: bool,
    ) {
        if worker {
            self.start_workers(cx, dial.instance, dial.through);
        } else if !self.hides_errors(dial) {
            self.dial_waiting_callers(cx, dial.instance, dial.through);
        }
    }

    /// A worker's dial has succeeded: it rests, or goes on at once.
    pub(in crate::model) fn dialler_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        growth: bool,
    ) {
        let pause = self.workers(instance, through).map(|workers| workers.pause);
        let number = self.instances[instance as usize].number;
        match pause.filter(|pause| !pause.is_zero()) {
            Some(pause) => {
                let event = Event::WorkerRested { instance, through, number };
                cx.agenda.at(cx.now + pause, Rank::DELIVERY, event);
            }
            None => self.worker_free(instance, through),
        }
        let pool = self.instances[instance as usize].pool(through);
        let one_at_a_time =
            matches!(pool.settings.dialling, Dialling::Background(w) if w.one_growth);
        if growth && one_at_a_time && pool.counts().waiting > 0 {
            self.grow_for_line(cx, instance, through);
        }
        self.start_workers(cx, instance, through);
    }

    /// A worker has rested.
    pub(in crate::model) fn worker_rested<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        self.worker_free(instance, through);
        self.start_workers(cx, instance, through);
    }

    fn worker_free(&mut self, instance: u32, through: u16) {
        if let Some(manners) = &mut self.instances[instance as usize].pool(through).manners {
            manners.busy -= 1;
        }
    }

    /// A pool that was left by a connection is filled again, if it does that at once.
    pub(in crate::model) fn refill_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let refill = self.instances[instance as usize].pool(through).settings.refill;
        if matches!(refill, Refill::AtOnce | Refill::Each)
            && !self.leaves_refused(instance, through)
        {
            self.fill_pool(cx, instance, through);
        }
    }

    /// Dials what the pool lacks of its minimum.
    pub(in crate::model) fn fill_pool<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let Some(dial) = self.dial_of_pool(instance, through) else { return };
        let background = self.workers(instance, through).is_some();
        let pool = self.instances[instance as usize].pool(through);
        let there = pool.taken() + pool.manners.as_ref().map_or(0, |m| m.wanted);
        let missing = pool.settings.min.saturating_sub(there);
        if background {
            self.manners(&dial).wanted += missing;
            return self.start_workers(cx, instance, through);
        }
        for _ in 0..missing {
            if !self.instances[instance as usize].pool(through).reserve() {
                return;
            }
            self.begin_dial(cx, dial, (false, false));
        }
    }

    /// Why whoever needs a dial fails at once, if it does.
    pub(in crate::model) fn fails_fast(&self, dial: &Dial) -> Option<Cause> {
        let pool = self.instances[dial.instance as usize].pool_at(dial.through);
        let rule = pool.settings.fail_fast?;
        let manners = pool.manners.as_ref()?;
        let most = rule.failures.unwrap_or(pool.settings.max);
        manners.last_failure.filter(|_| manners.failures >= most)
    }

    /// A series has failed: from a certain number on a prober dials.
    pub(in crate::model) fn count_failure<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: &Dial,
        cause: Cause,
    ) {
        let manners = self.manners(dial);
        manners.last_failure = Some(cause);
        manners.failures = manners.failures.saturating_add(1);
        let off = manners.prober == Prober::Off;
        if off && self.fails_fast(dial).is_some() {
            self.probe(cx, dial.instance, dial.through);
        }
    }

    /// The prober dials, outside the pool.
    pub(in crate::model) fn probe<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let Some(dial) = self.dial_of_pool(instance, through) else { return };
        if self.fails_fast(&dial).is_none() {
            self.manners(&dial).prober = Prober::Off;
            return;
        }
        match self.dial(cx, dial) {
            Ok(conn) => self.manners(&dial).prober = Prober::Dialling(conn),
            Err(cause) => self.probe_failed(cx, instance, through, cause),
        }
    }

    /// The prober rests before it dials again.
    pub(in crate::model) fn probe_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        cause: Cause,
    ) {
        let place = &mut self.instances[instance as usize];
        let number = place.number;
        let pool = place.pool(through);
        let rule = pool.settings.fail_fast;
        if let Some(manners) = &mut pool.manners {
            manners.last_failure = Some(cause);
            manners.prober = if rule.is_some() { Prober::Resting } else { Prober::Off };
        }
        if let Some(rule) = rule {
            let event = Event::Probe { instance, through, number };
            cx.agenda.at(cx.now + rule.probe_every, Rank::DELIVERY, event);
        }
    }

    /// The workers of a pool, if it has some.
    fn workers(&self, instance: u32, through: u16) -> Option<Workers> {
        match self.instances[instance as usize].pool_at(through).settings.dialling {
            Dialling::Background(workers) => Some(workers),
            Dialling::Caller => None,
        }
    }

    /// A dial of a pool for nobody, as long as a call goes through it.
    pub(in crate::model) fn dial_of_pool(&self, instance: u32, through: u16) -> Option<Dial> {
        let place = &self.instances[instance as usize];
        let plan = &self.fleets[usize::from(place.fleet)].plans[usize::from(place.plan)];
        let mut calls = plan.all_calls.clone().map(|call| &self.calls[call as usize]);
        let call = calls.find(|c| c.via == Via::Pool && c.through == through)?;
        Some(Dial {
            instance,
            through,
            server: call.server,
            connect_timeout: call.connect_timeout,
            request: Id::NONE,
        })
    }
}
