//! How long a thread waits for a core, as the Linux scheduler counts it: what tells a busy machine
//! from a wrong model. A server that waits some milliseconds at each wake-up does everything later.

use std::fs;

use highwater::units::Span;

/// The waits of a thread so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    waited_ns: u64,
    turns: u64,
}

impl Waits {
    /// Those of the calling thread; none where the system does not tell.
    pub fn mine() -> Waits {
        read("/proc/thread-self/schedstat")
    }

    /// Those of the process of a server, if it is one: inside of a container its number may be
    /// another's here.
    pub fn of_server(process: &str) -> Waits {
        let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        if name.starts_with("redis") || name.starts_with("valkey") {
            read(&format!("/proc/{process}/schedstat"))
        } else {
            Waits::default()
        }
    }

    /// The mean wait at a time since `before`.
    pub fn mean_since(self, before: Waits) -> Span {
        let turns = self.turns.saturating_sub(before.turns).max(1);
        Span::from_ns(self.waited_ns.saturating_sub(before.waited_ns) / turns)
    }
}

fn read(file: &str) -> Waits {
    parse(&fs::read_to_string(file).unwrap_or_default()).unwrap_or_default()
}

/// Time on a core, time waited for one, turns on one.
fn parse(text: &str) -> Option<Waits> {
    let mut figures = text.split_whitespace().skip(1).map(str::parse);
    Some(Waits { waited_ns: figures.next()?.ok()?, turns: figures.next()?.ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_wait_is_the_time_waited_over_the_turns() {
        let before = parse("100 1000 10\n").unwrap_or_default();
        let after = parse("900 7000 13\n").unwrap_or_default();
        assert_eq!(after.mean_since(before), Span::from_ns(2000));
        assert_eq!(parse(""), None);
        assert_eq!(Waits::default().mean_since(before), Span::ZERO);
    }
}
