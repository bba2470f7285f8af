//! The clinical columns of one case, each parsed from its text.
//!
//! Letters' case does not matter, and what is empty, `NA` or `unknown` is not known. Stages after neoadjuvant therapy (`ypT3`) are no
//! pathological stages of an untreated tumour and are refused. Names of patients are not read.

use super::CohortError;
use crate::exchange::table::is_missing;

/// A patient's sex as the study records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// The clinical columns of one case; what is unknown is `None`.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClinicalCase {
    /// The case's identifier in the table, or `case 1`, `case 2`, … where there is none.
    pub id: String,
    /// Sex.
    pub sex: Option<Sex>,
    /// Age in years.
    pub age: Option<f64>,
    /// Pathological tumour stage, 1 to 4.
    pub p_t: Option<u8>,
    /// Pathological node stage, 0 to 2.
    pub p_n: Option<u8>,
    /// Whether carcinoembryonic antigen is elevated.
    pub cea_elevated: Option<bool>,
    /// Whether carbohydrate antigen 19-9 is elevated.
    pub ca199_elevated: Option<bool>,
    /// Whether hepatitis is known.
    pub hepatitis: Option<bool>,
}

const SEX: &str = "give M or F";
const AGE: &str = "give an age in years from 0 to 120";
const P_T: &str = "give 1, 2, 3 or 4 (pT2 and T2 are understood too)";
const P_N: &str = "give 0, 1 or 2 (pN1 and N1 are understood too)";
const AFTER_THERAPY: &str =
    "stages after neoadjuvant therapy (ypT, ypN) are not taken for pT and pN; leave the cell empty, or the case out";
const MARKER: &str = "give 0 or normal, 1 or elevated (judged by the laboratory's own limit)";
/// What a training table can have instead of a judged marker.
pub(super) const CUTOFF_HINT: &str = ", or say the limit for its numbers in a schema (kind cutoff)";
const YES_NO: &str = "give 0 or no, 1 or yes";

impl ClinicalCase {
    /// Sets the column `name` from text; text that says that nothing is known ([`is_missing`]) makes it unknown, and a name that
    /// is no clinical column changes nothing.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), CohortError> {
        let text = text.trim();
        if name == "id" {
            self.id = text.to_owned();
            return Ok(());
        }
        let plain = Some(text.to_ascii_lowercase()).filter(|text| !is_missing(text));
        let is_after_therapy = plain.as_deref().is_some_and(|text| text.starts_with('y'));
        let [p_t, p_n] = if is_after_therapy { [AFTER_THERAPY; 2] } else { [P_T, P_N] };
        let wrong = |column, allowed| CohortError::Value { column, found: text.to_owned(), allowed };
        match name {
            "sex" => self.sex = parsed(plain, sex).ok_or(wrong("sex", SEX))?,
            "age" => self.age = parsed(plain, age).ok_or(wrong("age", AGE))?,
            "pT" => self.p_t = parsed(plain, |t| stage(t, 't', 1..=4)).ok_or(wrong("pT", p_t))?,
            "pN" => self.p_n = parsed(plain, |t| stage(t, 'n', 0..=2)).ok_or(wrong("pN", p_n))?,
            "CEA" => self.cea_elevated = parsed(plain, yes_no).ok_or(wrong("CEA", MARKER))?,
            "CA199" => self.ca199_elevated = parsed(plain, yes_no).ok_or(wrong("CA199", MARKER))?,
            "hepatitis" => self.hepatitis = parsed(plain, yes_no).ok_or(wrong("hepatitis", YES_NO))?,
            _ => {}
        }
        Ok(())
    }
}

/// `Some(None)` where nothing is given, `None` where what is given is not understood.
fn parsed<T>(text: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => parse(&text).map(Some),
    }
}

fn sex(text: &str) -> Option<Sex> {
    match text {
        "f" | "female" | "w" => Some(Sex::Female),
        "m" | "male" => Some(Sex::Male),
        _ => None,
    }
}

fn age(text: &str) -> Option<f64> {
    // DICOM writes ages of adults as 063Y.
    let years = text.trim_end_matches('y').trim().parse::<f64>().ok()?;
    (0.0..=120.0).contains(&years).then_some(years)
}

fn stage(text: &str, letter: char, allowed: std::ops::RangeInclusive<u8>) -> Option<u8> {
    let text = text.strip_prefix('p').unwrap_or(text);
    let text = text.strip_prefix(letter).unwrap_or(text);
    // Sub-stages (T4a, N1b) count as their stage; 3.0 is how spreadsheets may write 3.
    let number: f64 = text.trim_end_matches(['a', 'b', 'c', 'd']).parse().ok()?;
    allowed.into_iter().find(|stage| f64::from(*stage) == number)
}

/// What a text in small letters says of yes and no.
pub(super) fn yes_no(text: &str) -> Option<bool> {
    match text {
        "no" | "n" | "normal" | "negative" | "false" => Some(false),
        "yes" | "y" | "elevated" | "positive" | "true" => Some(true),
        number => match number.parse::<f64>() {
            Ok(0.0) => Some(false),
            Ok(1.0) => Some(true),
            _ => None,
        },
    }
}
