//! Everything that the window can be asked to do, and doing it: once a frame, after drawing.

use std::path::PathBuf;

use super::assign::Assignment;
use super::dialogs::{Purpose, Wanted};
use super::features::{Copied, Step};
use super::pen::{Tip, Tool, Touch};
use super::protocol;
use super::recovery;
use super::surface_view;
use super::threshold::Threshold;
use super::train::Wish;
use crate::case::Revision;
use crate::job::{RegionChange, SliceGrid};
use crate::render::{SliceView, Window};
use crate::segment::Plane;
use crate::segment::lesion::HuBand;
use crate::volume::Label;

/// A page of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Page {
    /// Looking and drawing.
    #[default]
    Image,
    /// What was extracted from the VOI.
    Features,
    /// What the model makes of the patient.
    Risk,
    /// Models from a team's own tables.
    Train,
}

impl Page {
    /// Every page, in the order of their keys.
    pub const ALL: [Page; 4] = [Page::Image, Page::Features, Page::Risk, Page::Train];

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Page::Image => "Image",
            Page::Features => "Features",
            Page::Risk => "Risk",
            Page::Train => "Train",
        }
    }

    /// Its key.
    pub const fn key(self) -> &'static str {
        match self {
            Page::Image => "F1",
            Page::Features => "F2",
            Page::Risk => "F3",
            Page::Train => "F4",
        }
    }
}

/// A wish of the user, in the window's own words.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    // Files
    /// Ask for a path.
    AskForPath(Purpose),
    /// Ask the system for a path.
    Browse(Purpose, Wanted),
    /// Do what a path is wanted for; `force` replaces a file that is there.
    UsePath { purpose: Purpose, path: PathBuf, force: bool },
    /// Load labels in place of what is drawn, given up for them.
    ReplaceLabels(PathBuf),
    /// Let the patient's identity stand in reports and feature tables, or leave it out.
    WriteIdentity(bool),
    /// Open folders, files or archives.
    Open(Vec<PathBuf>),
    /// Open the series with this index on this grid.
    OpenSeries(usize, SliceGrid),
    /// Open the simulated demonstration case.
    OpenDemo,
    /// Stop what the status bar shows.
    CancelJob,

    // Looking
    /// Go to a page.
    Show(Page),
    /// Set the window.
    SetWindow(Window),
    /// Move in a view by slices, upwards when positive.
    Step(Plane, i64),
    /// Go to the uppermost (`true`) or lowermost slice.
    GoToEnd(Plane, bool),
    /// Put the crosshair on a voxel.
    GoTo([usize; 3]),
    /// Magnify and shift a view.
    SetView(Plane, SliceView),
    /// Show whole slices again.
    ResetViews,
    /// Make a view the one that keys act on.
    Activate(Plane),
    /// Give a view the whole area, or take it back.
    ToggleMaximised(Plane),
    /// Show or hide the crosshair.
    ToggleCrosshair,
    /// Show or hide who the patient is.
    ToggleIdentity,
    /// What the surface view asks for.
    Surface(surface_view::Wish),
    /// The voxel under the pointer changed.
    PointAt(Option<[usize; 3]>),

    // Drawing
    /// Take a tool.
    Take(Tool),
    /// Draw this label from now on.
    Choose(Label),
    /// Show or hide a label.
    ToggleLabel(Label),
    /// Show or hide all labels.
    ToggleAllLabels,
    /// Show or hide the outline of the VOI.
    ToggleVoi,
    /// Leave an edge of this width, in mm, out of the VOI.
    SetEdgeMargin(f64),
    /// Opacity of labels.
    SetOpacity(f32),
    /// Width of their outline, in points.
    SetOutline(f32),
    /// Radius of the brush in mm.
    SetRadius(f64),
    /// Put the pen down.
    PutDown(Touch),
    /// Move it.
    MoveTo(Touch),
    /// Lift it.
    Lift,
    /// Point somewhere with it, or nowhere.
    Hover(Option<Touch>),
    /// How the brush's tip reaches.
    SetTip(Tip),
    /// Keep strokes to a range of HU, or to none.
    SetHuRange(Option<[f64; 2]>),
    /// Keep strokes to the range of HU that was set last, or to none any more.
    ToggleHuRange,
    /// Take the last corner of the contour away.
    DropPoint,
    /// Put a corner on the contour's edge under the pointer.
    InsertVertex,
    /// Take the contour's corner under the pointer away.
    RemoveVertex,
    /// Close the contour; fill it where it is closed.
    CloseContour,
    /// Close the contour and fill it.
    FinishContour,
    /// Put the contour that was filled last on the slice of this view.
    PasteContour(Plane),
    /// Change the whole of the label's region.
    ChangeRegion(RegionChange),
    /// Fill all slices between drawn ones.
    FillBetween,
    /// Accept what is proposed.
    Accept,
    /// Accept the slice, go to the one above (`true`) or below, and offer the region carried on.
    Advance(bool),
    /// Take the label's region from the slice above (`true`) or below.
    CopyFrom(bool),
    /// The axial slice that shows is the upper (`true`) or lower end of the caudate lobe.
    SetCutEnd(bool),
    /// Grow the lesion that waits within these HU, or with `None` within those around the click.
    SetLesionBand(Option<HuBand>),
    /// Show a label in this colour.
    SetColour(Label, [u8; 3]),
    /// Go back or forth to a state of the undo list.
    GoToState(Revision),
    /// Lock or unlock a label.
    ToggleLock(Label),
    /// Forget it, or close a sheet.
    Clear,
    /// Take the last edit back.
    Undo,
    /// Bring it back.
    Redo,

    // Features and risk
    /// Extract features from the VOI.
    Extract,
    /// Put the keyboard into the field that searches features.
    FindFeature,
    /// Move the selection of features, or with `true` its end.
    StepFeatures(Step, bool),
    /// Copy features to the clipboard.
    CopyFeatures(Copied),
    /// Allow or forbid features of interpolated voxels.
    AllowInterpolated(bool),
    /// Enter a value for the model's predictor of that name.
    SetInput(String, f64),
    /// Ask the model with this index.
    ChooseModel(usize),
    /// Take the loaded model with this index off the list.
    RemoveModel(usize),
    /// Read the net benefit at this threshold.
    SetThreshold(f64),

    // Protocol
    /// What the protocol's panel, sheet and slider ask for.
    Protocol(protocol::Wish),

    // Training
    /// What the Train page asks for.
    Train(Wish),

    // The window itself
    /// Say what is odd about what was asked for.
    Say(String),
    /// Show the list of keys.
    ShowKeys,
    /// Close the message.
    DismissMessage,
    /// Close the sheet that asks something.
    CloseSheet,
    /// Ask which labels segments of a file are.
    AskForLabels(Assignment),
    /// Ask for the threshold of a fractional segmentation.
    AskForThreshold(Threshold),
    /// Load a fractional segmentation at a threshold.
    LoadFractional(Threshold),
    /// Take segments of a file as the labels that were chosen for them.
    AssignSegments(Assignment),
    /// What is to become of work that was recovered.
    Recovery(recovery::Wish),
    /// Close the window.
    CloseWindow,
    /// Do this though what was drawn is not saved, and is lost by it.
    Discard(Box<Action>),
}
