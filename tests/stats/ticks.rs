//! Axis ticks against R's `pretty`.

use hepatica::stats;

use crate::harness::{EXACT, json, near, numbers};

#[test]
fn axis_ticks_are_rs() {
    let edge = json("edge.json");
    let cases = edge["pretty_n10"].as_array().expect("a list of ranges");
    for case in cases {
        let range = numbers(&case["range"]);
        near(&stats::pretty(range[0], range[1], 10), &numbers(&case["ticks"]), EXACT, &case.to_string());
    }
}
