//! Threads for long computations of the window, so that what it draws never waits behind them.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Does parallel work on threads of its own, one fewer than there are processors, so that one is left to draw.
pub fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let pool = || {
        let n_processors = std::thread::available_parallelism().map_or(1, usize::from);
        let builder = ThreadPoolBuilder::new().num_threads(n_processors.saturating_sub(1).max(1));
        builder.thread_name(|n| format!("Aside {n}")).build().ok()
    };
    match POOL.get_or_init(pool) {
        Some(pool) => pool.install(work),
        // Without threads of their own, the common ones do the work as well.
        None => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn common_threads_are_free_while_others_compute() {
        let on_common = |_: usize| std::thread::current().name().is_none_or(|name| !name.starts_with("Aside"));
        let aside_alone = aside(|| (0..64).into_par_iter().all(|n| !on_common(n)));
        assert!(aside_alone && (0..64).into_par_iter().all(on_common));
    }
}
