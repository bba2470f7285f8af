//! One training: features to a radscore, clinical columns to those that matter, and the regressions on both. Resamples repeat
//! exactly this, so that validation validates everything that looked at the outcome.

use super::design::{Rows, slices};
use super::pipeline::{LassoLambda, LassoMeasure, MrmrScheme, Pipeline};
use crate::model::{ModelKind, TrainingStep};
use crate::stats::{
    self, Criterion, CvMeasure, LassoCv, LassoSettings, LogisticFit, MrmrStep, Scheme, StatsError, fit_logistic,
};

/// What one training gave.
pub(super) struct Fit {
    /// The way to the radscore, where there are features.
    pub selection: Option<Selection>,
    /// Which clinical terms matter, and by which p.
    pub clinical: ClinicalChoice,
    /// The regressions that have an estimate.
    pub regressions: Vec<Regression>,
    /// Those that have none, and why.
    pub failures: Vec<(ModelKind, StatsError)>,
}

/// From candidate features to the radscore. Columns are indices among the candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// What mRMR picked, in its order.
    pub picks: Vec<MrmrStep>,
    /// The LASSO on the picks and its cross-validation.
    pub lasso: LassoCv,
    /// Position of the chosen λ.
    pub lambda_index: usize,
    /// Intercept of the radscore.
    pub intercept: f64,
    /// Candidate column and coefficient of each chosen feature, in the picks' order.
    pub terms: Vec<(usize, f64)>,
}

/// The p-values by which clinical terms are chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClinicalChoice {
    /// Regressions on each term alone, or why it has none.
    pub univariable: Vec<Result<LogisticFit, StatsError>>,
    /// Terms that enter the multivariable regression.
    pub entering: Vec<usize>,
    /// That regression, where any enters, or why it has no estimate.
    pub multivariable: Option<Result<LogisticFit, StatsError>>,
    /// Terms of the models.
    pub chosen: Vec<usize>,
}

/// A model's regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// Which model.
    pub kind: ModelKind,
    /// Its clinical terms; the radscore, where the model has it, comes before them.
    pub terms: Vec<usize>,
    /// The fit.
    pub fit: LogisticFit,
}

/// The three kinds of models in the order in which they are reported.
pub const KINDS: [ModelKind; 3] = [ModelKind::Clinical, ModelKind::Radiomics, ModelKind::Combined];

/// Trains on these rows with these folds.
pub(super) fn fit(
    rows: &Rows,
    given: Option<&[usize]>,
    folds: &[usize],
    pipeline: &Pipeline,
) -> Result<Fit, StatsError> {
    let selection = select(rows, folds, pipeline)?;
    let clinical = choose(rows, given, pipeline.clinical_p_below);
    let radscore = selection.as_ref().and_then(|selection| selection.scores(&rows.features, rows.outcome.len()));
    let (regressions, failures) = regress(rows, radscore.as_deref(), &clinical.chosen, &KINDS);
    Ok(Fit { selection, clinical, regressions, failures })
}

/// The regressions of these kinds on the radscore and these clinical terms; those without an estimate apart, with the reason.
pub(super) fn regress(
    rows: &Rows,
    radscore: Option<&[f64]>,
    clinical: &[usize],
    kinds: &[ModelKind],
) -> (Vec<Regression>, Vec<(ModelKind, StatsError)>) {
    let (mut regressions, mut failures) = (Vec::new(), Vec::new());
    for &kind in kinds {
        let Some(columns) = columns_of(kind, rows, radscore, clinical) else { continue };
        let terms = if kind == ModelKind::Radiomics { Vec::new() } else { clinical.to_vec() };
        match fit_logistic(&columns, &rows.outcome) {
            Ok(fit) => regressions.push(Regression { kind, terms, fit }),
            Err(error) => failures.push((kind, error)),
        }
    }
    (regressions, failures)
}

/// The columns of a model's regression; `None` where the run has not what the model is made of.
fn columns_of<'a>(
    kind: ModelKind,
    rows: &'a Rows,
    radscore: Option<&'a [f64]>,
    chosen: &[usize],
) -> Option<Vec<&'a [f64]>> {
    let clinical = chosen.iter().map(|&term| rows.terms[term].as_slice());
    match (kind, radscore, chosen.is_empty()) {
        (ModelKind::Clinical, _, false) => Some(clinical.collect()),
        (ModelKind::Radiomics, Some(score), _) => Some(vec![score]),
        (ModelKind::Combined, Some(score), false) => Some(std::iter::once(score).chain(clinical).collect()),
        _ => None,
    }
}

/// mRMR to the most telling features, the LASSO on them, and the radscore at the chosen λ; `None` without features.
fn select(rows: &Rows, folds: &[usize], pipeline: &Pipeline) -> Result<Option<Selection>, StatsError> {
    if rows.features.is_empty() {
        return Ok(None);
    }
    let features = slices(&rows.features);
    let scheme = match pipeline.mrmr_scheme {
        MrmrScheme::Difference => Scheme::Difference,
        MrmrScheme::Quotient => Scheme::Quotient,
    };
    let picks = stats::mrmr(&features, &rows.outcome, pipeline.mrmr_features, Criterion::SomersMrmre, scheme)?;
    let picked: Vec<&[f64]> = picks.iter().map(|pick| features[pick.column]).collect();
    let measure = match pipeline.lasso_measure {
        LassoMeasure::Deviance => CvMeasure::Deviance,
        LassoMeasure::Auc => CvMeasure::Auc,
        LassoMeasure::Class => CvMeasure::Class,
    };
    let lasso = stats::cross_validate(&picked, &rows.outcome, folds, measure, &LassoSettings::default())?;
    let lambda_index = match pipeline.lasso_lambda {
        LassoLambda::Min => lasso.index_min,
        LassoLambda::OneSe => lasso.index_1se,
    };
    let chosen = &lasso.path.coefficients[lambda_index];
    let terms: Vec<(usize, f64)> =
        chosen.iter().map(|&(pick, coefficient)| (picks[pick].column, coefficient)).collect();
    let intercept = lasso.path.intercepts[lambda_index];
    Ok(Some(Selection { picks, lasso, lambda_index, intercept, terms }))
}

impl Selection {
    /// The radscore of each row; none where the LASSO chose no feature.
    pub(super) fn scores<C: AsRef<[f64]>>(&self, features: &[C], n: usize) -> Option<Vec<f64>> {
        if self.terms.is_empty() {
            return None;
        }
        let mut scores = vec![self.intercept; n];
        for &(column, coefficient) in &self.terms {
            scores.iter_mut().zip(features[column].as_ref()).for_each(|(score, value)| *score += coefficient * value);
        }
        Some(scores)
    }
}

impl Regression {
    /// Log odds of each of these rows.
    pub(super) fn log_odds(&self, rows: &Rows, radscore: Option<&[f64]>) -> Vec<f64> {
        let columns = columns_of(self.kind, rows, radscore, &self.terms).unwrap_or_default();
        let mut log_odds = vec![self.fit.coefficients[0]; rows.outcome.len()];
        for (column, coefficient) in columns.iter().zip(&self.fit.coefficients[1..]) {
            log_odds.iter_mut().zip(*column).for_each(|(sum, value)| *sum += coefficient * value);
        }
        log_odds
    }
}

/// The clinical terms of the models: those given, or those whose p is below the limit alone and then together.
fn choose(rows: &Rows, given: Option<&[usize]>, p_below: f64) -> ClinicalChoice {
    let alone = |column: &Vec<f64>| fit_logistic(&[column], &rows.outcome);
    let univariable: Vec<Result<LogisticFit, StatsError>> = rows.terms.iter().map(alone).collect();
    let enters = |fit: &Result<LogisticFit, StatsError>| fit.as_ref().is_ok_and(|fit| fit.p(1) < p_below);
    let entering: Vec<usize> = (0..univariable.len()).filter(|&term| enters(&univariable[term])).collect();
    let columns: Vec<&[f64]> = entering.iter().map(|&term| rows.terms[term].as_slice()).collect();
    let multivariable = (!columns.is_empty()).then(|| fit_logistic(&columns, &rows.outcome));
    let chosen = match (given, &multivariable) {
        (Some(given), _) => given.to_vec(),
        (None, Some(Ok(fit))) => {
            let stays = entering.iter().enumerate().filter(|(i, _)| fit.p(i + 1) < p_below);
            stays.map(|(_, term)| *term).collect()
        }
        (None, _) => Vec::new(),
    };
    ClinicalChoice { univariable, entering, multivariable, chosen }
}

impl Fit {
    /// The model that stands for a kind by what was chosen: of a combined one the part that there is; none where nothing was.
    pub(super) fn chosen_for(&self, kind: ModelKind) -> Option<ModelKind> {
        let has_score = self.selection.as_ref().is_some_and(|selection| !selection.terms.is_empty());
        match (kind, has_score, !self.clinical.chosen.is_empty()) {
            (ModelKind::Clinical | ModelKind::Combined, false, true) => Some(ModelKind::Clinical),
            (ModelKind::Radiomics | ModelKind::Combined, true, false) => Some(ModelKind::Radiomics),
            (_, true, true) => Some(kind),
            _ => None,
        }
    }

    /// Why there is no model of a kind.
    pub(super) fn why_not(&self, kind: ModelKind) -> String {
        let failed = self.failures.iter().find(|(of, _)| *of == kind);
        failed.map_or_else(|| "nothing was chosen for it".to_owned(), |(_, error)| error.to_string())
    }

    /// What went in and out of the steps from the features on.
    pub(super) fn describe(
        &self,
        n_candidates: usize,
        n_folds: usize,
        pipeline: &Pipeline,
        steps: &mut Vec<TrainingStep>,
    ) {
        let mut add = |name: &str, entered, left, detail| {
            steps.push(TrainingStep { name: name.to_owned(), entered, left, detail });
        };
        if let Some(Selection { picks, lasso, lambda_index, terms, .. }) = &self.selection {
            let by = match pipeline.mrmr_scheme {
                MrmrScheme::Difference => "difference",
                MrmrScheme::Quotient => "quotient",
            };
            add("mRMR", n_candidates, picks.len(), format!("Somers' D as in mRMRe, {by} of relevance and redundancy"));
            let at = match pipeline.lasso_lambda {
                LassoLambda::Min => "at the best mean",
                LassoLambda::OneSe => "within one standard error of the best mean",
            };
            let lambda = lasso.path.lambdas[*lambda_index];
            let detail = format!("{n_folds}-fold cross-validation, λ = {lambda:.6} {at}");
            add("LASSO", picks.len(), terms.len(), detail);
        }
        let tried = self.clinical.univariable.len();
        if tried == 0 {
            return;
        }
        let limit = pipeline.clinical_p_below;
        if let Some(given) = &pipeline.clinical_columns {
            let left = self.clinical.chosen.len();
            add("Clinical columns", tried, left, format!("given beforehand, not chosen by p: {}", given.join(", ")));
            return;
        }
        let entered = self.clinical.entering.len();
        add("Univariable regression", tried, entered, format!("p < {limit}"));
        add("Multivariable regression", entered, self.clinical.chosen.len(), format!("p < {limit} together"));
    }
}
