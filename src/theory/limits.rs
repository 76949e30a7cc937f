//! Limits that follow from other limits.

/// Descriptors that Redis and Valkey keep for themselves.
const RESERVED: u64 = 32;

/// The connection limit that a Redis or Valkey server really has, from its configured `maxclients`
/// and its soft and hard limit of descriptors. `None` when it refuses to start.
///
/// Assumes a process that may not raise its hard limit. The server wants `maxclients` + 32
/// descriptors. If the soft limit is lower it asks for that many, then for 16 fewer, and so on, until
/// the system agrees or its soft limit is no worse.
///
/// # Source
///
/// `adjustOpenFilesLimit` in src/server.c of Redis 6.2 to 8.6 and Valkey.
///
/// ```
/// use highwater::theory::effective_maxclients;
///
/// assert_eq!(effective_maxclients(10_000, 1024, 1024), Some(992));
/// assert_eq!(effective_maxclients(10_000, 65_536, 65_536), Some(10_000));
/// ```
pub fn effective_maxclients(maxclients: u32, soft: u32, hard: u32) -> Option<u32> {
    const STEP: u64 = 16;
    let wanted = u64::from(maxclients) + RESERVED;
    let (soft, hard) = (u64::from(soft), u64::from(hard));
    if soft >= wanted {
        return Some(maxclients);
    }
    let missing = wanted.saturating_sub(hard).div_ceil(STEP) * STEP;
    let got = wanted.saturating_sub(missing).max(soft);
    let clients = got.checked_sub(RESERVED).filter(|&clients| clients > 0)?;
    u32::try_from(clients).ok()
}

/// The largest pool that `instances` instances can each fill while `reserved` slots stay free for
/// others, under the limit `maxclients`. Zero when there is no room.
///
/// ```
/// use highwater::theory::largest_pool;
///
/// // 40 instances, 14 slots taken by replicas and cluster links.
/// assert_eq!(largest_pool(10_000, 40, 14), 249);
/// ```
pub fn largest_pool(maxclients: u32, instances: u32, reserved: u32) -> u32 {
    maxclients.saturating_sub(reserved).checked_div(instances).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Soft limit, hard limit and effective limit of a server configured for 10,000, as measured on
    /// Redis 7.0 without the right to raise the hard limit.
    #[test]
    fn the_effective_limit_is_what_servers_report() {
        for (soft, hard, effective) in [
            (1024, 1024, Some(992)),
            (1024, 4096, Some(4064)),
            (1024, 5000, Some(4960)),
            (1024, 16_384, Some(10_000)),
            (10_031, 10_031, Some(9999)),
            (64, 1024, Some(992)),
            (40, 40, Some(8)),
            (33, 33, Some(1)),
            (32, 32, None),
            (0, 0, None),
            (10_032, 10_032, Some(10_000)),
            (u32::MAX, u32::MAX, Some(10_000)),
        ] {
            assert_eq!(effective_maxclients(10_000, soft, hard), effective, "{soft}/{hard}");
        }
        assert_eq!(effective_maxclients(u32::MAX, 1024, u32::MAX), Some(u32::MAX - 32));
        assert_eq!(largest_pool(10_000, 0, 0), 0);
    }
}
