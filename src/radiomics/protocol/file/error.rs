//! Why a parameter file is refused: what is wrong, on which line, and what to do.

use crate::radiomics::protocol::NoSuchFeature;

/// Why a text is no protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// It is longer than any parameter file.
    #[error("the parameter file has more than {most} bytes; give one that holds settings alone")]
    TooLong {
        /// Bytes that it may have.
        most: usize,
    },
    /// It is not YAML.
    #[error("line {line} of the parameter file is not YAML: {problem}; mend it there or just before")]
    NotYaml {
        /// Where the reader stumbled.
        line: usize,
        /// What it said.
        problem: String,
    },
    /// It uses a part of YAML that settings have no need for.
    #[error("line {line} of the parameter file has {part}; {advice}")]
    Part {
        /// Where.
        line: usize,
        /// What it is.
        part: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// It says nothing.
    #[error("the parameter file is empty; give imageType, featureClass or setting")]
    Empty,
    /// A key stands twice in one mapping.
    #[error("\"{key}\" stands on line {first} and again on line {line}; keep one of them")]
    Twice {
        /// The key.
        key: String,
        /// Where it stands first.
        first: usize,
        /// Where it stands again.
        line: usize,
    },
    /// A list names something twice.
    #[error("\"{key}\" on line {line} lists {item} twice; keep one of them")]
    Repeated {
        /// The key.
        key: &'static str,
        /// Its line.
        line: usize,
        /// What comes twice.
        item: String,
    },
    /// A key that nothing is called.
    #[error("\"{key}\" on line {line} is no {kind}; {known}")]
    Unknown {
        /// The key.
        key: String,
        /// Its line.
        line: usize,
        /// What was to be named.
        kind: &'static str,
        /// What there is.
        known: String,
    },
    /// A setting stands where PyRadiomics does not look for it.
    #[error("\"{key}\" on line {line} decides nothing under {section}; move it to {place}, or take it out")]
    Misplaced {
        /// The setting.
        key: String,
        /// Its line.
        line: usize,
        /// Where it stands.
        section: String,
        /// Where it belongs.
        place: &'static str,
    },
    /// A value is of another type or out of range.
    #[error("\"{key}\" on line {line} is {found}; give {wanted}")]
    Value {
        /// The key.
        key: String,
        /// Its line.
        line: usize,
        /// What stands there.
        found: String,
        /// What can be given.
        wanted: &'static str,
    },
    /// PyRadiomics can do it and this program cannot.
    #[error("\"{key}\" on line {line} is not supported: {why}; {advice}")]
    Unsupported {
        /// The key or name.
        key: String,
        /// Its line.
        line: usize,
        /// What it would do.
        why: &'static str,
        /// What to do.
        advice: String,
    },
    /// A setting that decides nothing as long as another is not set.
    #[error("\"{key}\" on line {line} decides nothing without {without}; set that too, or take the line out")]
    Idle {
        /// The setting.
        key: String,
        /// Its line.
        line: usize,
        /// What it needs.
        without: String,
    },
    /// Two settings of which one overrules the other.
    #[error("\"{key}\" on line {line} contradicts \"{other}\" on line {other_line}; take one of them out")]
    Contradiction {
        /// One of them.
        key: &'static str,
        /// Its line.
        line: usize,
        /// The other.
        other: &'static str,
        /// Its line.
        other_line: usize,
    },
    /// A feature that its class does not have.
    #[error("line {line} asks for a feature that there is none of: {error}")]
    Feature {
        /// Where.
        line: usize,
        /// Which.
        error: NoSuchFeature,
    },
}
