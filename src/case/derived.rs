//! Results kept by the state that they came from.

use super::Revision;

/// Results kept at most; the one kept longest goes first.
const KEPT: usize = 8;

/// Results of one kind, each valid for the state that it came from: never edited, never undone.
#[derive(Debug, Clone)]
pub struct Derived<T> {
    /// The latest last.
    results: Vec<(Revision, T)>,
}

impl<T> Derived<T> {
    /// Nothing derived yet.
    pub const fn new() -> Self {
        Self { results: Vec::new() }
    }

    /// Keeps the result of a state.
    pub fn insert(&mut self, revision: Revision, result: T) {
        self.results.retain(|(of, _)| *of != revision);
        if self.results.len() == KEPT {
            self.results.remove(0);
        }
        self.results.push((revision, result));
    }

    /// The result of a state, where there is one.
    pub fn get(&self, revision: Revision) -> Option<&T> {
        self.results.iter().find(|(of, _)| *of == revision).map(|(_, result)| result)
    }
}

impl<T> Default for Derived<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_found_by_state_and_the_oldest_are_dropped() {
        let states: Vec<Revision> = (0..=KEPT).map(|_| Revision::new_state()).collect();
        let mut derived = Derived::new();
        for (n, &state) in states.iter().enumerate() {
            derived.insert(state, n);
        }
        assert_eq!(derived.get(states[0]), None);
        assert_eq!(derived.get(states[1]), Some(&1));
    }
}
