//! Cutting the caudate lobe off the liver: a line through the fissure on one axial slice or on two, the upper and the lower end, and a
//! click on the side that is meant. The lobe is proposed as soon as a line and a click are there, and again with every change. What
//! a cut takes off is `segment::caudate`'s.

use egui::{Color32, Painter, Pos2, Shape, Vec2};

use super::App;
use super::jobs::Outcome;
use super::lesion::voxel_at;
use super::pen::Tool;
use super::proposals::{Plan, Recipe, refuse};
use super::widgets::sentence;
use super::{theme, views};
use crate::base::Cancelled;
use crate::case::Technique;
use crate::job::{CutCaudate, Request};
use crate::render::Viewport;
use crate::segment::caudate::{CaudateCut, CaudateError, CutLine, carried_line};
use crate::segment::{Plane, SliceOfGrid, Stroke};
use crate::volume::Label;

/// A drag that goes less far, in mm, is a click by an unsteady hand: fissures are longer.
const CLICK_MM: f64 = 5.0;

/// As the undo list names it.
const NAME: &str = "Cut caudate lobe";

/// What was drawn for a cut so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cut {
    /// One line or two, the latest last.
    lines: Vec<CutLine>,
    /// Whether the latest is still being clicked, corner by corner.
    is_open: bool,
    /// Upper and lower end, where they were set.
    ends: [Option<usize>; 2],
    /// The voxel of the lobe that was clicked.
    click: Option<[usize; 3]>,
    /// Whether slices are numbered upwards.
    grows_up: bool,
}

impl Cut {
    /// Forgets which side was meant.
    pub fn forget_click(&mut self) {
        self.click = None;
    }

    /// Upper and lower end, set or taken from two lines; `None` is the liver's own end.
    pub fn ends(&self) -> [Option<usize>; 2] {
        let of_lines = match self.lines.as_slice() {
            [a, b] if !self.is_open => [a.index.max(b.index), a.index.min(b.index)].map(Some),
            _ => [None; 2],
        };
        let [top, bottom] = if self.grows_up { of_lines } else { [of_lines[1], of_lines[0]] };
        [self.ends[0].or(top), self.ends[1].or(bottom)]
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match (self.lines.len(), self.is_open, self.click) {
            (0, ..) => "Drag a line along the fissure.",
            (_, true, _) => "Click on; Enter ends the line.",
            (1, _, None) => "Click in the lobe, or draw a 2nd line.",
            (_, _, None) => "Click in the caudate lobe.",
            (_, _, Some(_)) => "Enter accepts; or draw a line anew.",
        }
    }

    /// A line for a slice, in place of one that is there or else of the older of two.
    fn set_line(&mut self, line: CutLine) {
        self.lines.retain(|other| other.index != line.index);
        if self.lines.len() > 1 {
            self.lines.remove(0);
        }
        self.lines.push(line);
        self.is_open = false;
    }

    /// Adds a corner to the line that is being clicked, or begins one.
    fn add_corner(&mut self, index: usize, at: [f64; 2]) {
        match self.lines.last_mut().filter(|_| self.is_open) {
            Some(line) => line.points.push(at),
            None => {
                self.set_line(CutLine { index, points: vec![at] });
                self.is_open = true;
            }
        }
    }

    /// The cut on an image of so many slices along an axis; `None` until a line and a click are there.
    fn cut(&self, axis: usize, n_slices: usize) -> Option<CaudateCut> {
        let (line, inside) = (self.lines.first().filter(|_| !self.is_open)?.clone(), self.click?);
        let last = n_slices.saturating_sub(1);
        let [top, bottom] = if self.grows_up { [last, 0] } else { [0, last] };
        let ends = self.ends();
        let (upper, lower) = (ends[0].unwrap_or(top), ends[1].unwrap_or(bottom));
        let slices = upper.min(lower)..=upper.max(lower);
        Some(CaudateCut { axis, line, second: self.lines.get(1).cloned(), inside, slices })
    }
}

/// The pen drew a line, or clicked: a corner while no line is ended, or with `adds_corner`; else the side that is meant.
pub fn touched(app: &mut App, stroke: &Stroke, adds_corner: bool) {
    let (Some(case), Some(frame)) = (&app.desk.case, app.viewer.frame(Plane::Axial)) else { return };
    if case.statistics().label(Label::Liver).n_voxels == 0 {
        return refuse(app, "Draw the liver first: the caudate lobe is cut off it".to_owned());
    }
    if app.viewer.active != Plane::Axial {
        return refuse(app, "Draw the line on an axial slice".to_owned());
    }
    let (axis, grows_up, geometry) = (frame.axis, frame.grows_up, *case.volume().geometry());
    let places: Vec<[f64; 3]> = stroke.points.iter().map(|&point| geometry.voxel_from_patient(point)).collect();
    let Some(voxel) = places.first().and_then(|&place| voxel_at(place, geometry.size())) else { return };
    let index = voxel[axis];
    let across = SliceOfGrid { axis, index }.in_plane_axes();
    let points: Vec<[f64; 2]> = places.iter().map(|place| across.map(|axis| place[axis])).collect();
    let Some(&first) = points.first() else { return };
    let from_first = |point: &[f64; 3]| {
        let away = |a: usize| point[a] - stroke.points.first().map_or(point[a], |first| first[a]);
        (away(0).powi(2) + away(1).powi(2) + away(2).powi(2)).sqrt()
    };
    let is_click = stroke.points.iter().all(|point| from_first(point) < CLICK_MM);
    let cut = &mut app.proposals.cut;
    cut.grows_up = grows_up;
    let open = cut.lines.last().filter(|_| cut.is_open).map(|line| line.index);
    if !is_click {
        cut.set_line(CutLine { index, points });
    } else if let Some(other) = open.filter(|other| *other != index) {
        return refuse(app, format!("End the line on slice {} first: Enter", other + 1));
    } else if cut.lines.is_empty() || open.is_some() || adds_corner {
        cut.add_corner(index, first);
    } else {
        cut.click = Some(voxel);
    }
    propose(app);
}

/// Proposes the lobe, where a line and a click are there.
pub fn propose(app: &mut App) {
    let Some(axis) = app.viewer.frame(Plane::Axial).map(|frame| frame.axis) else { return };
    let Some(n_slices) = app.desk.case.as_ref().map(|case| case.volume().geometry().size()[axis]) else { return };
    let Some(cut) = app.proposals.cut.cut(axis, n_slices) else { return };
    let Some(plan) = Plan::new(app, Label::Caudate, Technique::Proposed) else { return };
    let Some(case) = &mut app.desk.case else { return };
    let request = CutCaudate { drawn: case.drawn(), cut };
    app.jobs.start_work(CutCaudate::NAME, move |progress| match request.run(progress) {
        Ok(lobe) => Ok(plan.proposes(NAME.to_owned(), Recipe::Caudate, lobe)),
        Err(CaudateError::Cancelled(cancelled)) => Err::<_, Cancelled>(cancelled),
        Err(other) => Ok(Outcome::Refused(sentence(&other.to_string()))),
    });
}

/// The axial slice that shows becomes the upper (`true`) or lower end.
pub fn set_end(app: &mut App, is_upper: bool) {
    if !is_in_hand(app) {
        return;
    }
    let here = app.viewer.view(Plane::Axial).slice;
    let grows_up = app.viewer.frame(Plane::Axial).is_some_and(|frame| frame.grows_up);
    let cut = &mut app.proposals.cut;
    cut.grows_up = grows_up;
    let (own, other) = if is_upper { (0, 1) } else { (1, 0) };
    cut.ends[own] = Some(here);
    // An upper end below the lower one takes its place.
    let is_beyond = |other: usize| if is_upper == grows_up { here < other } else { here > other };
    if cut.ends()[other].is_some_and(is_beyond) {
        cut.ends[other] = Some(here);
    }
    app.shell.note = format!("{} end on slice {}", if is_upper { "Upper" } else { "Lower" }, here + 1);
    propose(app);
}

/// Whether the pen cuts the caudate lobe off.
fn is_in_hand(app: &App) -> bool {
    app.pen.tool == Tool::Grow && app.pen.label == Label::Caudate && app.desk.case.is_some()
}

/// Ends the line that is being clicked; `false` where there is none.
pub fn end_line(app: &mut App) -> bool {
    let in_hand = is_in_hand(app);
    let cut = &mut app.proposals.cut;
    if !in_hand || !cut.is_open {
        return false;
    }
    if cut.lines.last().is_some_and(|line| line.points.len() > 1) {
        cut.is_open = false;
        propose(app);
    } else {
        refuse(app, "A line has two corners at least".to_owned());
    }
    true
}

/// Takes the last corner away, or the last line; `false` where there is none.
pub fn drop_last(app: &mut App) -> bool {
    let in_hand = is_in_hand(app);
    let cut = &mut app.proposals.cut;
    if !in_hand || cut.lines.is_empty() {
        return false;
    }
    let corners = cut.lines.last_mut().filter(|line| cut.is_open && line.points.len() > 1);
    if corners.and_then(|line| line.points.pop()).is_none() {
        cut.lines.pop();
        cut.is_open = false;
        if cut.lines.is_empty() {
            // Without a line there is no lobe that could be accepted.
            app.jobs.abandon(CutCaudate::NAME);
            app.proposals.withdraw(Label::Caudate);
        }
        propose(app);
    }
    true
}

/// Forgets lines and ends; `false` where there are none.
pub fn clear(app: &mut App) -> bool {
    let any = is_in_hand(app) && app.proposals.cut != Cut::default();
    if any {
        app.proposals.cut = Cut::default();
    }
    any
}

/// The lines of the cut over a view: as drawn on their own slices, faint where they are carried to.
pub fn paint(painter: &Painter, viewport: &Viewport, shown: &views::Shown, colour: Color32) {
    let axis = shown.viewer.frame(Plane::Axial).map_or(2, |frame| frame.axis);
    if shown.pen.tool != Tool::Grow || shown.pen.label != Label::Caudate || viewport.slice.axis != axis {
        return;
    }
    let (cut, index) = (&shown.proposals.cut, viewport.slice.index);
    let on_screen =
        |points: &[[f64; 2]]| points.iter().map(|&at| viewport.screen_from_pixel(at)).collect::<Vec<Pos2>>();
    if let Some(line) = cut.lines.iter().find(|line| line.index == index) {
        let points = on_screen(&line.points);
        let ends = [points.first(), points.last()].into_iter().flatten();
        painter.extend(ends.map(|&end| Shape::circle_filled(end, 3.0, colour)));
        painter.extend(Shape::dashed_line(&points, egui::Stroke::new(2.0, colour), 6.0, 4.0));
    } else if let Some(first) = cut.lines.first().filter(|_| !cut.is_open && is_within(index, cut)) {
        let points = carried_line(first, cut.lines.get(1), index).unwrap_or_default();
        let line = egui::Stroke::new(1.5, theme::faded(colour, 0.6));
        painter.extend(Shape::dashed_line(&on_screen(&points), line, 3.0, 5.0));
    }
    if let Some(click) = cut.click.filter(|click| click[axis] == index) {
        let at = viewport.screen_from_voxel(click.map(|x| x as f64));
        let line = egui::Stroke::new(1.5, colour);
        for arm in [Vec2::new(4.0, 0.0), Vec2::new(0.0, 4.0)] {
            painter.line_segment([at - arm, at + arm], line);
        }
    }
}

/// Whether a slice lies between the ends.
fn is_within(index: usize, cut: &Cut) -> bool {
    let [upper, lower] = cut.ends();
    let is_beyond = |end: Option<usize>, upwards: bool| {
        end.is_some_and(|end| if upwards == cut.grows_up { index > end } else { index < end })
    };
    !is_beyond(upper, true) && !is_beyond(lower, false)
}
