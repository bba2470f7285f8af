//! How long selection takes: mRMR, the LASSO path, its cross-validation, and all of it inside bootstrap resamples.
//!
//! Columns are made as the reference cohort's are: each from one of fifteen latent factors, a second one weakly, and noise, on
//! scales from 1e-5 to 1e6 (`shared/reference/stats/gen.R`). R's glmnet 4.1 took 7 and 16 ms for the two paths and 51 and 102 ms
//! for cross-validation at its default convergence; `write DIR` writes the tables, so that R can be timed on the same machine.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion};
use hepatica::base::Stream;
use hepatica::stats::{self, CvMeasure, LassoSettings, Scheme, cross_validate, lasso_path, mrmr};

const SIZES: [(usize, usize, usize); 2] = [(78, 36, 1062), (168, 76, 1316)];
const FACTORS: usize = 15;
const FOLDS: usize = 5;
const RESAMPLES: usize = 100;
const PICKED: usize = 20;

struct Table {
    columns: Vec<Vec<f64>>,
    outcome: Vec<bool>,
    folds: Vec<usize>,
}

impl Table {
    fn slices(&self) -> Vec<&[f64]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }

    /// Cases drawn with replacement.
    fn resample(&self, stream: &mut Stream) -> Self {
        let n = self.outcome.len();
        let rows: Vec<usize> = (0..n).map(|_| stream.below(n)).collect();
        let columns = self.columns.iter().map(|column| rows.iter().map(|&row| column[row]).collect()).collect();
        let outcome: Vec<bool> = rows.iter().map(|&row| self.outcome[row]).collect();
        Self { columns, folds: folds(&outcome, stream), outcome }
    }
}

/// Box and Muller.
fn normal(stream: &mut Stream) -> f64 {
    let radius = (-2.0 * stream.between(f64::MIN_POSITIVE, 1.0).ln()).sqrt();
    radius * stream.between(0.0, std::f64::consts::TAU).cos()
}

fn table(n: usize, events: usize, p: usize) -> Table {
    let mut stream = Stream::new(7, p as u64);
    let factors: Vec<[f64; FACTORS]> = (0..n).map(|_| std::array::from_fn(|_| normal(&mut stream))).collect();
    let mut risks: Vec<(f64, usize)> = (0..n)
        .map(|i| {
            let f = &factors[i];
            let u = stream.between(1e-9, 1.0 - 1e-9);
            (0.9 * f[0] - 0.7 * f[1] + 0.5 * f[2] + 0.4 * f[3] + 1.2 * (u / (1.0 - u)).ln() + normal(&mut stream), i)
        })
        .collect();
    risks.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut outcome = vec![false; n];
    risks.iter().take(events).for_each(|&(_, i)| outcome[i] = true);
    let columns = (0..p).map(|_| column(&factors, &mut stream)).collect();
    Table { columns, folds: folds(&outcome, &mut stream), outcome }
}

fn column(factors: &[[f64; FACTORS]], stream: &mut Stream) -> Vec<f64> {
    let (main, second) = (stream.below(FACTORS), stream.below(FACTORS));
    let load = stream.between(0.35, 0.97) * if stream.below(2) == 0 { 1.0 } else { -1.0 };
    let weak = 0.15 * normal(stream);
    let own = (1.0 - load * load - weak * weak).max(0.05).sqrt();
    let (kind, scale) = (stream.below(8), stream.between(0.2, 2.0));
    let raw = |v: f64| match kind {
        0 => 100.0 * scale + 25.0 * v,
        1 => 1000.0 * scale * (0.5 * v).exp(),
        2 => 1e6 * scale * (0.8 * v).exp(),
        3 => 1.0 / (1.0 + (-v).exp()),
        4 => 1e-5 * scale * (0.4 * v).exp(),
        5 => v + 0.2 * v * v,
        6 => (50.0 * scale + 8.0 * v).round(),
        _ => 1e-3 * (scale + 0.1 * v),
    };
    factors.iter().map(|f| raw(load * f[main] + weak * f[second] + own * normal(stream))).collect()
}

/// Folds that hold both outcomes in the same parts.
fn folds(outcome: &[bool], stream: &mut Stream) -> Vec<usize> {
    let mut folds = vec![0; outcome.len()];
    for class in [true, false] {
        let of_class: Vec<usize> = (0..outcome.len()).filter(|&i| outcome[i] == class).collect();
        let mut labels: Vec<usize> = (0..of_class.len()).map(|i| i % FOLDS + 1).collect();
        stream.shuffle(&mut labels);
        of_class.into_iter().zip(labels).for_each(|(i, fold)| folds[i] = fold);
    }
    folds
}

/// mRMR to twenty, cross-validation on them, and the fit at the best penalty.
fn pipeline(table: &Table) -> f64 {
    let slices = table.slices();
    let steps = mrmr(&slices, &table.outcome, PICKED, stats::Criterion::SomersMrmre, Scheme::Difference).unwrap();
    let picked: Vec<&[f64]> = steps.iter().map(|step| slices[step.column]).collect();
    let settings = LassoSettings::default();
    let cv = cross_validate(&picked, &table.outcome, &table.folds, CvMeasure::Deviance, &settings).unwrap();
    cv.path.at(cv.lambda_min).intercept
}

fn write(folder: &Path) {
    for (n, events, p) in SIZES {
        let table = table(n, events, p);
        let mut text = String::from("y,fold");
        (0..p).for_each(|j| text.push_str(&format!(",f{j}")));
        for i in 0..n {
            text.push_str(&format!("\n{},{}", u8::from(table.outcome[i]), table.folds[i]));
            table.columns.iter().for_each(|column| text.push_str(&format!(",{}", column[i])));
        }
        std::fs::write(folder.join(format!("{n}x{p}.csv")), text).unwrap();
    }
}

fn lasso(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lasso");
    for (n, events, p) in SIZES {
        let table = table(n, events, p);
        let slices = table.slices();
        for (name, tolerance) in [("coarse", LassoSettings::COARSE), ("exact", LassoSettings::EXACT)] {
            let settings = LassoSettings { tolerance, ..LassoSettings::default() };
            group.bench_function(BenchmarkId::new(format!("path {name}"), format!("{n}x{p}")), |b| {
                b.iter(|| black_box(lasso_path(&slices, &table.outcome, &settings).unwrap()));
            });
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let id = BenchmarkId::new(format!("5-fold cv {name}, {threads} thread(s)"), format!("{n}x{p}"));
                let run =
                    || cross_validate(&slices, &table.outcome, &table.folds, CvMeasure::Deviance, &settings).unwrap();
                group.bench_function(id, |b| b.iter(|| pool.install(|| black_box(run()))));
            }
        }
    }
    group.finish();
}

fn selection(criterion: &mut Criterion) {
    let table = table(112, 52, 1316);
    let slices = table.slices();
    criterion.bench_function("mrmr 112x1316 to 20", |b| {
        b.iter(|| mrmr(&slices, &table.outcome, PICKED, stats::Criterion::SomersMrmre, Scheme::Difference).unwrap());
    });
    let mut group = criterion.benchmark_group("bootstrap");
    group.sample_size(10);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let resampled = |i: usize| pipeline(&table.resample(&mut Stream::new(11, i as u64)));
    let all = || {
        use rayon::prelude::*;
        (0..RESAMPLES).into_par_iter().map(resampled).sum::<f64>()
    };
    group.bench_function("100 resamples of the selection, 112x1316, 2 threads", |b| {
        b.iter(|| pool.install(|| black_box(all())));
    });
    group.finish();
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some([_, folder]) = arguments.windows(2).find(|pair| pair[0] == "write") {
        return write(Path::new(folder));
    }
    let mut criterion = Criterion::default().configure_from_args();
    lasso(&mut criterion);
    selection(&mut criterion);
    criterion.final_summary();
}
