//! Results kept by what they came from: a state of the label map, or the VOI that follows from one.

/// Results kept at most; the one kept longest goes first.
const KEPT: usize = 8;

/// Results of one kind, each valid for the state `S` that it came from: never edited, never undone.
#[derive(Debug, Clone)]
pub struct Derived<S, T> {
    /// The latest last.
    results: Vec<(S, T)>,
}

impl<S: PartialEq, T> Derived<S, T> {
    /// Nothing derived yet.
    pub const fn new() -> Self {
        Self { results: Vec::new() }
    }

    /// Keeps the result of a state.
    pub fn insert(&mut self, state: S, result: T) {
        self.results.retain(|(of, _)| *of != state);
        if self.results.len() == KEPT {
            self.results.remove(0);
        }
        self.results.push((state, result));
    }

    /// The result of a state, where there is one.
    pub fn get(&self, state: S) -> Option<&T> {
        self.results.iter().find(|(of, _)| *of == state).map(|(_, result)| result)
    }
}

impl<S: PartialEq, T> Default for Derived<S, T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Revision;

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
