//! The net benefit of each way to decide, at one threshold (Vickers & Elkin, Medical Decision Making 2006;26:565).

use super::bars::{Bar, Bars, draw};
use super::numbers::{percent, signed};
use super::{Figure, Role};

/// The net benefit of one way to decide.
#[derive(Debug, Clone, Copy)]
pub struct NetBenefit<'a> {
    /// A model's name, `Treat all`, `Treat none`.
    pub name: &'a str,
    /// Its net benefit.
    pub value: f64,
}

/// Net benefits at a threshold, in the order given.
pub fn net_benefit_at(threshold: f64, ways: &[NetBenefit]) -> Figure {
    let title = format!("Net benefit at a threshold of {}", percent(threshold, 0));
    let bar = |(i, way): (usize, &NetBenefit)| Bar {
        name: way.name.to_owned(),
        value: way.value,
        label: signed(way.value, 3),
        role: Role::Series(i),
        note: None,
        reading: format!("{}: {}", way.name, signed(way.value, 4)),
    };
    let said: Vec<String> = ways.iter().map(|way| format!("{} {}", way.name, signed(way.value, 3))).collect();
    draw(Bars {
        title: &title,
        description: format!("{title}: {}.", said.join(", ")),
        x_name: "Net benefit",
        bars: ways.iter().enumerate().map(bar).collect(),
        sides: None,
        notes: None,
        foot: Vec::new(),
    })
}
