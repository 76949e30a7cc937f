//! A request in flight.

use crate::model::client::Conn;
use crate::model::load::Visit;
use crate::model::plan::CallId;
use crate::model::slab::Id;
use crate::scenario::Cause;
use crate::units::SimTime;

/// One unit of user work at an instance.
#[derive(Debug)]
pub struct Request {
    /// Its fleet.
    pub fleet: u16,
    /// The version of the fleet's settings it began with.
    pub plan: u16,
    /// Its instance, among those of all fleets; out of range when none was up.
    pub instance: u32,
    /// When it arrived.
    pub began: SimTime,
    /// The step it is at.
    pub step: u16,
    /// The present call, among those of all fleets.
    pub call: CallId,
    /// Counts the things it has waited for: what is due for an earlier phase is out of date.
    pub phase: u32,
    /// What it is doing.
    pub doing: Doing,
    /// The connection it uses.
    pub conn: Id<Conn>,
    /// Commands of the present call without a reply.
    pub commands_left: u16,
    /// Counts its attempts of all calls: a reply to an earlier one is nobody's.
    pub exchange: u16,
    /// Since when it waits (in a pool), when the commands under way were asked for (on a shared
    /// connection), or when the reply comes (while it holds).
    pub marked: SimTime,
    /// By call: the connection is leaked after a success.
    pub leak_on_success: u32,
    /// By call: the connection is leaked after a failure.
    pub leak_on_error: u32,
    /// By call: the next reply is an error.
    pub errors: u32,
    /// Who sent it.
    pub visit: Visit,
    /// Whether something is known of the attempts of the present call.
    pub tried: bool,
    /// Whether something is kept beside it that must be told when it ends.
    pub marked_beside: bool,
}

impl Request {
    /// A request of the fleet under this version of its settings that arrives at `instance`.
    #[inline(always)]
    pub fn new(fleet: u16, plan: u16, instance: u32, now: SimTime, visit: Visit) -> Request {
        Request {
            fleet,
            plan,
            instance,
            began: now,
            step: 0,
            call: 0,
            phase: 0,
            doing: Doing::Working,
            conn: Id::NONE,
            commands_left: 0,
            exchange: 0,
            marked: now,
            leak_on_success: 0,
            leak_on_error: 0,
            errors: 0,
            tried: false,
            visit,
            marked_beside: false,
        }
    }

    /// Whether the next reply to the call of this number is an error.
    pub fn reply_errs(&mut self, call: u16, errs: bool) {
        let bit = 1 << call;
        self.errors = self.errors & !bit | if errs { bit } else { 0 };
    }

    /// Whether it waits for a core, or is at work there.
    pub fn needs_core(&self) -> bool {
        use Doing as D;
        matches!(self.doing, D::Starting | D::Trying | D::Reading(_) | D::Releasing)
    }
}

/// What a request is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Work of the instance, or between two steps.
    Working,
    /// Waiting for a connection of a pool, or of the shared ones.
    Waiting,
    /// Dialling a connection.
    Dialling,
    /// A round trip that only proves the connection alive.
    Validating,
    /// Waiting for replies.
    Calling,
    /// The last reply is there or on its way; the connection is still held.
    Holding,
    /// The pause before a retry.
    Pausing,
    /// Waiting for a core, or at work there, before the first step.
    Starting,
    /// The same before an attempt.
    Trying,
    /// The same with something to read on its connection: the last reply, or the end of it.
    Reading(Option<Cause>),
    /// The same with the hold done and the connection in hand.
    Releasing,
    /// At the entrance of a process that stands still.
    Arriving,
    /// In line at the entrance.
    Queued,
    /// In line before a bulkhead.
    AtBulkhead,
    /// Copies of it are out.
    Racing,
}
