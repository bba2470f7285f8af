//! The schema file: what the columns of a training table mean, as versioned JSON.
//!
//! It names the columns with id, outcome, split and folds, and lists those that describe patients: role, kind, unit, levels,
//! cut-off, and whether the column is a candidate predictor. It deliberately holds no data and computes nothing. Without a file
//! the columns of [`Role::KNOWN`] are known by their names.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::base::read_at_most;

/// The version of schema files that is read.
pub const SCHEMA_VERSION: u32 = 1;
/// The largest schema file, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Why a schema is refused.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct SchemaError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, with its key or its line, and what to do.
    pub problem: String,
}

/// What the columns of a training table mean.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schema {
    /// Version of the format, [`SCHEMA_VERSION`].
    pub version: u32,
    /// The column with the id; without it the column `id`.
    pub id: Option<String>,
    /// The sheet of the clinical table, where that is an XLSX file; without it the first.
    pub sheet: Option<String>,
    /// The outcome; without it the column `outcome`, with 0 or no, 1 or yes.
    pub outcome: Option<OutcomeRule>,
    /// The given split; without it the column `split` or `set`, if there is one.
    pub split: Option<SplitRule>,
    /// The column with given folds; without it the column `foldid` or `fold`, if there is one.
    pub fold: Option<String>,
    /// The column that says, by 1 or yes, who was chosen for the reader study beforehand; without it the column `double_read` or
    /// `reader_study`, if there is one.
    pub reader_study: Option<String>,
    /// What the feature tables' columns mean beside the features.
    #[serde(default)]
    pub features: FeaturesRule,
    /// The columns that describe patients, in the order in which they are reported.
    #[serde(default)]
    pub columns: Vec<ColumnRule>,
}

/// Which cells are the event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutcomeRule {
    /// The column's name.
    pub column: String,
    /// What stands there for the event; without it 1 or yes.
    #[serde(default, deserialize_with = "one_or_more")]
    pub event: Vec<CellText>,
    /// What stands there for no event; without it 0 or no, or the one other text that occurs.
    #[serde(default, deserialize_with = "one_or_more")]
    pub no_event: Vec<CellText>,
}

/// Which cells are training and which validation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SplitRule {
    /// The column's name.
    pub column: String,
    /// What stands there for training, beside the usual words.
    #[serde(default, deserialize_with = "one_or_more")]
    pub training: Vec<CellText>,
    /// What stands there for validation, beside the usual words.
    #[serde(default, deserialize_with = "one_or_more")]
    pub validation: Vec<CellText>,
}

/// What the feature tables' columns mean beside the features.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeaturesRule {
    /// The column with the id; without it one of the usual names.
    pub id: Option<String>,
    /// Columns that are no features.
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// One column that describes patients.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ColumnRule {
    /// The column's name in the table.
    pub column: String,
    /// What it is.
    #[serde(default)]
    pub role: Role,
    /// What it is called in tables and figures; without it as its role is, or its column.
    pub label: Option<String>,
    /// What a cell holds; needed for free columns, and without it as the role says.
    pub kind: Option<KindRule>,
    /// What it is for.
    #[serde(default, rename = "use")]
    pub purpose: Purpose,
}

impl ColumnRule {
    /// The name under which models know the column: that of its role, or its own.
    pub fn name(&self) -> &str {
        self.role.name().unwrap_or(&self.column)
    }
}

/// What a column is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, serde::Serialize)]
pub enum Role {
    /// Sex.
    #[serde(rename = "sex")]
    Sex,
    /// Age in years.
    #[serde(rename = "age")]
    Age,
    /// Pathological tumour stage.
    #[serde(rename = "pT")]
    PT,
    /// Pathological node stage.
    #[serde(rename = "pN")]
    PN,
    /// Carcinoembryonic antigen.
    #[serde(rename = "CEA")]
    Cea,
    /// Carbohydrate antigen 19-9.
    #[serde(rename = "CA199")]
    Ca199,
    /// Hepatitis.
    #[serde(rename = "hepatitis")]
    Hepatitis,
    /// Treatment.
    #[serde(rename = "treatment")]
    Treatment,
    /// Anything else.
    #[default]
    #[serde(rename = "free")]
    Free,
}

impl Role {
    /// The roles with a name that tables have as a column, in the order of the paper's Table 1.
    pub const KNOWN: [Self; 7] = [Self::Sex, Self::Age, Self::PT, Self::PN, Self::Hepatitis, Self::Cea, Self::Ca199];

    /// The name under which models know the column; `None` for a free one.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Sex => "sex",
            Self::Age => "age",
            Self::PT => "pT",
            Self::PN => "pN",
            Self::Cea => "CEA",
            Self::Ca199 => "CA199",
            Self::Hepatitis => "hepatitis",
            Self::Treatment => "treatment",
            Self::Free => return None,
        })
    }

    /// What the column is called where the schema does not say.
    pub fn label(self) -> Option<&'static str> {
        Some(match self {
            Self::Sex => "Sex",
            Self::Age => "Age",
            Self::PT => "pT stage",
            Self::PN => "pN stage",
            Self::Cea => "CEA",
            Self::Ca199 => "CA19-9",
            Self::Hepatitis => "Hepatitis",
            Self::Treatment => "Treatment",
            Self::Free => return None,
        })
    }
}

/// What a column is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// A candidate predictor; patients without a value are left out.
    #[default]
    Candidate,
    /// Described in Table 1 alone.
    Described,
    /// Passed over.
    Ignored,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum KindRule {
    /// A number.
    Numeric {
        /// Its unit.
        unit: Option<String>,
    },
    /// One of several levels that have an order, the lowest of which is the reference.
    Ordered {
        /// From the lowest on.
        levels: Vec<LevelRule>,
    },
    /// One of several categories without an order.
    Categories {
        /// All that occur; without them those of the table, in alphabetical order.
        #[serde(default)]
        levels: Vec<LevelRule>,
        /// The label of that to which the others are compared; without it the first.
        reference: Option<CellText>,
    },
    /// Yes or no.
    Binary {
        /// What stands there for 1, beside 1, yes, positive, elevated and true.
        yes: Option<CellText>,
        /// What stands there for 0, beside 0, no, negative, normal and false.
        no: Option<CellText>,
    },
    /// A number of which only the side of a limit is used: 1 where it is elevated, 0 where it is not.
    Cutoff {
        /// The limit.
        cut: f64,
        /// Which values are elevated.
        elevated: Side,
        /// Unit of the number and of the limit.
        unit: Option<String>,
    },
}

/// Which values count as elevated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Side {
    /// Those above the limit, as the paper has it (CEA > 5 ng/ml).
    #[serde(rename = ">")]
    Above,
    /// Those above the limit and the limit itself.
    #[serde(rename = ">=")]
    AtLeast,
}

/// A level.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a level is a text or number, or an object with values, label and code")]
pub enum LevelRule {
    /// What stands in the cell, which is the label too.
    Text(CellText),
    /// A level with more than that.
    Full(FullLevel),
}

/// A level whose label or code is not what stands in the cell.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FullLevel {
    /// What stands in the cell, each of these.
    #[serde(deserialize_with = "one_or_more")]
    pub values: Vec<CellText>,
    /// What it is called; without it the first value.
    pub label: Option<String>,
    /// The number with which it enters a model; without it its place, from 0 on.
    pub code: Option<f64>,
}

impl LevelRule {
    /// What stands in the cell.
    pub fn values(&self) -> &[CellText] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::Full(full) => &full.values,
        }
    }

    /// What it is called.
    pub fn label(&self) -> &str {
        match self {
            Self::Full(FullLevel { label: Some(label), .. }) => label,
            _ => self.values().first().map_or("", |value| value.0.as_str()),
        }
    }

    /// The number with which it enters a model, where it stands at a place.
    pub fn code(&self, place: usize) -> f64 {
        let given = if let Self::Full(full) = self { full.code } else { None };
        given.unwrap_or(place as f64)
    }
}

/// What stands in a cell, written in the schema as text, number or truth value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellText(pub String);

impl CellText {
    /// Whether a cell's text is this one, letters' case and the spelling of numbers apart.
    pub fn is(&self, cell: &str) -> bool {
        let same_number = || Some(self.0.trim().parse::<f64>().ok()? == cell.trim().parse::<f64>().ok()?);
        self.0.trim().eq_ignore_ascii_case(cell.trim()) || same_number() == Some(true)
    }
}

impl<'de> Deserialize<'de> for CellText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a cell's content is a text, a number, true or false")]
        enum Written {
            Text(String),
            Number(serde_json::Number),
            Truth(bool),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Number(number) => number.to_string(),
            Written::Truth(truth) => truth.to_string(),
        }))
    }
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CellText>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "give a text or a number, or a list of them")]
    enum Written {
        One(CellText),
        More(Vec<CellText>),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::One(text) => vec![text],
        Written::More(texts) => texts,
    })
}

/// Reads a schema file.
pub fn read_schema(path: &Path) -> Result<Schema, SchemaError> {
    let wrong = |problem: String| SchemaError { path: path.to_owned(), problem };
    if !path.is_file() {
        return Err(wrong("is no file; check the path".to_owned()));
    }
    let bytes = read_at_most(path, MAX_BYTES).map_err(|error| wrong(error.to_string()))?;
    let bytes =
        bytes.ok_or_else(|| wrong(format!("has more than {MAX_BYTES} bytes, which are too many for a schema")))?;
    parse(&bytes).map_err(wrong)
}

fn parse(bytes: &[u8]) -> Result<Schema, String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let schema: Schema = serde_json::from_slice(bytes).map_err(|error| format!("is no schema of a cohort: {error}"))?;
    if schema.version != SCHEMA_VERSION {
        return Err(format!(
            "\"version\" is {}, and this program reads version {SCHEMA_VERSION}; use a program that knows it",
            schema.version
        ));
    }
    check(&schema)?;
    Ok(schema)
}

fn check(schema: &Schema) -> Result<(), String> {
    let mut columns = HashSet::new();
    let mut roles = HashSet::new();
    for (place, rule) in schema.columns.iter().enumerate() {
        let key = format!("\"columns\", entry {} (\"{}\")", place + 1, rule.column);
        if !columns.insert(rule.column.as_str()) {
            return Err(format!("{key}: the column has an entry already; leave one of them"));
        }
        if let Some(name) = rule.role.name().filter(|name| !roles.insert(*name)) {
            return Err(format!("{key}: another column has the role \"{name}\" already; give this one \"free\""));
        }
        if rule.purpose != Purpose::Ignored {
            check_kind(rule).map_err(|problem| format!("{key}: {problem}"))?;
        }
    }
    let named = [schema.id.as_ref(), schema.outcome.as_ref().map(|rule| &rule.column), schema.fold.as_ref()];
    let named = named.into_iter().flatten().chain(schema.split.as_ref().map(|rule| &rule.column));
    for column in named {
        if !columns.insert(column.as_str()) {
            return Err(format!("the column \"{column}\" has two meanings; give each column one"));
        }
    }
    Ok(())
}

fn check_kind(rule: &ColumnRule) -> Result<(), String> {
    let levels = match &rule.kind {
        None if matches!(rule.role, Role::Free) => {
            return Err("a free column needs \"kind\": numeric, ordered, categories, binary or cutoff".to_owned());
        }
        Some(KindRule::Cutoff { cut, .. }) if !cut.is_finite() => return Err("\"cut\" is no finite number".to_owned()),
        Some(KindRule::Ordered { levels }) if levels.len() < 2 => {
            return Err("\"levels\" needs two levels or more".to_owned());
        }
        Some(KindRule::Categories { levels, reference: Some(reference) })
            if !levels.is_empty() && !levels.iter().any(|level| level.label() == reference.0) =>
        {
            return Err(format!("the reference \"{}\" is none of its levels", reference.0));
        }
        Some(KindRule::Ordered { levels } | KindRule::Categories { levels, .. }) => levels,
        _ => return Ok(()),
    };
    let mut values = HashSet::new();
    let mut codes: Vec<f64> = Vec::new();
    for (place, level) in levels.iter().enumerate() {
        let code = level.code(place);
        if level.values().is_empty() {
            return Err(format!("level {} has no \"values\"", place + 1));
        }
        if !code.is_finite() || codes.contains(&code) {
            return Err(format!("the code {code} of level \"{}\" is not finite or not its own", level.label()));
        }
        if let Some(twice) = level.values().iter().find(|value| !values.insert(value.0.trim().to_ascii_lowercase())) {
            return Err(format!("\"{}\" stands for two levels", twice.0));
        }
        codes.push(code);
    }
    if matches!(rule.kind, Some(KindRule::Ordered { .. })) && !codes.is_sorted() {
        return Err("the codes of ordered levels must rise from level to level".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_schema_says_roles_kinds_and_what_each_column_is_for() {
        let schema = parse(
            br#"{"version": 1, "id": "Patient", "outcome": {"column": "MLM", "event": "yes", "noEvent": [0, false]}, "columns": [
                {"column": "CEA value", "role": "CEA", "kind": {"type": "cutoff", "cut": 5, "elevated": ">", "unit": "ng/ml"}},
                {"column": "grade", "kind": {"type": "ordered", "levels": ["G1", {"values": ["G2", "2"], "code": 3}]}},
                {"column": "clinic", "use": "ignored"}]}"#,
        )
        .unwrap();
        assert_eq!(schema.columns[0].role, Role::Cea);
        let outcome = schema.outcome.as_ref().unwrap();
        assert!(outcome.event[0].is(" Yes") && outcome.no_event[0].is("0.0") && outcome.no_event[1].is("FALSE"));
        let Some(KindRule::Ordered { levels }) = &schema.columns[1].kind else { panic!("{schema:?}") };
        assert_eq!((levels[1].label(), levels[1].code(1), levels[0].code(0)), ("G2", 3.0, 0.0));
        assert_eq!(schema.columns[2].purpose, Purpose::Ignored);
    }

    #[test]
    fn what_is_wrong_in_a_schema_is_named_with_its_key() {
        let unknown = problem("{\"version\": 1,\n \"outcom\": {}}");
        assert!(unknown.contains("`outcom`") && unknown.contains("line 2"), "{unknown}");
        assert!(problem(r#"{"version": 2}"#).contains("\"version\" is 2"));
        assert!(problem("id,outcome\n").contains("is no schema of a cohort"));
        let column = |rest: &str| problem(&format!(r#"{{"version": 1, "columns": [{{"column": "x"{rest}}}]}}"#));
        assert!(column("").contains("\"columns\", entry 1 (\"x\"): a free column needs \"kind\""));
        assert!(column(r#", "rolle": "age""#).contains("`rolle`"));
        assert!(column(r#", "kind": {"type": "cutoff", "cut": 5, "elevated": "<"}"#).contains("`<`"));
        assert!(column(r#", "kind": {"type": "ordered", "levels": ["a", "A "]}"#).contains("stands for two levels"));
        assert!(column(r#", "kind": {"type": "numeric", "units": "mm"}"#).contains("`units`"));
        let reference = column(r#", "kind": {"type": "categories", "levels": ["a", "b"], "reference": "c"}"#);
        assert!(reference.contains("\"c\" is none of its levels"), "{reference}");
    }
}
