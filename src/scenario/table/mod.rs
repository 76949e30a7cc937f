//! The one table of keys: what may stand where, its range, its default and its meaning.
//!
//! Everything that knows keys is derived from it: the checks and their hints ([`super::check`]),
//! the JSON Schema ([`super::schema`]) and the reference page ([`super::reference`]).

pub(crate) mod alerts;
pub(crate) mod autoscale;
pub(crate) mod balancers;
pub(crate) mod breakers;
pub(crate) mod budgets;
pub(crate) mod bursts;
pub(crate) mod causes;
pub(crate) mod claims;
pub(crate) mod deploys;
pub(crate) mod ejection;
pub(crate) mod entrance;
mod faults;
pub(crate) mod fleets;
pub(crate) mod guards;
mod health;
mod leaks;
pub(crate) mod limiters;
pub(crate) mod load;
pub(crate) mod pool_dials;
pub(crate) mod pool_upkeep;
pub(crate) mod pools;
pub(crate) mod process;
mod proxy;
mod recorded;
mod recovery;
pub(crate) mod retries;
pub(crate) mod serverless;
mod servers;
pub(crate) mod shared;
pub(crate) mod starts;
pub(crate) mod steps;
pub(crate) mod top;
pub(crate) mod visitors;
pub(crate) mod ways;

pub(crate) use alerts::{ALERT, CONDITION};
pub(crate) use claims::MEASURE;
pub(crate) use servers::{SERVER, SETTABLE};
pub(crate) use top::TOP;

use crate::units::Span;

/// An object with known keys. Every object also takes `note` and `notes`.
pub(crate) struct Type {
    /// Its name in the schema and the reference.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
    /// Groups of keys of which exactly one must stand.
    pub one_of: &'static [&'static str],
    /// The kind of preset that its key `preset` names.
    pub preset: Option<PresetKind>,
}

/// A value that is one of several variants: a bare word, or an object with one key.
pub(crate) struct Choice {
    /// Its name in the schema and the reference.
    pub name: &'static str,
    /// What is chosen.
    pub doc: &'static str,
    /// The variants; a variant of kind [`Kind::Bare`] is written as a text.
    pub variants: &'static [Key],
}

/// One key, or one variant of a choice.
pub(crate) struct Key {
    /// The key as written.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// What stands there when nothing is written.
    pub default: Fallback,
    /// What it means: one sentence, without the range.
    pub doc: &'static str,
    /// An example of a value, as JSON.
    pub example: &'static str,
}

/// What holds when a key is not written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fallback {
    /// It must be written.
    Required,
    /// Nothing, with what that means.
    Absent(&'static str),
    /// This value, as JSON.
    Value(&'static str),
}

/// The words that may stand somewhere, each with its meaning.
pub(crate) type Words = &'static [(&'static str, &'static str)];

/// What may stand under a key. Ranges include both ends.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A text of so many characters at least and at most.
    Text(usize, usize),
    /// The name of something: letters, digits, `-` and `_`.
    Name,
    /// The name of something defined elsewhere in the file, said in words.
    Reference(&'static str),
    /// The name of a preset.
    Preset(PresetKind),
    /// An instant of the wall clock.
    Instant,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count(u64, u64),
    /// A whole number, or `"none"` for any number.
    CountOrNone(u64, u64),
    /// A number.
    Number(f64, f64),
    /// A length of time with its unit.
    Span(Span, Span),
    /// A length of time with its unit, or `"none"` for ever.
    SpanOrNone(Span, Span),
    /// A rate with its unit, per second.
    Rate(f64, f64),
    /// A size with its unit, in bytes.
    Bytes(u64, u64),
    /// A share between 0 and 1, or in per cent.
    Share,
    /// One of these words.
    Words(Words),
    /// A quantity whose unit follows from another key: a number, or a text with a unit.
    Measured,
    /// Settings by their dotted paths, each value of its own key's kind.
    Settings,
    /// Texts by key.
    Notes,
    /// A variant without content, written as a text.
    Bare,
    /// An object with known keys.
    Object(&'static Type),
    /// One of several variants.
    Choice(&'static Choice),
    /// An object whose keys are names; so many at least and at most.
    Named(&'static Kind, usize, usize),
    /// A list of so many items at least and at most.
    List(&'static Kind, usize, usize),
}

/// What a preset describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PresetKind {
    /// A server.
    Server,
    /// A proxy in front of a server.
    Proxy,
    /// What a hosting company sells: a server with the limits of a plan.
    Plan,
    /// A connection pool of a client library.
    Pool,
    /// The retries of a client library.
    Retry,
    /// A circuit breaker of a client library.
    Breaker,
    /// A limit of calls at once of a client library.
    Bulkhead,
    /// An adaptive limit of attempts at once.
    Limit,
    /// Client-side throttling.
    Throttle,
    /// Copies of an attempt that has no answer yet.
    Hedge,
    /// A client library whose requests share a connection.
    Shared,
}

impl PresetKind {
    /// The word in listings.
    pub fn name(self) -> &'static str {
        match self {
            PresetKind::Server => "server",
            PresetKind::Proxy => "proxy",
            PresetKind::Plan => "hosting plan",
            PresetKind::Pool => "pool",
            PresetKind::Retry => "retry policy",
            PresetKind::Breaker => "breaker",
            PresetKind::Bulkhead => "bulkhead",
            PresetKind::Limit => "adaptive limit",
            PresetKind::Throttle => "throttle",
            PresetKind::Hedge => "hedge",
            PresetKind::Shared => "shared connection",
        }
    }

    /// The word above a listing.
    pub fn plural(self) -> &'static str {
        match self {
            PresetKind::Server => "servers",
            PresetKind::Proxy => "proxies",
            PresetKind::Plan => "hosting plans",
            PresetKind::Pool => "pools",
            PresetKind::Retry => "retry policies",
            PresetKind::Breaker => "breakers",
            PresetKind::Bulkhead => "bulkheads",
            PresetKind::Limit => "adaptive limits",
            PresetKind::Throttle => "throttles",
            PresetKind::Hedge => "hedges",
            PresetKind::Shared => "shared connections",
        }
    }

    /// Whether a preset of this kind may stand where one of kind `wanted` is asked for: proxies and
    /// plans are servers.
    pub(crate) fn is_a(self, wanted: PresetKind) -> bool {
        self == wanted
            || wanted == PresetKind::Server && matches!(self, PresetKind::Proxy | PresetKind::Plan)
    }
}

impl Type {
    const fn new(name: &'static str, doc: &'static str, keys: &'static [Key]) -> Type {
        Type { name, doc, keys, one_of: &[], preset: None }
    }

    /// The row of `key`.
    pub fn key(&self, key: &str) -> Option<&'static Key> {
        self.keys.iter().find(|row| row.name == key)
    }
}

impl Choice {
    /// The row of the variant `tag`.
    pub fn variant(&self, tag: &str) -> Option<&'static Key> {
        self.variants.iter().find(|row| row.name == tag)
    }
}

/// A key that must be written.
const fn required(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key { name, kind, default: Fallback::Required, doc, example }
}

/// A key with a default.
const fn key(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    example: &'static str,
    doc: &'static str,
) -> Key {
    Key { name, kind, default: Fallback::Value(default), doc, example }
}

/// A key that need not be written and then means `absent`.
const fn optional(
    name: &'static str,
    kind: Kind,
    absent: &'static str,
    example: &'static str,
    doc: &'static str,
) -> Key {
    Key { name, kind, default: Fallback::Absent(absent), doc, example }
}

/// A variant of a choice.
const fn variant(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key { name, kind, default: Fallback::Absent("this variant is not chosen"), doc, example }
}

const NS: Span = Span::from_ns(1);
const US: Span = Span::from_ns(1_000);
const MS: Span = Span::from_ns(1_000_000);
const SECOND: Span = Span::from_secs(1);
const MINUTE: Span = Span::from_secs(60);
const DAY: Span = Span::from_secs(86_400);
/// The longest run, and the longest setting that can matter in one.
const MONTH: Span = Span::from_secs(30 * 86_400);
/// A petabyte: more than any process has.
const PETABYTE: u64 = 1_000_000_000_000_000;
