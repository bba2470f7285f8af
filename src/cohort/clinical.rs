//! Clinical columns of a cohort: cells to numbers, by role and kind.
//!
//! A column is a number, or levels that are coded by numbers. Well-known columns are parsed as those of a case are
//! ([`super::ClinicalCase`]): female 1 and male 0, stages as their number, yes and elevated 1. It deliberately fills in nothing.

use super::CohortError;
use super::case::{CUTOFF_HINT, ClinicalCase, Sex, yes_no};
use super::schema::{CellText, ColumnRule, KindRule, LevelRule, Purpose, Role, Side};
use crate::exchange::table::{Table, is_missing, number_text};

/// A column that describes patients.
#[derive(Debug, Clone, PartialEq)]
pub struct ClinicalColumn {
    /// The name under which models know it: that of its role, or of its column.
    pub name: String,
    /// What it is called in tables and figures.
    pub label: String,
    /// Unit of a number.
    pub unit: Option<String>,
    /// What it is.
    pub role: Role,
    /// Whether its values are numbers or codes of levels.
    pub kind: ColumnKind,
    /// Whether it may become a predictor.
    pub is_candidate: bool,
    /// One value a patient, a number or the code of a level; `None` where it is not known.
    pub values: Vec<Option<f64>>,
}

/// What the values of a column are.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnKind {
    /// Numbers.
    Numeric,
    /// Codes of levels.
    Levels {
        /// What each level is called.
        labels: Vec<String>,
        /// The code of each level.
        codes: Vec<f64>,
        /// The place of the level to which the others are compared.
        reference: usize,
        /// Whether the codes may enter a model as a number: the levels have an order, or are no and yes.
        ordered: bool,
    },
}

impl ClinicalColumn {
    /// The column at a place of the table.
    pub(super) fn read(table: &Table, rule: &ColumnRule, place: usize) -> Result<Self, CohortError> {
        let (kind, unit, values) = match &rule.kind {
            Some(kind) => {
                check_codes(table, rule, kind)?;
                of_kind(table, kind, place)?
            }
            None => of_role(table, rule.role, place)?,
        };
        let name = rule.name().to_owned();
        let label = rule.label.clone().or_else(|| rule.role.label().map(str::to_owned));
        Ok(Self {
            label: label.unwrap_or_else(|| rule.column.clone()),
            name,
            unit,
            role: rule.role,
            kind,
            is_candidate: rule.purpose == Purpose::Candidate,
            values,
        })
    }

    /// Keeps the patients of these rows, and of more than two levels those that occur among them. The first that occurs takes the
    /// place of a reference that does not, whose label is returned unless it is only the lowest of ordered levels.
    pub(super) fn keep(&mut self, rows: &[usize]) -> Option<String> {
        self.values = rows.iter().map(|&row| self.values.get(row).copied().flatten()).collect();
        let ColumnKind::Levels { labels, codes, reference, ordered } = &mut self.kind else { return None };
        if codes.len() <= 2 {
            return None;
        }
        let occurs: Vec<bool> = codes.iter().map(|code| self.values.contains(&Some(*code))).collect();
        let before = labels.get(*reference).cloned();
        *labels = kept(labels, &occurs);
        *codes = kept(codes, &occurs);
        let after = before.as_ref().and_then(|label| labels.iter().position(|kept| kept == label));
        *reference = after.unwrap_or(0);
        before.filter(|_| after.is_none() && !*ordered)
    }
}

/// Refuses kinds that would give a well-known column other codes than predictions read: female 1, elevated and yes 1, stages by their
/// number.
fn check_codes(table: &Table, rule: &ColumnRule, kind: &KindRule) -> Result<(), CohortError> {
    let wrong = |allowed: &str| Err(table.error(format!("column \"{}\" of the schema: {allowed}", rule.column)).into());
    match (rule.role, kind) {
        (Role::Sex, KindRule::Binary { .. }) | (Role::Age, KindRule::Numeric { .. }) => Ok(()),
        (Role::Sex, _) => wrong("sex takes the kind \"binary\", whose \"yes\" is what stands for female, or no kind"),
        (Role::Age, _) => wrong("age takes the kind \"numeric\", or no kind"),
        (Role::Hepatitis | Role::Cea | Role::Ca199, KindRule::Binary { .. } | KindRule::Cutoff { .. }) => Ok(()),
        (Role::Hepatitis | Role::Cea | Role::Ca199, _) => {
            wrong("it takes the kind \"binary\" or \"cutoff\", or no kind, so that 1 is elevated or known")
        }
        (Role::PT | Role::PN, KindRule::Ordered { levels, .. }) => {
            let allowed = if rule.role == Role::PT { 1..=4 } else { 0..=2 };
            let codes = levels.iter().enumerate().map(|(place, level)| level.code(place));
            let is_stage = |code: f64| allowed.clone().any(|stage| f64::from(stage) == code);
            if codes.into_iter().all(is_stage) {
                Ok(())
            } else {
                wrong("give each level the number of its stage as \"code\"")
            }
        }
        (Role::PT | Role::PN, _) => {
            wrong("stages take the kind \"ordered\" with the number of the stage as \"code\", or no kind")
        }
        _ => Ok(()),
    }
}

fn kept<T: Clone>(items: &[T], keep: &[bool]) -> Vec<T> {
    items.iter().zip(keep).filter(|(_, keep)| **keep).map(|(item, _)| item.clone()).collect()
}

type Values = (ColumnKind, Option<String>, Vec<Option<f64>>);

/// Every cell of a column that is not missing, parsed; an error of the parser follows the cell's text.
fn parsed(
    table: &Table,
    place: usize,
    parse: impl Fn(&str) -> Result<f64, String>,
) -> Result<Vec<Option<f64>>, CohortError> {
    let cell = |row: usize| {
        let text = table.text(row, place);
        if is_missing(text) {
            return Ok(None);
        }
        parse(&table.dotted(row, place))
            .map(Some)
            .map_err(|allowed| table.cell_error(row, place, format!("\"{text}\" is not understood; {allowed}")).into())
    };
    (0..table.rows.len()).map(cell).collect()
}

/// A column of a well-known role without a kind of its own.
fn of_role(table: &Table, role: Role, place: usize) -> Result<Values, CohortError> {
    if matches!(role, Role::Treatment | Role::Free) {
        return of_kind(table, &KindRule::Categories { levels: Vec::new(), reference: None }, place);
    }
    let values = parsed(table, place, |text| known_value(role, text))?;
    let levels = |labels: &[&str], from: u8, ordered: bool| ColumnKind::Levels {
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        codes: (from..).map(f64::from).take(labels.len()).collect(),
        reference: 0,
        ordered,
    };
    let (kind, unit) = match role {
        Role::Age => (ColumnKind::Numeric, Some("years".to_owned())),
        Role::Sex => (levels(&["male", "female"], 0, true), None),
        Role::PT => (levels(&["pT1", "pT2", "pT3", "pT4"], 1, true), None),
        Role::PN => (levels(&["pN0", "pN1", "pN2"], 0, true), None),
        Role::Cea | Role::Ca199 => (levels(&["normal", "elevated"], 0, true), None),
        Role::Hepatitis | Role::Treatment | Role::Free => (levels(&["no", "yes"], 0, true), None),
    };
    Ok((kind, unit, values))
}

/// The number of a well-known column's text, as models take it.
pub(super) fn known_value(role: Role, text: &str) -> Result<f64, String> {
    let mut case = ClinicalCase::default();
    let hint = if matches!(role, Role::Cea | Role::Ca199) { CUTOFF_HINT } else { "" };
    case.set(role.name().unwrap_or_default(), text).map_err(|error| match error {
        CohortError::Value { allowed, .. } => format!("{allowed}{hint}"),
        other => other.to_string(),
    })?;
    let flag = |flag: bool| f64::from(u8::from(flag));
    let value = match role {
        Role::Sex => case.sex.map(|sex| flag(sex == Sex::Female)),
        Role::Age => case.age,
        Role::PT => case.p_t.map(f64::from),
        Role::PN => case.p_n.map(f64::from),
        Role::Cea => case.cea_elevated.map(flag),
        Role::Ca199 => case.ca199_elevated.map(flag),
        Role::Hepatitis => case.hepatitis.map(flag),
        Role::Treatment | Role::Free => None,
    };
    value.ok_or_else(|| "leave the cell empty where nothing is known".to_owned())
}

fn of_kind(table: &Table, kind: &KindRule, place: usize) -> Result<Values, CohortError> {
    match kind {
        KindRule::Numeric { unit } => {
            let values = parsed(table, place, |text| {
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                number.ok_or_else(|| "give a number, or nothing where it is not known".to_owned())
            })?;
            Ok((ColumnKind::Numeric, unit.clone(), values))
        }
        KindRule::Ordered { levels } => with_levels(table, place, levels, None, true),
        KindRule::Categories { levels, reference } if levels.is_empty() => {
            with_levels(table, place, &found_levels(table, place, reference.as_ref()), reference.as_ref(), false)
        }
        KindRule::Categories { levels, reference } => with_levels(table, place, levels, reference.as_ref(), false),
        KindRule::Binary { yes, no } => binary(table, place, yes.as_ref(), no.as_ref()),
        KindRule::Cutoff { cut, elevated, unit } => cutoff(table, place, *cut, *elevated, unit.as_deref()),
    }
}

/// The texts of a column, in alphabetical order; the reference is among them also where no patient of this table has it, as may be in
/// another cohort than that of the training.
fn found_levels(table: &Table, place: usize, reference: Option<&CellText>) -> Vec<LevelRule> {
    let texts = (0..table.rows.len()).map(|row| table.text(row, place)).filter(|text| !is_missing(text));
    let mut texts: Vec<&str> = texts.chain(reference.map(|reference| reference.0.as_str())).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.into_iter().map(|text| LevelRule::Text(CellText(text.to_owned()))).collect()
}

fn with_levels(
    table: &Table,
    place: usize,
    levels: &[LevelRule],
    reference: Option<&CellText>,
    ordered: bool,
) -> Result<Values, CohortError> {
    let labels: Vec<String> = levels.iter().map(|level| level.label().to_owned()).collect();
    let codes: Vec<f64> = levels.iter().enumerate().map(|(at, level)| level.code(at)).collect();
    let reference = match reference {
        None => 0,
        Some(text) => labels.iter().position(|label| *label == text.0).ok_or_else(|| {
            let column = table.header.get(place).map_or("", String::as_str);
            let listed = labels.join(", ");
            table.error(format!("column \"{column}\": the reference \"{}\" is none of its levels ({listed})", text.0))
        })?,
    };
    let values = parsed(table, place, |text| {
        // Texts that were found are spelled exactly so; of others the spelling does not matter.
        let exact = levels.iter().position(|level| level.values().iter().any(|value| value.0 == text));
        let found = exact.or_else(|| levels.iter().position(|level| level.values().iter().any(|value| value.is(text))));
        found.and_then(|at| codes.get(at).copied()).ok_or_else(|| format!("give one of {}", labels.join(", ")))
    })?;
    Ok((ColumnKind::Levels { labels, codes, reference, ordered }, None, values))
}

fn binary(table: &Table, place: usize, yes: Option<&CellText>, no: Option<&CellText>) -> Result<Values, CohortError> {
    let is = |given: Option<&CellText>, text: &str| given.is_some_and(|given| given.is(text));
    let words = |given: Option<&CellText>, usual: &str| given.map_or_else(|| usual.to_owned(), |given| given.0.clone());
    let (no_label, yes_label) = (words(no, "no"), words(yes, "yes"));
    let values = parsed(table, place, |text| match yes_no(&text.to_ascii_lowercase()) {
        _ if is(yes, text) => Ok(1.0),
        _ if is(no, text) => Ok(0.0),
        Some(flag) => Ok(f64::from(u8::from(flag))),
        None => Err(format!("give {no_label} or {yes_label}")),
    })?;
    let labels = vec![no_label.clone(), yes_label.clone()];
    Ok((ColumnKind::Levels { labels, codes: vec![0.0, 1.0], reference: 0, ordered: true }, None, values))
}

fn cutoff(table: &Table, place: usize, cut: f64, side: Side, unit: Option<&str>) -> Result<Values, CohortError> {
    let values = parsed(table, place, |text| {
        elevated(text, cut, side).map(|flag| f64::from(u8::from(flag))).ok_or_else(|| {
            format!("give a number, or \"<\" or \">\" and a number where that tells the side of {}", number_text(cut))
        })
    })?;
    let (below, above) = if side == Side::Above { ("≤", ">") } else { ("<", "≥") };
    let unit = unit.map_or_else(String::new, |unit| format!(" {unit}"));
    let labels = [below, above].map(|sign| format!("{sign} {cut}{unit}")).to_vec();
    Ok((ColumnKind::Levels { labels, codes: vec![0.0, 1.0], reference: 0, ordered: true }, None, values))
}

/// Whether a laboratory's value is elevated. Values beyond what an assay measures (`<0.5`, `>1000`) count where they decide it.
fn elevated(text: &str, cut: f64, side: Side) -> Option<bool> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let is_elevated = |value: f64| if side == Side::Above { value > cut } else { value >= cut };
    if let Some(bound) = text.strip_prefix("<=").or_else(|| text.strip_prefix('≤')) {
        return number(bound).filter(|bound| !is_elevated(*bound)).map(|_| false);
    }
    if let Some(bound) = text.strip_prefix(">=").or_else(|| text.strip_prefix('≥')) {
        return number(bound).filter(|bound| is_elevated(*bound)).map(|_| true);
    }
    if let Some(bound) = text.strip_prefix('<') {
        return number(bound).filter(|bound| *bound <= cut).map(|_| false);
    }
    if let Some(bound) = text.strip_prefix('>') {
        return number(bound).filter(|bound| *bound >= cut).map(|_| true);
    }
    number(text).map(is_elevated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_elevated_only_where_the_schema_says_so() {
        let rows =
            [("5", false, true), ("5.01", true, true), ("<5", false, false), (">5", true, true), ("0.5", false, false)];
        for (text, above, at_least) in rows {
            assert_eq!(elevated(text, 5.0, Side::Above), Some(above), "{text}");
            assert_eq!(elevated(text, 5.0, Side::AtLeast), Some(at_least), "{text}");
        }
        assert_eq!(elevated("≥5", 5.0, Side::Above), None);
        assert_eq!(elevated(">= 5", 5.0, Side::AtLeast), Some(true));
        assert_eq!(elevated("<6", 5.0, Side::Above), None);
        assert_eq!(elevated(">1000", 5.0, Side::Above), Some(true));
        assert_eq!(elevated("high", 5.0, Side::Above), None);
    }
}
