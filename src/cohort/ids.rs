//! Ids as tables spell them: each once, the same in both tables after trimming; and those that only look alike, which are named and
//! never joined, since `P1` and `P01` may be two patients.

use std::collections::HashMap;

use super::CohortError;
use super::finding::listed;
use crate::exchange::table::Table;

/// The ids of a table's rows, in its order.
pub(super) fn ids(table: &Table, column: usize) -> Result<Vec<String>, CohortError> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for row in 0..table.rows.len() {
        let id = table.text(row, column);
        if id.is_empty() {
            return Err(table.cell_error(row, column, "there is no id; give each patient one").into());
        }
        if let Some(earlier) = first.insert(id, row) {
            let problem = format!("\"{id}\" is the id of {} already; give each patient one row", table.place(earlier));
            return Err(table.cell_error(row, column, problem).into());
        }
    }
    Ok((0..table.rows.len()).map(|row| table.text(row, column).to_owned()).collect())
}

/// Pairs of ids that differ in nothing but letters' case, leading zeros, or the `.0` of a spreadsheet's number, in words; empty where
/// there are none.
pub(super) fn near_misses(left: &[&str], right: &[&str]) -> String {
    let alike: HashMap<String, &str> = right.iter().map(|id| (without_zeros(id), *id)).collect();
    let pairs: Vec<String> = left
        .iter()
        .filter_map(|id| alike.get(&without_zeros(id)).map(|other| format!("{id}\" and \"{other}")))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("; spelled alike but not the same: {}", listed(&pairs)) }
}

/// Small letters, and no zeros before other digits.
fn without_zeros(id: &str) -> String {
    let id = id.strip_suffix(".0").unwrap_or(id).to_lowercase();
    let mut plain = String::with_capacity(id.len());
    let mut characters = id.chars().peekable();
    let mut is_in_number = false;
    while let Some(character) = characters.next() {
        let is_leading_zero = character == '0' && !is_in_number && characters.peek().is_some_and(char::is_ascii_digit);
        if !is_leading_zero {
            is_in_number = character.is_ascii_digit();
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_only_look_alike_are_named() {
        let words = near_misses(&["P001", "P2", "x"], &["p1", "P02", "P3"]);
        assert_eq!(words, "; spelled alike but not the same: \"P001\" and \"p1\", \"P2\" and \"P02\"");
        assert_eq!(near_misses(&["P10", "P0"], &["P1", "P"]), "");
        assert_eq!(without_zeros("A007-0100.0"), "a7-100");
    }
}
