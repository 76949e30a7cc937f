//! Work on threads, folded in order.

use rayon::prelude::*;

/// What `one` gives for each number below `count`, in order, worked out on `jobs` threads.
pub(super) fn in_order<T: Send>(
    count: u32,
    jobs: usize,
    one: &(dyn Fn(u32) -> T + Sync),
) -> Vec<T> {
    let pool = (count > 1 && jobs > 1)
        .then(|| rayon::ThreadPoolBuilder::new().num_threads(jobs).build().ok())
        .flatten();
    // Without threads to be had one follows the other: the same result, later. Runs take seconds, so that
    // each is a piece of its own.
    match pool {
        Some(pool) => {
            pool.install(|| (0..count).into_par_iter().with_max_len(1).map(one).collect())
        }
        None => (0..count).map(one).collect(),
    }
}
