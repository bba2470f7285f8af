//! Statistics on plain slices: tests of samples and tables, agreement of readers, logistic regression, ROC with DeLong's interval, axis ticks. No patients, no features.

mod agreement;
mod comparison;
mod contingency;
mod distribution;
mod fisher;
mod kolmogorov;
mod levene;
mod linear;
mod logistic;
mod mann_whitney;
mod normality;
mod roc;
mod sample;
mod t_test;
mod ticks;

pub use agreement::{Coefficient, Icc, icc};
pub use comparison::{ChosenTest, Comparison, compare_categories, compare_numeric, compare_table};
pub use contingency::{ChiSquare, Table};
pub use distribution::{
    Z_975, chi_square_quantile, chi_square_tail, f_quantile, f_tail, normal_quantile, normal_tail, t_half_width,
    t_two_sided_p, two_sided_p,
};
pub use fisher::OddsRatio;
pub use levene::{Centre, FTest, levene};
pub use linear::is_positive_semidefinite;
pub use logistic::{LogisticFit, fit_logistic, logistic};
pub use mann_whitney::{MannWhitney, mann_whitney, mann_whitney_exact};
pub use normality::{
    Normality, SHAPIRO_SIZES, kolmogorov_smirnov, kolmogorov_smirnov_asymptotic, lilliefors, shapiro_wilk,
};
pub use roc::{Roc, RocPoint, roc};
pub use sample::TestError;
pub use t_test::{TTest, pooled_t_test, welch_t_test};
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
}
