//! The settings of a training run: the paper's steps, each with its rule.

use serde::{Deserialize, Serialize};

use super::TrainError;

/// What training does, step by step; the default is the paper's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Pipeline {
    /// Features are kept whose ICC(2,1) between two readers is greater; without a second reader all are.
    pub icc_above: f64,
    /// How many features mRMR keeps.
    pub mrmr_features: usize,
    /// How mRMR weighs relevance against redundancy.
    pub mrmr_scheme: MrmrScheme,
    /// Folds of the LASSO's cross-validation.
    pub folds: usize,
    /// What the cross-validation measures.
    pub lasso_measure: LassoMeasure,
    /// Which λ the radscore takes.
    pub lasso_lambda: LassoLambda,
    /// A clinical column enters the multivariable regression where its own p is below this, and the model where its p there is.
    pub clinical_p_below: f64,
    /// Clinical columns of the models; `None` lets the p-values choose.
    pub clinical_columns: Option<Vec<String>>,
    /// Bootstrap resamples for the optimism, each a whole training; 0 for none.
    pub bootstrap: usize,
    /// Repetitions of the nested cross-validation; 0 for none.
    pub nested_repetitions: usize,
    /// Its outer folds.
    pub nested_folds: usize,
    /// Decides folds that are not given, and every resample.
    pub seed: u64,
}

/// mRMR's relevance less or by redundancy; relevance is the mutual information of Somers' D as in the R package mRMRe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MrmrScheme {
    /// Relevance − redundancy.
    Difference,
    /// Relevance / redundancy.
    Quotient,
}

/// What the LASSO's cross-validation measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LassoMeasure {
    /// Binomial deviance.
    Deviance,
    /// Area under the ROC curve.
    Auc,
    /// Misclassified cases.
    Class,
}

/// Which λ of the cross-validation is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LassoLambda {
    /// The one with the best mean.
    Min,
    /// The largest within one standard error of it.
    OneSe,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            icc_above: 0.75,
            mrmr_features: 20,
            mrmr_scheme: MrmrScheme::Difference,
            folds: 5,
            lasso_measure: LassoMeasure::Deviance,
            lasso_lambda: LassoLambda::Min,
            clinical_p_below: 0.05,
            clinical_columns: None,
            bootstrap: 100,
            nested_repetitions: 10,
            nested_folds: 5,
            seed: 1,
        }
    }
}

impl Pipeline {
    /// Refuses settings that no run can follow.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let wrong = |problem: String| Err(TrainError::Setting(problem));
        if !(0.0..1.0).contains(&self.icc_above) {
            return wrong(format!("the ICC limit is {}; give a number from 0 to below 1", self.icc_above));
        }
        if self.mrmr_features == 0 {
            return wrong("mRMR is to keep 0 features; give at least 1".to_owned());
        }
        if self.folds < 3 {
            return wrong(format!(
                "{} folds were asked for; the LASSO's cross-validation needs at least 3",
                self.folds
            ));
        }
        if self.nested_repetitions > 0 && self.nested_folds < 2 {
            return wrong(format!("{} outer folds were asked for; give at least 2", self.nested_folds));
        }
        if !(self.clinical_p_below > 0.0 && self.clinical_p_below <= 1.0) {
            return wrong(format!("the p limit is {}; give a number above 0 and up to 1", self.clinical_p_below));
        }
        Ok(())
    }
}
