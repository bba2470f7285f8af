//! What each feature adds to one patient's radscore: signed bars, the largest on top, with the patient's value in standard deviations
//! and a mark where it lies outside the training range.

use super::bars::{Bar, Bars, draw};
use super::names::short_names;
use super::numbers::{decimals_for, signed, significant};
use super::plot::outcome_role;
use super::{Figure, Role};

/// What one feature contributes.
#[derive(Debug, Clone, Copy)]
pub struct Contribution<'a> {
    /// The feature's full name.
    pub name: &'a str,
    /// The patient's value, in the feature's own units.
    pub value: f64,
    /// The same in standard deviations from the training mean.
    pub z: f64,
    /// Standardised coefficient times `z`.
    pub contribution: f64,
    /// Least and largest value in training.
    pub training_range: [f64; 2],
}

/// The contributions that make up a score.
#[derive(Debug, Clone, Copy)]
pub struct Contributions<'a> {
    /// What they add up to: `radscore`.
    pub score_name: &'a str,
    /// One a feature, in any order.
    pub features: &'a [Contribution<'a>],
    /// What the score begins with.
    pub intercept: f64,
    /// The score.
    pub score: f64,
}

/// The contributions, drawn.
pub fn contributions(of: &Contributions) -> Figure {
    let mut sorted: Vec<&Contribution> = of.features.iter().collect();
    sorted.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let names = short_names(&sorted.iter().map(|of| of.name).collect::<Vec<_>>());
    let decimals = decimals_for(sorted.iter().map(|of| of.contribution));
    let is_outside = |of: &Contribution| !(of.training_range[0]..=of.training_range[1]).contains(&of.value);
    let bar = |(of, name): (&&Contribution, String)| {
        let [low, high] = of.training_range.map(significant);
        let outside = if is_outside(of) { ", which lies outside" } else { "" };
        Bar {
            name,
            value: of.contribution,
            label: signed(of.contribution, decimals),
            role: outcome_role(of.contribution > 0.0),
            note: Some((format!("{} ({} SD)", significant(of.value), signed(of.z, 1)), is_outside(of))),
            reading: format!(
                "{}: {}\nvalue {}, in training {low} to {high}{outside}",
                of.name,
                signed(of.contribution, decimals + 1),
                significant(of.value)
            ),
        }
    };
    let n_outside = sorted.iter().filter(|of| is_outside(of)).count();
    let sum = format!(
        "Intercept {}, contributions {}: {} {}.",
        signed(of.intercept, 2),
        signed(of.score - of.intercept, 2),
        of.score_name,
        signed(of.score, 2)
    );
    let outside = match n_outside {
        0 => None,
        1 => Some("1 value lies outside the training range (diamond); the model was not fitted for it.".to_owned()),
        n => Some(format!("{n} values lie outside the training range (diamonds); the model was not fitted for them.")),
    };
    let title = format!("Contributions to this patient's {}", of.score_name);
    let said = outside.as_ref().map(|outside| format!(" {outside}")).unwrap_or_default();
    draw(Bars {
        title: &title,
        description: format!("{title}: {} features. {sum}{said}", of.features.len()),
        x_name: "Contribution (standardised coefficient × SD from the mean)",
        bars: sorted.iter().zip(names).map(bar).collect(),
        sides: Some(["lowers the risk", "raises the risk"]),
        notes: Some("Patient's value (from mean)"),
        foot: [(sum, Role::Ink)].into_iter().chain(outside.map(|outside| (outside, Role::Amber))).collect(),
    })
}
