//! What R gives, read from `tests/data/stats` and, where it is there, from `../shared/reference/stats`; and the comparison with it.

use std::path::Path;

use serde_json::Value;

/// Curves and areas are sums of small fractions.
pub const EXACT: f64 = 1e-12;

/// A file of `tests/data/stats`, whose README says how it was made.
pub fn reference(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/stats");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

pub fn json(name: &str) -> Value {
    serde_json::from_str(&reference(name)).unwrap()
}

pub fn numbers(value: &Value) -> Vec<f64> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    };
    let number = |value: &Value| match value.as_str() {
        Some("Inf") => f64::INFINITY,
        Some("-Inf") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap(),
    };
    list.iter().map(number).collect()
}

pub fn near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!(a == b || (a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} where R has {b}");
    }
}

pub struct Cohort {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Cohort {
    pub fn read() -> Self {
        let text = reference("clinical.csv");
        let mut lines = text.lines().map(|line| line.split(',').map(|c| c.trim_matches('"').to_owned()).collect());
        Self { header: lines.next().unwrap(), rows: lines.collect() }
    }

    pub fn text(&self, name: &str) -> Vec<&str> {
        let column = self.header.iter().position(|column| column == name).unwrap();
        self.rows.iter().map(|row| row[column].as_str()).collect()
    }

    pub fn column(&self, name: &str) -> Vec<f64> {
        match name {
            "sexF" => self.text("sex").iter().map(|sex| f64::from(u8::from(*sex == "F"))).collect(),
            _ => self.text(name).iter().map(|cell| cell.parse().unwrap()).collect(),
        }
    }

    pub fn outcome(&self) -> Vec<bool> {
        self.text("outcome").iter().map(|cell| *cell == "1").collect()
    }
}

/// A file of R's values on a synthetic cohort (`open/ref_icc.json`, `edge/edge.json`); `None`, said by name, where they are absent.
pub fn shared(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/stats").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {} is absent", path.display());
    }
    text
}

/// A JSON file of `shared`.
pub fn shared_json(name: &str) -> Option<Value> {
    shared(name).map(|text| serde_json::from_str(&text).unwrap())
}

/// One of the writer's numbers: `null` is NA, texts are NaN and infinities.
pub fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("Inf") => f64::INFINITY,
        Some("-Inf") => f64::NEG_INFINITY,
        Some("NaN") => f64::NAN,
        Some(other) => panic!("{other} is no number"),
        None if value.is_null() => f64::NAN,
        None => value.as_f64().unwrap(),
    }
}

/// Holds each value to a relative tolerance; NaN equals NaN.
pub fn relative(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let same = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * b.abs();
        assert!(same, "{what}, value {i}: {a:e} where R has {b:e}");
    }
}

/// A CSV file of the shared synthetic cohort.
pub struct Shared(Cohort);

impl Shared {
    pub fn read(name: &str) -> Option<Self> {
        let text = shared(&format!("open/{name}"))?;
        let mut lines =
            text.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect());
        Some(Self(Cohort { header: lines.next().unwrap(), rows: lines.collect() }))
    }

    pub fn text(&self, name: &str) -> Vec<&str> {
        self.0.text(name)
    }

    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.0.column(name)
    }
}
