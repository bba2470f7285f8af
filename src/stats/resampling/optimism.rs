//! Harrell's optimism correction by the bootstrap (Harrell, Lee & Mark, Stat Med 1996;15:361, § 4.4; Efron & Gong, Am Stat
//! 1983;37:36).
//!
//! The model is fitted again on each bootstrap sample, all its steps included; how much better it does there than on all cases is
//! its optimism, and the mean optimism is taken off the apparent performance.

use rayon::prelude::*;

use super::{Failure, ResamplingError, bootstrap_rows, mean_and_sd};
use crate::base::{Cancelled, Progress};

/// How often to draw, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootstrapPlan {
    /// Bootstrap samples.
    pub repetitions: usize,
    /// Seed of all of them.
    pub seed: u64,
}

/// Apparent and corrected performance by several measures at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimism<const M: usize> {
    /// Measures of the model fitted to all cases, on all cases.
    pub apparent: [f64; M],
    /// Mean over the samples of the measure on the sample less that on all cases.
    pub optimism: [f64; M],
    /// Standard deviation of these differences; `None` of a single sample.
    pub sd: [Option<f64>; M],
    /// Apparent less optimism.
    pub corrected: [f64; M],
    /// Samples that count.
    pub used: usize,
    /// Samples that could not be fitted or measured; their optimism is not known and they are left out.
    pub failed: Vec<Failure>,
}

/// Does the same work on each bootstrap sample of `n` rows (indices below `n`, some repeated), in parallel; what fails says why.
pub fn bootstrap<T: Send, E: std::fmt::Display>(
    plan: &BootstrapPlan,
    n: usize,
    work: impl Fn(&[usize]) -> Result<T, E> + Sync,
    progress: &Progress,
) -> Result<Vec<Result<T, String>>, ResamplingError> {
    if plan.repetitions == 0 {
        return Err(ResamplingError::NoRepetitions);
    }
    progress.begin("Bootstrap", plan.repetitions);
    let draws = (0..plan.repetitions).into_par_iter().map(|repetition| {
        progress.check()?;
        let done = work(&bootstrap_rows(n, plan.seed, repetition)).map_err(|error| error.to_string());
        progress.advance(1);
        Ok(done)
    });
    Ok(draws.collect::<Result<_, Cancelled>>()?)
}

/// Corrects the measures of a model for optimism.
///
/// `fit` fits the model to rows; `measure` gives the measures of a fit on rows. Both run in parallel. A measure that is no finite
/// number is a failure of its sample.
pub fn optimism<F, E, const M: usize>(
    plan: &BootstrapPlan,
    n: usize,
    fit: impl Fn(&[usize]) -> Result<F, E> + Sync,
    measure: impl Fn(&F, &[usize]) -> Result<[f64; M], E> + Sync,
    progress: &Progress,
) -> Result<Optimism<M>, ResamplingError>
where
    E: std::fmt::Display,
{
    let every: Vec<usize> = (0..n).collect();
    let measured = |model: &F, rows: &[usize]| -> Result<[f64; M], String> {
        let measures = measure(model, rows).map_err(|error| error.to_string())?;
        let finite = measures.iter().all(|value| value.is_finite());
        if finite { Ok(measures) } else { Err("a measure is not a finite number".to_owned()) }
    };
    let whole = fit(&every).map_err(|error| ResamplingError::WholeFit(error.to_string()))?;
    let apparent = measured(&whole, &every).map_err(ResamplingError::WholeFit)?;
    let draw = |rows: &[usize]| -> Result<[f64; M], String> {
        let model = fit(rows).map_err(|error| error.to_string())?;
        let (there, on_all) = (measured(&model, rows)?, measured(&model, &every)?);
        Ok(std::array::from_fn(|i| there[i] - on_all[i]))
    };
    corrected(apparent, bootstrap(plan, n, draw, progress)?)
}

/// Apparent measures less the mean of what `draws` were better on their sample than on all cases.
pub fn corrected<const M: usize>(
    apparent: [f64; M],
    draws: Vec<Result<[f64; M], String>>,
) -> Result<Optimism<M>, ResamplingError> {
    let repetitions = draws.len();
    let (mut differences, mut failed) = (Vec::new(), Vec::new());
    for (repetition, draw) in draws.into_iter().enumerate() {
        match draw {
            Ok(difference) => differences.push(difference),
            Err(reason) => failed.push(Failure { repetition, fold: None, reason }),
        }
    }
    if differences.is_empty() {
        let reason = failed.first().map_or_else(String::new, |failure| failure.reason.clone());
        return Err(ResamplingError::AllFailed { repetitions, reason });
    }
    let summaries: [(f64, Option<f64>); M] =
        std::array::from_fn(|i| mean_and_sd(&differences.iter().map(|d| d[i]).collect::<Vec<_>>()));
    Ok(Optimism {
        apparent,
        optimism: summaries.map(|(mean, _)| mean),
        sd: summaries.map(|(_, sd)| sd),
        corrected: std::array::from_fn(|i| apparent[i] - summaries[i].0),
        used: differences.len(),
        failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 8] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];

    fn mean(rows: &[usize]) -> f64 {
        rows.iter().map(|&row| VALUES[row]).sum::<f64>() / rows.len() as f64
    }

    /// The model is a mean; it is measured by its mean squared error and by itself, which has no optimism.
    fn of_mean(plan: &BootstrapPlan, progress: &Progress) -> Result<Optimism<2>, ResamplingError> {
        let error = |m: &f64, rows: &[usize]| {
            rows.iter().map(|&row| (VALUES[row] - m).powi(2)).sum::<f64>() / rows.len() as f64
        };
        optimism(plan, VALUES.len(), |rows| Ok::<f64, String>(mean(rows)), |m, rows| Ok([error(m, rows), *m]), progress)
    }

    #[test]
    fn the_optimism_of_a_mean_is_its_squared_distance_and_the_spread_of_the_sample() {
        let plan = BootstrapPlan { repetitions: 200, seed: 11 };
        let found = of_mean(&plan, &Progress::new()).unwrap();
        // On all cases the error of a sample's mean m is the variance and (m − mean)²; on the sample it is the sample's variance.
        let every: Vec<usize> = (0..VALUES.len()).collect();
        let variance = |rows: &[usize]| {
            let m = mean(rows);
            rows.iter().map(|&row| VALUES[row].powi(2)).sum::<f64>() / rows.len() as f64 - m * m
        };
        let expected = (0..200).map(|i| {
            let rows = bootstrap_rows(VALUES.len(), 11, i);
            variance(&rows) - variance(&every) - (mean(&rows) - mean(&every)).powi(2)
        });
        let expected = expected.sum::<f64>() / 200.0;
        assert!((found.optimism[0] - expected).abs() < 1e-12, "{found:?}");
        assert!((found.corrected[0] - (variance(&every) - expected)).abs() < 1e-12);
        assert_eq!((found.optimism[1], found.apparent[1], found.used), (0.0, mean(&every), 200));
        // In expectation it is −2 σ² / n: the correction makes the error larger.
        assert!((found.optimism[0] + 2.0 * variance(&every) / 8.0).abs() < 0.6, "{found:?}");
    }

    #[test]
    fn the_number_of_threads_does_not_tell() {
        let plan = BootstrapPlan { repetitions: 64, seed: 5 };
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| of_mean(&plan, &Progress::new()).unwrap())
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn what_fails_is_counted_and_named() {
        let plan = BootstrapPlan { repetitions: 100, seed: 2 };
        let fit = |rows: &[usize]| if rows.contains(&0) { Ok(()) } else { Err("case 0 is needed") };
        let found = optimism(&plan, 4, fit, |_, rows| Ok([rows.len() as f64]), &Progress::new()).unwrap();
        let without = (0..100).filter(|&i| !bootstrap_rows(4, 2, i).contains(&0)).count();
        assert!(without > 10);
        assert_eq!((found.failed.len(), found.used), (without, 100 - without));
        assert_eq!(found.failed[0].reason, "case 0 is needed");
        let nan = |model: &bool, _: &[usize]| Ok::<_, String>([if *model { 1.0 } else { f64::NAN }]);
        let whole = |rows: &[usize]| Ok(rows == [0, 1, 2, 3]);
        let error = optimism(&plan, 4, whole, nan, &Progress::new()).unwrap_err().to_string();
        assert_eq!(
            error,
            "none of the 100 resamples could be fitted; the first failed because a measure is not a finite number"
        );
        let none = optimism(&plan, 4, |_| Err::<(), _>("no"), |_, _| Ok([0.0]), &Progress::new()).unwrap_err();
        assert_eq!(none, ResamplingError::WholeFit("no".to_owned()));
    }

    #[test]
    fn a_cancelled_request_stops_and_a_finished_one_has_counted() {
        let plan = BootstrapPlan { repetitions: 20, seed: 2 };
        let progress = Progress::new();
        of_mean(&plan, &progress).unwrap();
        assert_eq!((progress.done(), progress.total()), (20, 20));
        progress.cancel();
        assert_eq!(of_mean(&plan, &progress), Err(ResamplingError::Cancelled(Cancelled)));
    }
}
