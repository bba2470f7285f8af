//! The settings that PyRadiomics writes into each row of its tables, as Python prints a dictionary: `{'binWidth': 25, 'label': 1}`.
//!
//! They are compared as text, setting by setting. It deliberately understands no value: `25` and `25.0` would be two settings, and
//! PyRadiomics writes one file's settings the same way in every row.

use std::collections::BTreeMap;

/// Settings that decide no number, or that differ from reader to reader with reason (`label`).
const INDIFFERENT: [&str; 7] =
    ["label", "label_channel", "additionalInfo", "enableCExtensions", "geometryTolerance", "correctMask", "preCrop"];

/// The settings that decide numbers, by name.
pub(super) fn deciding(text: &str) -> BTreeMap<String, String> {
    let inner = text.trim();
    let inner = inner.strip_prefix('{').unwrap_or(inner);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let pairs = split(inner).into_iter().map(|pair| match pair.split_once(':') {
        Some((name, value)) => (name.trim().trim_matches(['\'', '"']).to_owned(), value.trim().to_owned()),
        None => (pair.trim().to_owned(), String::new()),
    });
    pairs.filter(|(name, _)| !name.is_empty() && !INDIFFERENT.contains(&name.as_str())).collect()
}

/// The parts between commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// The first setting that differs, in words.
pub(super) fn difference(first: &BTreeMap<String, String>, second: &BTreeMap<String, String>) -> String {
    let shown = |value: Option<&String>| value.map_or_else(|| "not set".to_owned(), Clone::clone);
    let mut names = first.keys().chain(second.keys());
    let differs = names.find(|name| first.get(*name) != second.get(*name));
    differs.map_or_else(String::new, |name| {
        format!("{name} is {} where that has {}", shown(second.get(name)), shown(first.get(name)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_apart_by_those_that_decide_numbers() {
        let one = deciding("{'binWidth': 25, 'label': 1, 'resampledPixelSpacing': [1, 1, 1]}");
        assert_eq!(one, deciding("{'label': 2, 'resampledPixelSpacing': [1, 1, 1], 'binWidth': 25}"));
        let other = deciding("{'binWidth': 50, 'label': 1, 'resampledPixelSpacing': [1, 1, 1]}");
        assert_eq!(difference(&one, &other), "binWidth is 50 where that has 25");
        assert_eq!(
            difference(&one, &deciding("{'binWidth': 25}")),
            "resampledPixelSpacing is not set where that has [1, 1, 1]"
        );
    }
}
