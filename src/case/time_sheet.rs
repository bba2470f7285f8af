//! Time at work, by slice and tool; idle time is excluded.
//!
//! Whoever has a clock says what is being done whenever the reader does something: the time until the next such moment belongs to
//! it, unless it is so long that the reader must have been elsewhere. It deliberately reads no clock and knows no calendar: a moment is
//! the time since any fixed one.

use std::collections::BTreeMap;
use std::time::Duration;

/// Time without a sign of the reader beyond which none of it counts as work.
pub const IDLE: Duration = Duration::from_secs(30);

/// What is being done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// Acquired slice, from 0; `None` for what concerns no single one.
    pub slice: Option<usize>,
    /// Name of the tool in hand.
    pub tool: String,
}

/// Time at work on one case.
#[derive(Debug, Clone, Default)]
pub struct TimeSheet {
    spent: BTreeMap<Task, Duration>,
    latest: Option<(Duration, Task)>,
}

impl TimeSheet {
    /// The reader does something now. A moment before the last one counts as that one.
    pub fn note(&mut self, now: Duration, task: Task) {
        let latest = self.close(now).filter(|latest| *latest > now).unwrap_or(now);
        self.latest = Some((latest, task));
    }

    /// The reader stops: another case is opened, or the window is left.
    pub fn pause(&mut self, now: Duration) {
        self.close(now);
    }

    /// Counts the time since the last moment, which is the answer.
    fn close(&mut self, now: Duration) -> Option<Duration> {
        let (begin, task) = self.latest.take()?;
        let gap = now.saturating_sub(begin);
        if gap > Duration::ZERO && gap <= IDLE {
            *self.spent.entry(task).or_default() += gap;
        }
        Some(begin)
    }

    /// Time at work altogether.
    pub fn total(&self) -> Duration {
        self.spent.values().sum()
    }

    /// Time at work on one acquired slice.
    pub fn on_slice(&self, slice: usize) -> Duration {
        self.rows().filter(|(task, _)| task.slice == Some(slice)).map(|(_, spent)| spent).sum()
    }

    /// Time by task: what concerns no slice first, then slice by slice, tools in alphabetical order.
    pub fn rows(&self) -> impl Iterator<Item = (&Task, Duration)> {
        self.spent.iter().map(|(task, spent)| (task, *spent))
    }

    /// Time that was spent on a task before.
    pub fn add(&mut self, task: Task, spent: Duration) {
        *self.spent.entry(task).or_default() += spent;
    }

    /// The rows as CSV (RFC 4180): slice counted from 1 and empty for what concerns none, tool, seconds.
    pub fn csv(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let line = |(task, spent): (&Task, Duration)| {
            let slice = task.slice.map(|slice| (slice + 1).to_string()).unwrap_or_default();
            format!("{slice},{},{:.1}\r\n", quoted(&task.tool), spent.as_secs_f64())
        };
        std::iter::once("slice,tool,seconds\r\n".to_owned()).chain(self.rows().map(line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(slice: usize, tool: &str) -> Task {
        Task { slice: Some(slice), tool: tool.to_owned() }
    }

    #[test]
    fn time_belongs_to_the_task_before_and_idle_time_to_none() {
        let at = |seconds: u64| Duration::from_secs(1000 + seconds);
        let mut sheet = TimeSheet::default();
        sheet.note(at(0), task(4, "Brush"));
        sheet.note(at(10), task(4, "Contour"));
        sheet.note(at(15), task(4, "Brush"));
        sheet.note(at(45), task(5, "Brush"));
        sheet.note(at(76), task(5, "Brush"));
        sheet.note(at(70), task(5, "Brush"));
        sheet.pause(at(78));
        sheet.note(at(90), task(6, "Erase, \"all\""));
        sheet.pause(at(91));
        assert_eq!(sheet.total(), Duration::from_secs(48), "31 s of idleness are none, 30 s are work");
        assert_eq!(sheet.on_slice(4), Duration::from_secs(45));
        assert_eq!(
            sheet.csv(),
            "slice,tool,seconds\r\n5,\"Brush\",40.0\r\n5,\"Contour\",5.0\r\n6,\"Brush\",2.0\r\n7,\"Erase, \"\"all\"\"\",1.0\r\n"
        );
    }
}
