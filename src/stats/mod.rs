//! Statistics on plain slices: tests of samples and tables, agreement of readers, logistic regression, ROC curves and their
//! comparison, calibration, decision curves, correlations, mRMR, LASSO, resampling, axis ticks. No patients, no features.

mod agreement;
mod calibration;
mod comparison;
mod contingency;
mod correlation;
mod decision_curve;
mod distribution;
mod fisher;
mod kolmogorov;
mod lasso;
mod levene;
mod linear;
mod logistic;
mod mann_whitney;
mod mrmr;
mod normality;
mod resampling;
mod roc;
mod sample;
mod t_test;
mod ticks;

pub use agreement::{Coefficient, Icc, icc};
pub use calibration::{
    Calibration, Curve, Grouping, HosmerLemeshow, InTheLarge, Loess, Recalibration, RiskGroup, calibration,
    hosmer_lemeshow, lowess, quantile,
};
pub use comparison::{ChosenTest, Comparison, compare_categories, compare_numeric, compare_table};
pub use contingency::{ChiSquare, Table};
pub use correlation::{
    Correlation, Inflation, Method, condition_number, correlation, logistic_inflation, variance_inflation,
};
pub use decision_curve::{Called, DecisionCurve, decision_curve};
pub use distribution::{
    Z_975, chi_square_quantile, chi_square_tail, f_quantile, f_tail, normal_quantile, normal_tail, t_half_width,
    t_two_sided_p, two_sided_p,
};
pub use fisher::OddsRatio;
pub use lasso::{CvMeasure, LassoCv, LassoFit, LassoPath, LassoSettings, cross_validate, lasso_path};
pub use levene::{Centre, FTest, levene};
pub use linear::is_positive_semidefinite;
pub use logistic::{
    ChiSquareTest, LogisticFit, drop_one_tests, fit_logistic, fit_logistic_with_offset, logistic, profile_intervals,
};
pub use mann_whitney::{MannWhitney, mann_whitney, mann_whitney_exact};
pub use mrmr::{Criterion, MrmrStep, Scheme, mrmr};
pub use normality::{
    Normality, SHAPIRO_SIZES, kolmogorov_smirnov, kolmogorov_smirnov_asymptotic, lilliefors, shapiro_wilk,
};
pub use resampling::{
    BootstrapPlan, Failure, NestedPlan, NestedValidation, Optimism, ResamplingError, bootstrap, bootstrap_rows,
    corrected, nested_cross_validation, optimism, stratified_folds,
};
pub use roc::{Confusion, DelongTest, Proportion, Roc, RocPoint, delong_test, roc};
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
    /// A column has one value.
    #[error("{what} has one value alone, so that nothing can be computed from its differences; leave it out")]
    Constant {
        /// Which.
        what: String,
    },
    /// A prediction is no probability.
    #[error("prediction {index} (from 1) does not lie within 0 to 1; give predicted probabilities")]
    NotProbability {
        /// Its position, from 1 on.
        index: usize,
    },
    /// A threshold has no odds.
    #[error("threshold {index} (from 1) does not lie within 0 to below 1; leave it out")]
    NotThreshold {
        /// Its position, from 1 on.
        index: usize,
    },
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
