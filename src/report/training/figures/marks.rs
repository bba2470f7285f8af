//! What a figure of a run says beyond its numbers: that its patients are simulated, and that it is for research alone.

use crate::base::RESEARCH_USE_ONLY;
use crate::figure::draw::{SMALL, plain, wrapped};
use crate::figure::{Anchor, Figure, Role};

/// Where the word ends, from the right edge of a figure: the window has a button beside it.
const SIMULATED_FROM_RIGHT: f64 = 40.0;
/// The baseline of the word: that of a figure's title.
const SIMULATED_BASELINE: f64 = 18.0;

/// Says on a figure that its patients are simulated.
pub(in crate::report::training) fn say_simulated(figure: &mut Figure) {
    let at = [figure.size[0] - SIMULATED_FROM_RIGHT, SIMULATED_BASELINE];
    figure.text(at, "simulated", plain(SMALL, Role::Amber).strong().anchored(Anchor::End));
    figure.description.push_str(" The patients are simulated.");
}

/// Where small print below a figure begins, as on a nomogram, and how far its last line stands above the foot.
const PRINT_LEFT: f64 = 16.0;
const ABOVE_FOOT: f64 = 6.0;
/// The height of a line of it.
const PRINT: f64 = 11.0;

/// Says below a figure that shows predictions what they are not for.
pub(in crate::report::training) fn say_research_only(figure: &mut Figure) {
    say_below(figure, RESEARCH_USE_ONLY, Role::Amber);
    figure.description.push_str(&format!(" {RESEARCH_USE_ONLY}."));
}

/// Says below a figure whose numbers it shows.
pub(in crate::report::training) fn say_whose(figure: &mut Figure, whose: &str) {
    say_below(figure, whose, Role::Muted);
    figure.description.push_str(&format!(" {whose}."));
}

fn say_below(figure: &mut Figure, text: &str, role: Role) {
    figure.size[1] += ABOVE_FOOT;
    for line in wrapped(text, SMALL, figure.size[0] - 2.0 * PRINT_LEFT) {
        figure.size[1] += PRINT;
        let at = [PRINT_LEFT, figure.size[1] - ABOVE_FOOT];
        figure.text(at, line, plain(SMALL, role));
    }
}
