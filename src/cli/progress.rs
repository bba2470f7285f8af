//! A progress bar on stderr while a request runs, when stderr is a terminal; nothing at all otherwise.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::interrupt;
use crate::base::Progress;

const REDRAW: Duration = Duration::from_millis(100);

/// Runs `request` and shows how far it is.
pub fn watched<T>(request: impl FnOnce(&Progress) -> T) -> T {
    drawn(&ProgressBar::no_length(), "{msg} {bar:30} {pos}/{len}", request)
}

/// Runs a long `request` and shows how far it is and how much time is left; what it notes stands on lines of its own.
pub fn watched_long<T>(request: impl FnOnce(&Progress, &(dyn Fn(&str) + Sync)) -> T) -> T {
    let bar = ProgressBar::no_length();
    let note = |sentence: &str| bar.suspend(|| eprintln!("hepatica: {sentence}"));
    drawn(&bar, "{msg} {bar:30} {pos}/{len}, {eta} left", |progress| request(progress, &note))
}

fn drawn<T>(bar: &ProgressBar, counted: &str, request: impl FnOnce(&Progress) -> T) -> T {
    let progress = interrupt::progress();
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
        return request(&progress);
    }
    let finished = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = thread::Builder::new().name("progress bar".into());
        // Without a watcher thread the request runs all the same, unseen.
        let _ = watcher.spawn_scoped(scope, || draw_until(&finished, &progress, bar, counted));
        let _whatever_happens = Finish(&finished);
        request(&progress)
    })
}

/// Ends the watcher when the request has ended, be it by a panic: the scope waits for the watcher.
struct Finish<'a>(&'a AtomicBool);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn draw_until(finished: &AtomicBool, progress: &Progress, bar: &ProgressBar, counted: &str) {
    let counted = ProgressStyle::with_template(counted).unwrap_or_else(|_| ProgressStyle::default_bar());
    let uncounted =
        ProgressStyle::with_template("{msg} {spinner}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    while !finished.load(Ordering::Acquire) {
        bar.set_message(progress.stage());
        if progress.total() > 0 {
            bar.set_style(counted.clone());
            bar.set_length(progress.total());
            bar.set_position(progress.done());
        } else {
            bar.set_style(uncounted.clone());
            bar.tick();
        }
        thread::sleep(REDRAW);
    }
    bar.finish_and_clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_the_request_ends_the_watcher_too() {
        let finished = AtomicBool::new(false);
        let watched = std::panic::catch_unwind(|| {
            thread::scope(|scope| {
                scope.spawn(|| draw_until(&finished, &Progress::new(), &ProgressBar::hidden(), "{msg}"));
                let _whatever_happens = Finish(&finished);
                panic!("a defect, on purpose in this test");
            })
        });
        assert!(watched.is_err());
    }

    #[test]
    fn the_requests_result_comes_back() {
        assert!(!watched(Progress::is_cancelled));
        assert_eq!(watched_long(|progress, _| progress.done()), 0);
    }
}
