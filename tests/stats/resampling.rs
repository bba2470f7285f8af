//! Optimism and nested cross-validation of the synthetic cohort's combined model, against plain loops over the same draws.

use hepatica::base::Progress;
use hepatica::stats::{self, BootstrapPlan, NestedPlan, ResamplingError, StatsError};

use crate::harness::numbers;
use crate::open::{at, cohort, reference, rows_of};

/// Sums of some tens of terms in another order.
const SUMMED: f64 = 1e-12;

/// Radscore, stage and outcome of the training cases.
struct Training {
    columns: [Vec<f64>; 2],
    outcome: Vec<bool>,
}

impl Training {
    fn read() -> Option<Self> {
        let (cohort, lasso) = (cohort()?, reference("open/ref_glmnet.json")?);
        let rows = rows_of(&cohort, "training");
        let score = at(&numbers(&lasso["radscore"]["value_all_patients"]), &rows);
        Some(Self { columns: [score, at(&cohort.column("pT"), &rows)], outcome: at(&cohort.outcome(), &rows) })
    }

    fn fit(&self, rows: &[usize]) -> Result<Vec<f64>, StatsError> {
        let columns = [at(&self.columns[0], rows), at(&self.columns[1], rows)];
        Ok(stats::fit_logistic(&[&columns[0], &columns[1]], &at(&self.outcome, rows))?.coefficients)
    }

    fn predict(&self, beta: &[f64], rows: &[usize]) -> Vec<f64> {
        let log_odds = |&i: &usize| beta[0] + beta[1] * self.columns[0][i] + beta[2] * self.columns[1][i];
        rows.iter().map(|i| stats::logistic(log_odds(i))).collect()
    }

    /// AUC and Brier score.
    fn measure(&self, beta: &[f64], rows: &[usize]) -> Result<[f64; 2], StatsError> {
        let (p, outcome) = (self.predict(beta, rows), at(&self.outcome, rows));
        Ok([stats::roc(&p, &outcome)?.auc, stats::calibration(&p, &outcome)?.brier])
    }
}

#[test]
fn the_optimism_of_the_combined_model_is_that_of_a_plain_loop() {
    let Some(data) = Training::read() else { return };
    let n = data.outcome.len();
    let plan = BootstrapPlan { repetitions: 40, seed: 20_220_501 };
    let fit = |rows: &[usize]| data.fit(rows);
    let measure = |beta: &Vec<f64>, rows: &[usize]| data.measure(beta, rows);
    let found = stats::optimism(&plan, n, fit, measure, &Progress::new()).unwrap();
    let every: Vec<usize> = (0..n).collect();
    let (mut sum, mut used) = ([0.0, 0.0], 0);
    for repetition in 0..40 {
        let rows = stats::bootstrap_rows(n, plan.seed, repetition);
        let Ok(beta) = data.fit(&rows) else { continue };
        let (there, whole) = (data.measure(&beta, &rows).unwrap(), data.measure(&beta, &every).unwrap());
        (0..2).for_each(|i| sum[i] += there[i] - whole[i]);
        used += 1;
    }
    assert_eq!((found.used, found.failed.len()), (used, 40 - used));
    for (i, sum) in sum.into_iter().enumerate() {
        assert!((found.optimism[i] - sum / used as f64).abs() < SUMMED);
        assert!((found.corrected[i] - (found.apparent[i] - found.optimism[i])).abs() < SUMMED);
    }
    // Apparent numbers flatter: the area is too large, the Brier score too small.
    assert!(found.optimism[0] > 0.0 && found.optimism[1] < 0.0, "{found:?}");
}

#[test]
fn nested_validation_of_the_combined_model_is_that_of_a_plain_loop() {
    let Some(data) = Training::read() else { return };
    let plan = NestedPlan { folds: 5, repetitions: 3, seed: 4 };
    let found = stats::nested_cross_validation(
        &plan,
        &data.outcome,
        1,
        |rows, _| data.fit(rows),
        |beta, _, rows| Ok(data.predict(beta, rows)),
        &Progress::new(),
    );
    let found = found.unwrap().remove(0).unwrap();
    for (repetition, folds) in found.folds.iter().enumerate() {
        let mut predicted = vec![0.0; folds.len()];
        for fold in 1..=5 {
            let (test, training): (Vec<usize>, Vec<usize>) = (0..folds.len()).partition(|&i| folds[i] == fold);
            let beta = data.fit(&training).unwrap();
            test.iter().zip(data.predict(&beta, &test)).for_each(|(&i, p)| predicted[i] = p);
        }
        let expected: Vec<Option<f64>> = predicted.iter().copied().map(Some).collect();
        assert_eq!(found.predictions[repetition], expected);
        assert_eq!(found.auc[repetition], Some(stats::roc(&predicted, &data.outcome).unwrap().auc));
    }
}

#[test]
fn folds_of_the_training_cases_are_even() {
    let Some(data) = Training::read() else { return };
    let folds = stats::stratified_folds(&data.outcome, 5, 1).unwrap();
    let mut sizes: Vec<usize> = (1..=5).map(|fold| folds.iter().filter(|&&f| f == fold).count()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [15, 15, 16, 16, 16]);
    let error = stats::stratified_folds(&data.outcome, 40, 1).unwrap_err();
    assert_eq!(error, ResamplingError::FewerThanFolds { class: "with", cases: 36, folds: 40 });
}
