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
    /// What the score begins with: its value at the training means.
    pub intercept: f64,
    /// The score.
    pub score: f64,
    /// Most bars that are drawn; the smallest beyond them are summed in one.
    pub at_most: usize,
}

/// The contributions, drawn.
pub fn contributions(of: &Contributions) -> Figure {
    let mut sorted: Vec<&Contribution> = of.features.iter().collect();
    sorted.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let n_outside = sorted.iter().filter(|of| is_outside(of)).count();
    let decimals = decimals_for(sorted.iter().map(|of| of.contribution));
    let rest = if sorted.len() > of.at_most { sorted.split_off(of.at_most.max(1) - 1) } else { Vec::new() };
    let names = short_names(&sorted.iter().map(|of| of.name).collect::<Vec<_>>());
    let mut bars: Vec<Bar> = sorted.iter().zip(names).map(|(of, name)| bar(of, name, decimals)).collect();
    if !rest.is_empty() {
        bars.push(summed(&rest, decimals));
    }
    let sum = format!(
        "At the training means {}, contributions {}: {} {}.",
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
        bars,
        sides: Some(["lowers the risk", "raises the risk"]),
        notes: Some("Patient's value (from mean)"),
        foot: [(sum, Role::Ink)].into_iter().chain(outside.map(|outside| (outside, Role::Amber))).collect(),
    })
}

fn is_outside(of: &Contribution) -> bool {
    !(of.training_range[0]..=of.training_range[1]).contains(&of.value)
}

fn bar(of: &Contribution, name: String, decimals: usize) -> Bar {
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
}

/// The smallest in one bar; where some of them lie outside the training range, that is said.
fn summed(rest: &[&Contribution], decimals: usize) -> Bar {
    let value = rest.iter().map(|of| of.contribution).sum();
    let n_outside = rest.iter().filter(|of| is_outside(of)).count();
    let name = format!("{} further features, summed", rest.len());
    Bar {
        value,
        label: signed(value, decimals),
        role: outcome_role(value > 0.0),
        note: (n_outside > 0).then(|| (format!("{n_outside} outside"), true)),
        reading: format!("{name}: {}", signed(value, decimals + 1)),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Shape;

    fn of_five(at_most: usize) -> Figure {
        let part = |i: f64| Contribution {
            name: "f",
            value: i,
            z: i,
            contribution: if i == 3.0 { -0.3 } else { i / 10.0 },
            training_range: [0.0, 1.5],
        };
        let features = [part(1.0), part(2.0), part(3.0), part(4.0), part(5.0)];
        contributions(&Contributions {
            score_name: "radscore",
            features: &features,
            intercept: 0.5,
            score: 1.4,
            at_most,
        })
    }

    fn texts(figure: &Figure) -> Vec<&str> {
        let shapes = figure.shapes.iter();
        let texts =
            shapes.filter_map(|shape| if let Shape::Text { text, .. } = shape { Some(text.as_str()) } else { None });
        texts.collect()
    }

    #[test]
    fn the_smallest_beyond_the_room_are_summed_and_none_outside_its_range_is_lost() {
        let all = of_five(5);
        assert!(!texts(&all).iter().any(|text| text.contains("further")));
        let fewer = of_five(3);
        let said = texts(&fewer);
        // 0.5 and 0.4 stay; −0.3, 0.2 and 0.1 make 0.0.
        assert!(said.contains(&"3 further features, summed") && said.contains(&"0.00"), "{said:?}");
        assert!(said.contains(&"2 outside"), "{said:?}");
        assert!(said.iter().any(|text| text.starts_with("4 values lie outside")), "{said:?}");
    }
}
