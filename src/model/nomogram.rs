//! A model as a nomogram, as R's `rms::nomogram` lays it out (Harrell, Regression Modeling Strategies, 2015, § 5.4).
//!
//! Each predictor's axis begins with 0 points at its lowest contribution; the predictor with the widest span of contributions
//! gets 0 to 100. With k points per unit of log odds: points = k (contribution − lowest), and log odds = log odds at zero
//! points + total / k. It draws nothing; the figure does.

use super::{Model, Predictor};
use crate::stats::{logistic, pretty};

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct NomogramTick {
    /// The value in the axis' own terms: predictor value, or probability.
    pub value: f64,
    /// What stands beside it.
    pub label: String,
    /// Where it stands, in points of its axis (total points on the risk axis).
    pub points: f64,
}

/// The axis of one predictor, or of the levels of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct NomogramAxis {
    /// The predictor's or column's name.
    pub name: String,
    /// What people call it, with its unit.
    pub label: String,
    /// Marks, by rising value.
    pub ticks: Vec<NomogramTick>,
    lowest: f64,
    points_per_unit: f64,
}

/// The axes of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Nomogram {
    /// One axis for each thing that is asked of the patient, in the model's order.
    pub axes: Vec<NomogramAxis>,
    /// Points per unit of log odds.
    pub points_per_unit: f64,
    /// Log odds at zero total points.
    pub at_zero: f64,
    /// Largest total of points on the axes.
    pub largest_total: f64,
    /// Marks of the total points axis, which covers `largest_total`.
    pub total_ticks: Vec<f64>,
    /// Round probabilities within the axis.
    pub risk_ticks: Vec<NomogramTick>,
}

impl NomogramAxis {
    /// Points of a contribution to the log odds; below 0 for values below the axis.
    pub fn points(&self, contribution: f64) -> f64 {
        self.points_per_unit * (contribution - self.lowest)
    }
}

impl Nomogram {
    /// The nomogram of a model.
    pub fn of(model: &Model) -> Self {
        let groups: Vec<&[Predictor]> = model.by_input().collect();
        let values: Vec<Vec<f64>> = groups.iter().map(|group| axis_values(group)).collect();
        let spans: Vec<[f64; 2]> = groups.iter().zip(&values).map(|(group, values)| span(group, values)).collect();
        let widest = spans.iter().map(|[low, high]| high - low).fold(0.0, f64::max);
        // A model of zero coefficients has no widest predictor; any scale shows its zero points.
        let points_per_unit = if widest > 0.0 { 100.0 / widest } else { 100.0 };
        let axes: Vec<NomogramAxis> = groups
            .iter()
            .zip(values.iter().zip(&spans))
            .filter_map(|(group, (values, [lowest, _]))| axis(group, values, *lowest, points_per_unit))
            .collect();
        let largest_total = spans.iter().map(|[low, high]| points_per_unit * (high - low)).sum();
        let at_zero = model.intercept + spans.iter().map(|[low, _]| low).sum::<f64>();
        let total_ticks = pretty(0.0, largest_total, 10);
        let end = total_ticks.last().copied().unwrap_or(largest_total);
        let mut nomogram = Self { axes, points_per_unit, at_zero, largest_total, total_ticks, risk_ticks: Vec::new() };
        nomogram.risk_ticks = nomogram.risk_ticks_up_to(end);
        nomogram
    }

    /// Probability at a total of points.
    pub fn probability(&self, total_points: f64) -> f64 {
        logistic(self.at_zero + total_points / self.points_per_unit)
    }

    /// Total of points at a probability.
    pub fn total_points(&self, probability: f64) -> f64 {
        ((probability / (1.0 - probability)).ln() - self.at_zero) * self.points_per_unit
    }

    fn risk_ticks_up_to(&self, end: f64) -> Vec<NomogramTick> {
        let [low, high] = [self.probability(0.0), self.probability(end)];
        let mut probabilities: Vec<f64> = (1..10).map(|i| f64::from(i) / 10.0).collect();
        probabilities.extend([0.01, 0.05, 0.95, 0.99]);
        probabilities.sort_by(f64::total_cmp);
        let fitting: Vec<f64> = probabilities.into_iter().filter(|p| (low..=high).contains(p)).collect();
        // A narrow range would have few marks: take finer ones.
        let fitting = match fitting.len() {
            0..6 => pretty(low, high, 8).into_iter().filter(|p| (low..=high).contains(p)).collect(),
            _ => fitting,
        };
        let tick = |value: f64| NomogramTick { value, label: number(value), points: self.total_points(value) };
        fitting.into_iter().map(tick).collect()
    }
}

fn axis_values(group: &[Predictor]) -> Vec<f64> {
    let Some(predictor) = group.first() else { return Vec::new() };
    match predictor.levels.is_empty() {
        true => pretty(predictor.range[0], predictor.range[1], 10),
        false => predictor.levels.iter().map(|level| level.value).collect(),
    }
}

/// What a value adds to the log odds.
fn contribution(group: &[Predictor], value: f64) -> f64 {
    group.iter().map(|predictor| predictor.contribution(value)).sum()
}

fn span(group: &[Predictor], values: &[f64]) -> [f64; 2] {
    let contributions = values.iter().map(|value| contribution(group, *value));
    let [low, high] =
        contributions.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], c| [low.min(c), high.max(c)]);
    if low <= high { [low, high] } else { [0.0, 0.0] }
}

fn axis(group: &[Predictor], values: &[f64], lowest: f64, points_per_unit: f64) -> Option<NomogramAxis> {
    let predictor = group.first()?;
    let tick = |&value: &f64| {
        let level = predictor.levels.iter().find(|level| level.value == value);
        let points = points_per_unit * (contribution(group, value) - lowest);
        NomogramTick { value, label: level.map_or_else(|| number(value), |level| level.label.clone()), points }
    };
    let unit = predictor.unit.as_deref().map(|unit| format!(" ({unit})")).unwrap_or_default();
    Some(NomogramAxis {
        name: predictor.input().to_owned(),
        label: format!("{}{unit}", predictor.label),
        ticks: values.iter().map(tick).collect(),
        lowest,
        points_per_unit,
    })
}

/// A tick's number without the rounding that steps leave behind.
fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.9e}").parse().unwrap_or(value);
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    match rounded.abs() {
        size if size != 0.0 && !(1e-4..1e7).contains(&size) => format!("{rounded:e}"),
        _ => format!("{rounded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::embedded;
    use super::*;

    #[test]
    fn one_predictor_takes_all_hundred_points() {
        let nomogram = Nomogram::of(embedded());
        let points: Vec<f64> = nomogram.axes[0].ticks.iter().map(|tick| tick.points.round()).collect();
        assert_eq!(points, [0.0, 50.0, 100.0]);
        assert_eq!(nomogram.axes[0].ticks[1].label, "pT3");
        assert!((nomogram.total_points(nomogram.probability(37.0)) - 37.0).abs() < 1e-9);
    }

    #[test]
    fn a_falling_predictor_begins_at_its_highest_value() {
        let mut model = embedded().clone();
        model.predictors[0].coefficient = -1.0;
        let points: Vec<f64> = Nomogram::of(&model).axes[0].ticks.iter().map(|tick| tick.points).collect();
        assert_eq!(points, [100.0, 50.0, 0.0]);
    }

    #[test]
    fn numbers_carry_no_rounding_noise() {
        assert_eq!((number(0.1 + 0.2), number(-0.0), number(1e-7)), ("0.3".into(), "0".into(), "1e-7".into()));
    }
}
