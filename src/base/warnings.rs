//! What is odd but not fatal: collected along the way and shown to the user, never dropped.

use serde::Serialize;

/// Warnings in the order they arose, each one sentence; the same sentence is kept once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Warnings(Vec<String>);

impl Warnings {
    /// No warnings yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a warning unless the same one is there.
    pub fn push(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }

    /// Adds all of `other`'s.
    pub fn extend(&mut self, other: &Warnings) {
        for warning in &other.0 {
            self.push(warning.as_str());
        }
    }

    /// Whether nothing odd was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The warnings in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_warning_is_kept_once() {
        let mut warnings = Warnings::new();
        warnings.push("1 slice missing");
        warnings.push("1 slice missing");
        assert_eq!(warnings.iter().collect::<Vec<_>>(), ["1 slice missing"]);
    }
}
