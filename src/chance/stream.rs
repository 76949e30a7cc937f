//! One stream of random numbers per run, part and purpose.

use crate::units::Ratio;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// What a random number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The time between two arrivals.
    Arrival,
    /// The instance that a request goes to.
    Balancer,
    /// The time a call holds its connection, and the work of the server.
    Service,
    /// Whether a connection is leaked.
    Leak,
    /// The pause before a retry.
    RetryJitter,
    /// The time a retried call holds its connection.
    RetryService,
    /// Whether a connection of a retried call is leaked.
    RetryLeak,
    /// The delay of a packet.
    Network,
    /// Whether a packet is lost.
    Loss,
    /// How long a user thinks.
    Think,
    /// When a process stalls, and for how long.
    Stall,
    /// How long somebody waits for the end of a request.
    Patience,
    /// The pause before a reload, and who leaves after the last.
    Reload,
    /// How many requests come at once, and how long times with and without arrivals last.
    Burst,
    /// Which of several branches a request takes.
    Branch,
    /// The pause before a lost connection is dialled again.
    Redial,
    /// Who of those in line at a pool is served.
    HandOff,
    /// The pause between two dials of a pool.
    DialRetry,
    /// How old a connection of a pool may grow.
    Lifetime,
    /// Whether a throttle refuses an attempt.
    Throttle,
    /// When an adaptive limit measures the shortest time anew.
    LimitProbe,
    /// The time a copy of a call holds its connection.
    HedgeService,
    /// Whether a connection of a copy of a call is leaked.
    HedgeLeak,
    /// Which key a transaction is about.
    Key,
    /// How long an instance takes to start for a request.
    ColdStart,
    /// Whether a reply is an error.
    Error,
    /// Whether the reply to a retried call is an error.
    RetryError,
    /// Which settings a study of many scenarios plays.
    Design,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 28] = [
        Purpose::Arrival,
        Purpose::Balancer,
        Purpose::Service,
        Purpose::Leak,
        Purpose::RetryJitter,
        Purpose::RetryService,
        Purpose::RetryLeak,
        Purpose::Network,
        Purpose::Loss,
        Purpose::Think,
        Purpose::Stall,
        Purpose::Patience,
        Purpose::Reload,
        Purpose::Burst,
        Purpose::Branch,
        Purpose::Redial,
        Purpose::HandOff,
        Purpose::DialRetry,
        Purpose::Lifetime,
        Purpose::Throttle,
        Purpose::LimitProbe,
        Purpose::HedgeService,
        Purpose::HedgeLeak,
        Purpose::Key,
        Purpose::ColdStart,
        Purpose::Error,
        Purpose::RetryError,
        Purpose::Design,
    ];

    /// The name that goes into the key of a stream. It is part of every result: never rename one.
    pub const fn name(self) -> &'static str {
        match self {
            Purpose::Arrival => "arrival",
            Purpose::Balancer => "balancer",
            Purpose::Service => "service",
            Purpose::Leak => "leak",
            Purpose::RetryJitter => "retry_jitter",
            Purpose::RetryService => "retry_service",
            Purpose::RetryLeak => "retry_leak",
            Purpose::Network => "network",
            Purpose::Loss => "loss",
            Purpose::Think => "think",
            Purpose::Stall => "stall",
            Purpose::Patience => "patience",
            Purpose::Reload => "reload",
            Purpose::Burst => "burst",
            Purpose::Branch => "branch",
            Purpose::Redial => "redial",
            Purpose::HandOff => "hand_off",
            Purpose::DialRetry => "dial_retry",
            Purpose::Lifetime => "lifetime",
            Purpose::Throttle => "throttle",
            Purpose::LimitProbe => "limit_probe",
            Purpose::HedgeService => "hedge_service",
            Purpose::HedgeLeak => "hedge_leak",
            Purpose::Key => "key",
            Purpose::ColdStart => "cold_start",
            Purpose::Error => "error",
            Purpose::RetryError => "retry_error",
            Purpose::Design => "design",
        }
    }
}

/// A stream of random numbers that depends on nothing but its names.
///
/// The generator makes 32 numbers in one step; nearly all of the 3 ns of a draw are its arithmetic, so
/// a larger buffer of our own would gain nothing.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream for `purpose` in `part` (`"fleets.chat"`) of run number `run`.
    ///
    /// The seed of run k is derived from (seed, k), not drawn from a stream of seeds: run 17 is the
    /// same whether it is played alone, after the others, or on another thread, and asking for more
    /// runs leaves those already played as they were.
    ///
    /// ```
    /// use highwater::chance::{Purpose, Stream};
    ///
    /// let mut one = Stream::new("38", 0, "fleets.chat", Purpose::Arrival);
    /// let mut same = Stream::new("38", 0, "fleets.chat", Purpose::Arrival);
    /// let mut other = Stream::new("38", 1, "fleets.chat", Purpose::Arrival);
    /// let first = one.next_u64();
    /// assert_eq!(first, same.next_u64());
    /// assert_ne!(first, other.next_u64());
    /// ```
    pub fn new(seed: &str, run: u32, part: &str, purpose: Purpose) -> Stream {
        Stream(ChaCha8Rng::from_seed(key(seed, run, part, purpose)))
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in [0, 1): a whole multiple of 2^-53, each equally likely. Takes one draw.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1u64 << 53) as f64;
        (self.next_u64() >> 11) as f64 * STEP
    }

    /// An exponential number of mean 1, at most 36.7. Takes one draw.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        // 1 - u is exact and never zero, so the logarithm is finite.
        -libm::log(1.0 - self.uniform())
    }

    /// A whole number below `n`, or 0 when `n` is 0. Takes one draw.
    ///
    /// The draw is scaled by a multiplication. No value is likelier than another by more than
    /// n/2^64, which no experiment can notice; rejecting the excess would make the number of draws
    /// depend on their values.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u32
    }

    /// Whether something of these odds happens. Takes one draw, also when the answer is certain.
    #[inline]
    pub fn happens(&mut self, odds: Odds) -> bool {
        odds.met_by(self.next_u64())
    }
}

/// A probability, ready to be asked often: to within 2^-63, with 0 and 1 exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds {
    threshold: u64,
}

impl Odds {
    /// The odds of `probability`.
    pub fn new(probability: Ratio) -> Odds {
        Odds { threshold: (probability.share() * (1u64 << 63) as f64) as u64 }
    }

    /// Whether `draw`, 64 random bits, makes it happen. One draw can decide several odds of which
    /// only one will matter.
    #[inline]
    pub fn met_by(self, draw: u64) -> bool {
        draw >> 1 < self.threshold
    }

    /// Whether it can never happen.
    pub fn is_never(self) -> bool {
        self.threshold == 0
    }
}

/// The key of a stream: SHA-256 over the four names. Each text is preceded by its length, so that
/// no two different sets of names are written the same way.
fn key(seed: &str, run: u32, part: &str, purpose: Purpose) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in ["highwater stream 1", seed, part, purpose.name()] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.update(run.to_le_bytes());
    hash.finalize().into()
}
