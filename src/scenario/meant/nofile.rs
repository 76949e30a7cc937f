//! The descriptor limits of a server process, and what the server makes of them.

use super::{Action, Scenario, Server};
use crate::units::SimTime;

/// Descriptors that Redis and Valkey keep for themselves (`CONFIG_MIN_RESERVED_FDS`).
const RESERVED: u64 = 32;
/// Redis and Valkey ask for so many fewer after every refusal.
const STEP: u64 = 16;
/// Nobody may ask for more, not even root (`fs.nr_open`, its default).
const NR_OPEN: u64 = 1_048_576;

/// Descriptor limits of a server process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nofile {
    /// The soft limit.
    pub soft: u32,
    /// The hard limit.
    pub hard: u32,
    /// Whether the process may raise its hard limit.
    pub privileged: bool,
    /// Descriptors held by other things than connections: listeners, epoll, log, pipes.
    pub other: u32,
}

/// How a server fits its connection limit to its descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescriptorRule {
    /// Keeps 32, raises the limits in steps, lowers `maxclients` to what it got: Redis and Valkey.
    Redis,
    /// Sets both limits to the connection limit, and exits if it cannot; refuses from the last
    /// descriptor number but one on, so that other files count: memcached.
    Exact,
    /// Does not look.
    None,
}

/// When a server asks the operating system about a new `maxclients`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxclientsCheck {
    /// Only when it is raised: Redis 6.2.
    OnIncrease,
    /// Always: Redis 7.0 and later.
    Always,
}

impl Nofile {
    /// Fits the limits to `maxclients` as the server does at its start: the connection limit that
    /// comes of it, and the limits are what the process has then. `None`: the server exits.
    ///
    /// # Source
    ///
    /// Redis 6.2 to 8.6 and Valkey, `src/server.c` `adjustOpenFilesLimit`: soft **and** hard limit
    /// are set to what is wanted, so a hard limit above it is lost. memcached, `memcached.c` `main`,
    /// `drive_machine`. Measured on Redis 7.0.15 and memcached 1.6.18.
    ///
    /// ```
    /// use highwater::scenario::{DescriptorRule, Nofile};
    ///
    /// let mut limits = Nofile { soft: 1024, hard: 1024, privileged: false, other: 7 };
    /// assert_eq!(limits.fit(DescriptorRule::Redis, 10_000), Some(992));
    /// limits.privileged = true;
    /// assert_eq!(limits.fit(DescriptorRule::Redis, 10_000), Some(10_000));
    /// assert_eq!((limits.soft, limits.hard), (10_032, 10_032));
    /// ```
    pub fn fit(&mut self, rule: DescriptorRule, maxclients: u32) -> Option<u32> {
        let highest = u64::from(self.hard).max(if self.privileged { NR_OPEN } else { 0 });
        match rule {
            DescriptorRule::None => Some(maxclients),
            DescriptorRule::Exact => {
                let fits = u64::from(maxclients) <= highest;
                fits.then(|| (self.soft, self.hard) = (maxclients, maxclients))?;
                let clients = maxclients.saturating_sub(1).saturating_sub(self.other);
                Some(clients).filter(|n| *n > 0)
            }
            DescriptorRule::Redis => {
                let wanted = u64::from(maxclients) + RESERVED;
                if u64::from(self.soft) < wanted {
                    let missing = wanted.saturating_sub(highest).div_ceil(STEP) * STEP;
                    let got = u32::try_from(wanted.saturating_sub(missing)).unwrap_or(u32::MAX);
                    if got > self.soft {
                        (self.soft, self.hard) = (got, got);
                    }
                }
                let room = u64::from(self.soft).saturating_sub(RESERVED);
                Some(maxclients.min(u32::try_from(room).unwrap_or(u32::MAX))).filter(|n| *n > 0)
            }
        }
    }

    /// Somebody changes the limits of the running process (prlimit) from `before` to `after`: what
    /// the process made of its limits at its start is lost where they differ.
    pub fn change(&mut self, before: &Nofile, after: &Nofile) {
        if (before.soft, before.hard) != (after.soft, after.hard) {
            (self.soft, self.hard) = (after.soft, after.hard);
        }
        (self.privileged, self.other) = (after.privileged, after.other);
    }

    /// `CONFIG SET maxclients asked` at run time, with `limit` in force: the limit changes, or is
    /// refused with the number to try instead. What a refused attempt did to the descriptor limits
    /// stays done.
    ///
    /// # Errors
    ///
    /// The number the server names in "The operating system is not able to handle the specified
    /// number of clients, try with ...".
    ///
    /// # Source
    ///
    /// Redis `src/config.c` `updateMaxclients` (6.2: only on an increase).
    pub fn set_maxclients(
        &mut self,
        rule: DescriptorRule,
        check: MaxclientsCheck,
        limit: &mut u32,
        asked: u32,
    ) -> Result<(), u32> {
        let asks = match check {
            MaxclientsCheck::Always => true,
            MaxclientsCheck::OnIncrease => asked > *limit,
        };
        if rule == DescriptorRule::Redis && asks {
            let possible = self.fit(rule, asked).unwrap_or(0);
            if possible != asked {
                return Err(possible);
            }
        }
        *limit = asked;
        Ok(())
    }
}

impl Server {
    /// The connection limit in force after the server's start; `None`: it exits at once.
    pub fn effective_maxclients(&self) -> Option<u32> {
        let mut nofile = self.nofile;
        nofile.fit(self.descriptor_rule, self.maxclients)
    }
}

impl Scenario {
    /// The connection limit of a server (by its index) at the start, and from each instant at which
    /// the timeline changes it: what the operating system refuses does not, nor does a change of the
    /// descriptor limits. An operator is taken to get through at once.
    pub fn limits(&self, server: usize) -> Vec<(SimTime, u32)> {
        let mut before = &self.settings.servers[server];
        let mut nofile = before.nofile;
        let mut limit = nofile.fit(before.descriptor_rule, before.maxclients).unwrap_or(0);
        let mut limits = vec![(SimTime::ZERO, limit)];
        for entry in &self.timeline {
            let Action::Set(settings) = &entry.action else { continue };
            let after = &settings.servers[server];
            nofile.change(&before.nofile, &after.nofile);
            if before.maxclients != after.maxclients {
                let (rule, check) = (after.descriptor_rule, after.maxclients_check);
                if nofile.set_maxclients(rule, check, &mut limit, after.maxclients).is_ok() {
                    limits.push((entry.at, limit));
                }
            }
            before = after;
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nofile(soft: u32, hard: u32) -> Nofile {
        Nofile { soft, hard, privileged: false, other: 7 }
    }

    /// Measured as an unprivileged user, Redis 7.0.15, Redis 8.0 milestone 1 and Valkey 8.0.1 alike:
    /// soft and hard limit, and the limit that came of 10,000.
    #[test]
    fn every_measured_pair_of_limits_gives_the_measured_maxclients() {
        let measured = [
            (1024, 1024, Some(992)),
            (1024, 4096, Some(4064)),
            (1024, 5000, Some(4960)),
            (1024, 16_384, Some(10_000)),
            (10_031, 10_031, Some(9_999)),
            (10_032, 10_032, Some(10_000)),
            (10_033, 16_384, Some(10_000)),
            (64, 1024, Some(992)),
            (64, 64, Some(32)),
            (512, 512, Some(480)),
            (4096, 4096, Some(4064)),
            (40, 40, Some(8)),
            (33, 33, Some(1)),
            (32, 32, None),
        ];
        for (soft, hard, effective) in measured {
            let became = nofile(soft, hard).fit(DescriptorRule::Redis, 10_000);
            assert_eq!(became, effective, "{soft}/{hard}");
        }
    }

    /// Measured: started with 1024/16384 the server ends at 10032/10032 and refuses 15,000; started
    /// with 10033/16384 it leaves its limits alone and accepts 15,000.
    #[test]
    fn a_server_that_raises_its_soft_limit_gives_its_hard_limit_away() {
        let rule = DescriptorRule::Redis;
        for (soft, after, result) in
            [(1024, (10_032, 10_032), Err(10_000)), (10_033, (10_033, 16_384), Ok(()))]
        {
            let mut limits = nofile(soft, 16_384);
            let mut limit = limits.fit(rule, 10_000).unwrap();
            assert_eq!((limits.soft, limits.hard), after);
            let set = limits.set_maxclients(rule, MaxclientsCheck::Always, &mut limit, 15_000);
            assert_eq!(set, result);
            assert_eq!(limit, if set.is_ok() { 15_000 } else { 10_000 });
        }
    }

    /// Measured at `ulimit -n` 1024 with `maxclients` 100, on three servers.
    #[test]
    fn config_set_names_the_number_to_try() {
        let rule = DescriptorRule::Redis;
        let mut limits = nofile(1024, 1024);
        let mut limit = limits.fit(rule, 100).unwrap();
        for (asked, answer) in
            [(200, Ok(())), (992, Ok(())), (993, Err(992)), (15_000, Err(992)), (50, Ok(()))]
        {
            let before = limit;
            let set = limits.set_maxclients(rule, MaxclientsCheck::Always, &mut limit, asked);
            assert_eq!(set, answer, "CONFIG SET maxclients {asked}");
            assert_eq!(limit, if set.is_ok() { asked } else { before });
        }
    }

    /// Lowered below what is in force while descriptors are short: 7.0 and later ask the system all
    /// the same, 6.2 does not.
    #[test]
    fn only_redis_6_2_lowers_the_limit_without_asking() {
        let rule = DescriptorRule::Redis;
        for (check, answer) in
            [(MaxclientsCheck::OnIncrease, Ok(())), (MaxclientsCheck::Always, Err(168))]
        {
            let (mut limits, mut limit) = (nofile(200, 200), 1000);
            assert_eq!(limits.set_maxclients(rule, check, &mut limit, 500), answer);
        }
    }

    /// Measured on memcached 1.6.18 with maxconns 1024: 25 descriptors at rest, 998 clients let in.
    #[test]
    fn memcached_takes_exactly_what_it_needs_or_exits() {
        for (hard, privileged, effective) in
            [(1024, false, Some(998)), (1023, false, None), (1023, true, Some(998))]
        {
            let mut limits = Nofile { privileged, other: 25, ..nofile(512, hard) };
            assert_eq!(limits.fit(DescriptorRule::Exact, 1024), effective);
            assert_eq!(limits.soft, effective.map_or(512, |_| 1024));
        }
        assert_eq!(nofile(10, 10).fit(DescriptorRule::None, 5000), Some(5000));
    }

    #[test]
    fn root_stops_at_what_the_kernel_allows_anybody() {
        let mut root = Nofile { privileged: true, ..nofile(1024, 1024) };
        assert_eq!(root.fit(DescriptorRule::Redis, 2_000_000), Some(1_048_576 - 32));
    }
}
