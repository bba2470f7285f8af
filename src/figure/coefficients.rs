//! The coefficients of a radscore (Supplementary Fig. 2): a signed bar each, the one that raises the risk most on top.

use super::Figure;
use super::bars::{Bar, Bars, draw};
use super::names::short_names;
use super::numbers::{decimals_for, signed};
use super::plot::outcome_role;

/// One coefficient.
#[derive(Debug, Clone, Copy)]
pub struct Coefficient<'a> {
    /// The feature's full name.
    pub name: &'a str,
    /// Change of the log odds by one standard deviation of the feature.
    pub value: f64,
}

/// Standardised coefficients as bars.
pub fn coefficients(of: &[Coefficient]) -> Figure {
    let mut sorted: Vec<&Coefficient> = of.iter().collect();
    sorted.sort_by(|a, b| b.value.total_cmp(&a.value));
    let names = short_names(&sorted.iter().map(|of| of.name).collect::<Vec<_>>());
    let decimals = decimals_for(sorted.iter().map(|of| of.value));
    let bar = |(of, name): (&&Coefficient, String)| Bar {
        name,
        value: of.value,
        label: signed(of.value, decimals),
        role: outcome_role(of.value > 0.0),
        note: None,
        reading: format!("{}: {}", of.name, signed(of.value, decimals + 1)),
    };
    let title = "Coefficients of the selected features";
    let largest = sorted.iter().max_by(|a, b| a.value.abs().total_cmp(&b.value.abs()));
    let largest =
        largest.map_or(String::new(), |of| format!("; the largest: {} {}", of.name, signed(of.value, decimals)));
    draw(Bars {
        title,
        description: format!("{title}: {}{largest}.", of.len()),
        x_name: "Standardised coefficient (log odds per standard deviation)",
        bars: sorted.iter().zip(names).map(bar).collect(),
        sides: Some(["lowers the risk", "raises the risk"]),
        notes: None,
        foot: Vec::new(),
    })
}
