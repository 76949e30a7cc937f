//! One thread that does to a real server what a scenario's clients would do.
//!
//! Its sockets do not block; it sleeps until something is due, and looks at every connection that
//! waits for an answer. A connect takes the loopback interface some ten microseconds and is waited
//! for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::Ordering;
use std::time::Duration;

use highwater::model::{Errand, Task};
use highwater::scenario::{Call, Leak, Scenario, Step, Strategy};
use highwater::units::{SimTime, Span};

use super::clock::Clock;
use super::driven::{Driven, FleetRow, Row, Shared};
use super::flight::{End, Flight, Seen, send};

/// A dial without a timeout of its own is given up after this.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Arrivals begun before the rest gets its turn.
const BATCH: usize = 256;
/// The longest sleep: a run that is stopped by the other thread ends this soon.
const NAP: Duration = Duration::from_millis(20);

/// The load at work.
pub struct Driver<'a> {
    clock: Clock,
    address: SocketAddr,
    scenario: &'a Scenario,
    errands: &'a [Errand],
    shared: &'a Shared,
    /// Errands begun.
    begun: usize,
    flights: Vec<Option<Flight>>,
    free: Vec<usize>,
    /// Flights that wait for an answer.
    waiting: Vec<usize>,
    /// What is due: when, which flight, in which phase of it.
    due: BinaryHeap<Reverse<(SimTime, usize, u64)>>,
    /// Phases begun: no two flights are ever in the same.
    phases: u64,
    /// By fleet and step: ends with a connection in hand since the last leak of "every n-th".
    since_leak: Vec<Vec<u32>>,
    counts: Vec<FleetRow>,
    out: Driven,
}

impl<'a> Driver<'a> {
    /// A driver that has not begun.
    pub fn new(
        clock: Clock,
        address: SocketAddr,
        scenario: &'a Scenario,
        errands: &'a [Errand],
        shared: &'a Shared,
    ) -> Driver<'a> {
        let fleets = &scenario.settings.fleets;
        Driver {
            clock,
            address,
            scenario,
            errands,
            shared,
            begun: 0,
            flights: Vec::new(),
            free: Vec::new(),
            waiting: Vec::new(),
            due: BinaryHeap::new(),
            phases: 0,
            since_leak: fleets.iter().map(|fleet| vec![0; fleet.steps.len()]).collect(),
            counts: vec![FleetRow::default(); fleets.len()],
            out: Driven::default(),
        }
    }

    /// Drives to the last of `rows`.
    pub fn run(mut self, rows: &[SimTime]) -> io::Result<Driven> {
        while let Some(row) = rows.get(self.out.rows.len()).copied() {
            if self.shared.stop.load(Ordering::Relaxed) {
                break;
            }
            let now = self.clock.now();
            let arrived = self.arrivals(now)?;
            self.take_due(now)?;
            self.look_at_waiting()?;
            if now >= row {
                // Leaked sockets are looked at in parts, so that arrivals do not wait for all of them.
                if self.out.leaks.look(&mut self.counts, self.shared) {
                    self.out.rows.push(Row { at: self.clock.now(), fleets: self.counts.clone() });
                }
            } else if arrived < BATCH {
                self.rest(row);
            }
        }
        self.out.late_us.sort_unstable();
        Ok(self.out)
    }

    /// Sleeps until something is due; not for long while answers are awaited.
    fn rest(&self, row: SimTime) {
        let arrival = self.errands.get(self.begun).map(|errand| errand.at);
        let due = self.due.peek().map(|Reverse((at, _, _))| *at);
        let at = [arrival, due].into_iter().flatten().fold(row, SimTime::min);
        let waiting = self.waiting.len() as u64;
        let most = match waiting {
            0 => NAP,
            _ => Duration::from_micros((2 * waiting).clamp(50, 2_000)),
        };
        self.clock.sleep_until(at, most);
    }

    fn late(&mut self, at: SimTime) {
        let now = self.clock.now().max(at);
        self.out.late_us.push(now.since(at).as_ns() / 1_000);
    }

    /// Begins what has arrived by now; gives how many.
    fn arrivals(&mut self, now: SimTime) -> io::Result<usize> {
        let errands = self.errands;
        let mut arrived = 0;
        while let Some(errand) = errands.get(self.begun).filter(|errand| errand.at <= now) {
            self.late(errand.at);
            self.counts[errand.fleet].requests += 1;
            let flight = Flight::new(self.begun);
            self.begun += 1;
            let place = self.free.pop().unwrap_or(self.flights.len());
            if place == self.flights.len() {
                self.flights.push(None);
            }
            self.flights[place] = Some(flight);
            self.advance(place)?;
            arrived += 1;
            if arrived == BATCH {
                break;
            }
        }
        Ok(arrived)
    }

    /// Does what is due by now: the end of work and holds, timeouts.
    fn take_due(&mut self, now: SimTime) -> io::Result<()> {
        while let Some(Reverse((at, place, phase))) = self.due.peek().copied() {
            if at > now {
                break;
            }
            self.due.pop();
            let Some(flight) = &mut self.flights[place] else { continue };
            if flight.phase != phase {
                continue;
            }
            if flight.gives_up {
                self.waiting.retain(|waiting| *waiting != place);
                self.fail(place, None);
                continue;
            }
            self.late(at);
            let Some(flight) = &mut self.flights[place] else { continue };
            if flight.stream.is_some() {
                self.let_go(place, true, None);
            }
            let Some(flight) = &mut self.flights[place] else { continue };
            flight.step += 1;
            self.advance(place)?;
        }
        Ok(())
    }

    /// A request goes on with its present step, and ends after the last.
    fn advance(&mut self, place: usize) -> io::Result<()> {
        loop {
            let Some(flight) = &mut self.flights[place] else { return Ok(()) };
            let errand = &self.errands[flight.errand];
            match errand.tasks.get(flight.step) {
                None => {
                    self.counts[errand.fleet].succeeded += 1;
                    self.end(place);
                    return Ok(());
                }
                Some(Task::Work(span)) if span.is_zero() => flight.step += 1,
                Some(Task::Work(span)) => {
                    self.put_off(place, *span);
                    return Ok(());
                }
                Some(Task::Call { .. }) => return self.dial(place),
            }
        }
    }

    /// Dials and sends the first commands.
    fn dial(&mut self, place: usize) -> io::Result<()> {
        let Some((call, _, connect_timeout)) = self.call_of(place) else { return Ok(()) };
        let patience = connect_timeout
            .map_or(CONNECT_PATIENCE, |timeout| Duration::from_nanos(timeout.as_ns()));
        let (commands, timeout) = (call.commands, call.timeout);
        let per_trip = if call.pipelined { call.commands } else { 1 };
        let stream = match TcpStream::connect_timeout(&self.address, patience) {
            Ok(stream) => stream,
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                self.fail(place, None);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let Some(flight) = &mut self.flights[place] else { return Ok(()) };
        let stream = flight.stream.insert(stream);
        // The simulated client's commands travel with its handshake: there is nothing in between.
        send(stream, per_trip);
        stream.set_nonblocking(true)?;
        self.shared.opened(stream);
        flight.left = commands;
        let deadline = timeout.map(|timeout| self.clock.now() + timeout);
        self.wait(place, deadline);
        self.waiting.push(place);
        Ok(())
    }

    /// The settings of the call that a request is at: the call, its leak, the timeout of its dial.
    fn call_of(&self, place: usize) -> Option<(&'a Call, Leak, Option<Span>)> {
        let flight = self.flights[place].as_ref()?;
        let fleet = &self.scenario.settings.fleets[self.errands[flight.errand].fleet];
        let Some(Step::Call(call)) = fleet.steps.get(flight.step) else { return None };
        match fleet.connections[call.through].strategy {
            Strategy::PerRequest { leak, connect_timeout } => Some((call, leak, connect_timeout)),
            // The bounds let no other through.
            Strategy::Pooled(_) | Strategy::Shared(_) => None,
        }
    }

    /// Waits for an answer until `deadline`.
    fn wait(&mut self, place: usize, deadline: Option<SimTime>) {
        self.phase(place, deadline.is_some());
        if let Some(at) = deadline {
            self.due.push(Reverse((at, place, self.phases)));
        }
    }

    /// Goes on after `span`.
    fn put_off(&mut self, place: usize, span: Span) {
        self.phase(place, false);
        self.due.push(Reverse((self.clock.now() + span, place, self.phases)));
    }

    /// A flight waits for something else from now on: what is due for it is out of date.
    fn phase(&mut self, place: usize, gives_up: bool) {
        self.phases += 1;
        if let Some(flight) = &mut self.flights[place] {
            flight.phase = self.phases;
            flight.gives_up = gives_up;
        }
    }

    /// Looks at every connection that waits for an answer.
    fn look_at_waiting(&mut self) -> io::Result<()> {
        let mut i = 0;
        while let Some(place) = self.waiting.get(i).copied() {
            if self.look(place)? {
                i += 1;
            } else {
                self.waiting.swap_remove(i);
            }
        }
        Ok(())
    }

    /// Looks at a connection; gives whether it still waits.
    fn look(&mut self, place: usize) -> io::Result<bool> {
        loop {
            let Some(flight) = &mut self.flights[place] else { return Ok(false) };
            if flight.stream.is_none() {
                return Ok(false);
            }
            match flight.look() {
                Seen::Nothing => return Ok(true),
                Seen::Answer => {
                    if !self.answered(place) {
                        return Ok(false);
                    }
                }
                Seen::Refusal(text) => self.refused(place, text),
                Seen::Strange(text) => {
                    return Err(io::Error::other(format!("the server answered PING with: {text}")));
                }
                Seen::End(end) => {
                    let refusals = &mut self.out.refusals;
                    *match (flight.refused, end) {
                        (false, _) => &mut refusals.silent,
                        (true, End::Closed) => &mut refusals.then_fin,
                        (true, End::Reset) => &mut refusals.then_reset,
                    } += 1;
                    self.fail(place, Some(end));
                    return Ok(false);
                }
            }
        }
    }

    /// One answer has come; gives whether more are awaited.
    fn answered(&mut self, place: usize) -> bool {
        let Some((call, ..)) = self.call_of(place) else { return false };
        let Some(flight) = &mut self.flights[place] else { return false };
        flight.left = flight.left.saturating_sub(1);
        if flight.left > 0 {
            if !call.pipelined {
                if let Some(stream) = &mut flight.stream {
                    send(stream, 1);
                }
                let deadline = call.timeout.map(|timeout| self.clock.now() + timeout);
                self.wait(place, deadline);
            }
            return true;
        }
        let Task::Call { hold, .. } = self.errands[flight.errand].tasks[flight.step] else {
            return false;
        };
        self.put_off(place, hold);
        false
    }

    /// The text of a refusal has come; the end of the connection will follow.
    fn refused(&mut self, place: usize, text: Vec<u8>) {
        let now = self.clock.now();
        self.phase(place, false);
        let Some(flight) = &mut self.flights[place] else { return };
        flight.refused = true;
        let number = flight.errand as u64 + 1;
        let fleet = self.errands[flight.errand].fleet;
        self.counts[fleet].failed += 1;
        let refusals = &mut self.out.refusals;
        if refusals.texts == 0 {
            refusals.text = text;
        }
        refusals.texts += 1;
        if refusals.first.is_none_or(|(first, _)| number < first) {
            refusals.first = Some((number, now));
        }
    }

    /// A request fails; `end` is how the server has ended its connection, if it has.
    fn fail(&mut self, place: usize, end: Option<End>) {
        let Some(flight) = &self.flights[place] else { return };
        if !flight.refused {
            self.counts[self.errands[flight.errand].fleet].failed += 1;
        }
        if flight.stream.is_some() {
            self.let_go(place, false, end);
        }
        self.end(place);
    }

    fn end(&mut self, place: usize) {
        if self.flights[place].take().is_some() {
            self.free.push(place);
        }
    }

    /// A call ends with its connection in hand, which the server may have ended: it is closed, or
    /// leaked.
    fn let_go(&mut self, place: usize, success: bool, end: Option<End>) {
        let Some((_, leak, _)) = self.call_of(place) else { return };
        let Some(flight) = &mut self.flights[place] else { return };
        let errand = &self.errands[flight.errand];
        let Some(stream) = flight.stream.take() else { return };
        let Task::Call { leak_on_success, leak_on_error, .. } = errand.tasks[flight.step] else {
            return;
        };
        let fleet = errand.fleet;
        let by_chance = if success { leak_on_success } else { leak_on_error };
        let since = &mut self.since_leak[fleet][flight.step];
        *since += u32::from(!by_chance);
        let nth = !by_chance && leak.every > 0 && *since >= leak.every;
        if nth {
            *since = 0;
        }
        if by_chance || nth {
            let leaks = &mut self.out.leaks;
            leaks.add(stream, (fleet, leak.kind), end, &mut self.counts, self.shared);
        } else {
            self.shared.close(stream);
        }
    }
}
