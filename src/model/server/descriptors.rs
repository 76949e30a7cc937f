//! How many clients the descriptor limits leave room for.

/// Descriptors that Redis and Valkey keep for themselves (`CONFIG_MIN_RESERVED_FDS`).
const RESERVED: u32 = 32;

/// The connection limit in force after start-up, for a process that may not raise its hard limit.
///
/// The server wants `maxclients` + 32 descriptors. It raises the soft limit as far as the hard one
/// allows, in steps of 16 downwards, and lowers `maxclients` to what it got, less 32.
///
/// # Source
///
/// Redis 6.2 to 8.6 and Valkey, `src/server.c` `adjustOpenFilesLimit`; measured on Redis 7.0.15.
///
/// ```
/// use highwater::model::effective_maxclients;
///
/// assert_eq!(effective_maxclients(10_000, 1024, 1024), 992);
/// assert_eq!(effective_maxclients(10_000, 65_536, 65_536), 10_000);
/// ```
pub fn effective_maxclients(maxclients: u32, soft: u32, hard: u32) -> u32 {
    let want = maxclients.saturating_add(RESERVED);
    if soft >= want || hard >= want {
        return maxclients;
    }
    let missing = want - hard;
    let stepped = want.saturating_sub(missing.div_ceil(16) * 16);
    stepped.max(soft).saturating_sub(RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured as an unprivileged user: soft and hard limit, and the limit that came of it.
    #[test]
    fn every_measured_pair_of_limits_gives_the_measured_maxclients() {
        let measured = [
            (1024, 1024, 992),
            (1024, 4096, 4064),
            (1024, 5000, 4960),
            (1024, 16_384, 10_000),
            (10_031, 10_031, 9_999),
            (64, 1024, 992),
            (40, 40, 8),
            (33, 33, 1),
        ];
        for (soft, hard, effective) in measured {
            assert_eq!(effective_maxclients(10_000, soft, hard), effective, "{soft}/{hard}");
        }
    }
}
