//! Statistics on plain slices: logistic regression, ROC with DeLong's interval, mRMR, LASSO, axis ticks. No patients, no features.

mod lasso;
mod linear;
mod logistic;
mod mrmr;
mod normal;
mod roc;
mod ticks;

pub use lasso::{CvMeasure, LassoCv, LassoFit, LassoPath, LassoSettings, cross_validate, lasso_path};
pub use linear::is_positive_semidefinite;
pub use logistic::{LogisticFit, fit_logistic, logistic};
pub use mrmr::{Criterion, MrmrStep, Scheme, mrmr};
pub use normal::{Z_975, two_sided_p};
pub use roc::{Roc, RocPoint, roc};
pub use ticks::pretty;

/// Why a statistic cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatsError {
    /// Columns, scores and outcomes must be of one length.
    #[error("{what} has {found} values where there are {expected} outcomes")]
    Length {
        /// What is too long or too short.
        what: String,
        /// Its length.
        found: usize,
        /// The number of outcomes.
        expected: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what}, value {index} (from 1) is not a finite number; leave the case out or fill in the value")]
    NotFinite {
        /// Where it stands.
        what: String,
        /// Its position, from 1 on.
        index: usize,
    },
    /// Only one outcome occurs.
    #[error("{events} of {n} cases have the event; add cases with the other outcome, for both must occur")]
    OneClass {
        /// Cases with the event.
        events: usize,
        /// Cases in all.
        n: usize,
    },
    /// A column is constant or a combination of others.
    #[error("predictor {0} (from 1) is constant or a combination of those before it; leave it out")]
    Collinear(usize),
    /// The maximum of the likelihood lies at infinity.
    #[error(
        "the predictors separate the outcomes, so that the coefficients have no finite estimate; use fewer predictors or a penalised fit"
    )]
    Separated,
    /// The iteration did not settle.
    #[error(
        "the logistic regression did not converge in {0} iterations; look for extreme values and leave out predictors that nearly repeat others"
    )]
    NotConverged(usize),
    /// More features are asked for than there are.
    #[error(
        "{asked} features are asked for, but only {usable} of the {columns} columns vary; ask for {usable} or fewer, or add columns"
    )]
    TooFewFeatures {
        /// Features asked for.
        asked: usize,
        /// Columns that vary.
        usable: usize,
        /// Columns in all.
        columns: usize,
    },
    /// A penalised fit needs two cases of each outcome.
    #[error("{what} has {events} cases with the event among {n}; a LASSO needs at least two with and two without it")]
    RareClass {
        /// Which cases.
        what: String,
        /// Cases with the event.
        events: usize,
        /// Cases in all.
        n: usize,
    },
    /// The folds cannot be used.
    #[error("{0}")]
    Folds(String),
    /// A setting makes no sense.
    #[error("{0}")]
    Setting(String),
}
