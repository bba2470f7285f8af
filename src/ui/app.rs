//! The window's parts and what happens in a frame: results arrive, everything is drawn, wishes are fulfilled.

use std::path::PathBuf;
use std::time::Duration;

use egui::{Context, Ui};
use egui_wgpu::RenderState;

use super::actions::{Action, Page};
use super::bars::{self, Status};
use super::desk::Desk;
use super::dialogs::Purpose;
use super::features::{self, Extracted, Listing};
use super::jobs::Jobs;
use super::keeping::Keeping;
use super::library::{self, Library};
use super::pen::Pen;
use super::proposals::Proposals;
use super::protocol::{self, Protocol};
use super::recovery::{self, Recovery};
use super::risk::{self, Risk};
use super::sheets::{self, Lost, Sheet, Writing};
use super::snapshot::{Snapshot, Trace};
use super::surface_view::{self, SurfaceView};
use super::train::{self, Study, Tables, UnderWay, Wish};
use super::viewer::Viewer;
use super::{Options, arrivals, fonts, keeping, keys, opening, perform, side, theme, views, voi};
use crate::job::{ExtractFeatures, ReadCohort, ReadDemonstration, Request, TrainModels};
use crate::render::{Overlay, SlicePainter};

/// Time between two looks at the progress of a job.
const PROGRESS_TICK: Duration = Duration::from_millis(100);

/// Longest time that a closed window waits for its jobs.
const FAREWELL: Duration = Duration::from_secs(20);

/// Everything that the window is made of.
pub struct App {
    pub(super) library: Library,
    pub(super) desk: Desk,
    pub(super) viewer: Viewer,
    pub(super) pen: Pen,
    pub(super) proposals: Proposals,
    pub(super) protocol: Protocol,
    pub(super) overlay: Overlay,
    pub(super) surface: SurfaceView,
    pub(super) extracted: Extracted,
    pub(super) listing: Listing,
    pub(super) risk: Risk,
    pub(super) study: Study,
    pub(super) jobs: Jobs,
    pub(super) keeping: Keeping,
    pub(super) recovery: Recovery,
    pub(super) shell: Shell,
    painter: SlicePainter,
    trace: Option<Trace>,
}

/// The window around the parts.
#[derive(Default)]
pub(super) struct Shell {
    /// The page that shows.
    pub page: Page,
    /// The sheet on top.
    pub sheet: Option<Sheet>,
    /// What went wrong (`true`) or is odd.
    pub message: Option<(String, bool)>,
    /// The last word of the status bar.
    pub note: String,
    /// The reader's name, as it was given in this session; empty before.
    pub reader: String,
    /// Whether a control had the keyboard when the last frame ended.
    pub had_focus: bool,
    /// The folder that was last saved to.
    pub saved_to: Option<PathBuf>,
    /// Whether the patient's identity is to stand in reports and feature tables.
    pub writes_identity: bool,
    /// What jobs brought that needs the place of a sheet which is still open.
    pub later: Vec<Action>,
}

impl App {
    /// The window's state at start; slices are drawn by a shader where `wgpu` is given.
    pub fn new(ctx: &Context, wgpu: Option<&RenderState>, options: Options) -> Self {
        fonts::install(ctx);
        theme::apply(ctx);
        fonts::install_system_fallbacks(ctx);
        let mut app = Self {
            library: Library::default(),
            desk: Desk::default(),
            viewer: Viewer::default(),
            pen: Pen::default(),
            proposals: Proposals::default(),
            protocol: Protocol::default(),
            overlay: Overlay::default(),
            surface: SurfaceView::default(),
            extracted: Extracted::default(),
            listing: Listing::default(),
            risk: Risk::default(),
            study: Study::default(),
            jobs: Jobs::new(ctx),
            keeping: Keeping::new(ctx, options.journals.clone()),
            recovery: Recovery::default(),
            shell: Shell::default(),
            painter: SlicePainter::new(wgpu),
            trace: Trace::from_environment(),
        };
        if let Some(root) = options.journals {
            recovery::look_for_work(&mut app, root);
        }
        if options.demo {
            opening::open_demo(&mut app);
        } else if !options.open.is_empty() {
            opening::open(&mut app, options.open);
        }
        app
    }

    /// Draws one frame.
    pub fn frame(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        arrivals::take(self, &ctx);
        voi::keep_current(self);
        keeping::look(self);
        self.answer();
        protocol::refresh(self, &ctx);
        surface_view::follow(self, &ctx);
        let mut actions = self.wishes(&ctx);
        self.draw(ui, &mut actions);
        self.shell.had_focus = keys::focused_control(&ctx).is_some();
        for action in actions {
            perform::perform(self, &ctx, action);
        }
        if voi::keep_current(self) | self.answer() {
            ctx.request_repaint();
        }
        if let Some(mut trace) = self.trace.take() {
            trace.note(Snapshot::of(self), self.desk.case.as_ref());
            self.trace = Some(trace);
        }
        if self.jobs.shown().is_some() {
            ctx.request_repaint_after(PROGRESS_TICK);
        }
    }

    /// Lets the model answer anew where what it answers to has changed; says whether it did.
    fn answer(&mut self) -> bool {
        let state = self.desk.voi_state();
        let features = state.and_then(|state| Some((state, self.extracted.current(state)?)));
        self.risk.refresh(risk::Material { features, is_simulated: self.desk.identity.simulated })
    }

    /// What keys, dropped files and the window's close button ask for.
    fn wishes(&mut self, ctx: &Context) -> Vec<Action> {
        // Keys go to a sheet that is open; what goes down there is heard all the same, since it may come up here.
        let mut actions = keys::actions(ctx, self.shell.page, &self.viewer, &self.pen, self.shell.had_focus);
        if self.shell.sheet.is_some() {
            actions.clear();
        }
        let dropped: Vec<_> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        if !dropped.is_empty() {
            actions.extend(self.dropped(dropped));
        }
        let closes = ctx.input(|input| input.viewport().close_requested());
        if closes && perform::lost_with_the_image(self) != Lost::default() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            actions.push(Action::CloseWindow);
        }
        actions
    }

    /// What files dropped on the window ask for. A sheet that asks for something to open takes what was dropped for its answer, and
    /// any other question comes first.
    fn dropped(&mut self, paths: Vec<PathBuf>) -> Option<Action> {
        match &self.shell.sheet {
            None | Some(Sheet::Keys) if self.shell.page == Page::Train && Tables::default().take(&paths) => {
                Some(Action::Train(Wish::Take(paths)))
            }
            None | Some(Sheet::Keys) => Some(Action::Open(paths)),
            Some(Sheet::Path(field)) if field.purpose == Purpose::Study => Some(Action::Open(paths)),
            Some(Sheet::Path(field)) if !field.purpose.writes() => {
                let purpose = field.purpose;
                paths.into_iter().next().map(|path| Action::UsePath { purpose, path, force: false })
            }
            Some(_) => {
                self.shell.note = "Close the question first, then drop the files again".to_owned();
                None
            }
        }
    }

    fn draw(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let top = egui::Panel::top("top").exact_size(40.0).frame(theme::bar_frame());
        top.show(ui, |ui| bars::top(ui, self.shell.page, &self.desk.identity, &self.viewer, actions));
        let bottom = egui::Panel::bottom("status").exact_size(28.0).frame(theme::bar_frame());
        bottom.show(ui, |ui| {
            let status = Status {
                jobs: &self.jobs,
                note: &self.shell.note,
                proposals: &self.proposals,
                case: self.desk.case.as_ref(),
                pointer: self.viewer.pointer.filter(|_| self.shell.page == Page::Image),
                painter: self.painter.name(),
                journal_trouble: self.keeping.trouble(),
                refusal: self.painter.refusal(),
            };
            bars::status(ui, &status, actions);
        });
        match self.shell.page {
            Page::Image => self.image_page(ui, actions),
            Page::Features => {
                let shown = features::Shown {
                    desk: &self.desk,
                    extracted: &self.extracted,
                    is_extracting: self.jobs.is_running(ExtractFeatures::NAME),
                };
                features::show(ui, &shown, &mut self.listing, actions);
            }
            Page::Risk => {
                let extracted = self.desk.voi_state().and_then(|state| self.extracted.of(state));
                let shown = risk::Shown {
                    risk: &self.risk,
                    is_drawn: self.desk.has_voi(),
                    features: extracted.map(|(features, is_stale)| (features.values.len(), is_stale)),
                    is_extracting: self.jobs.is_running(ExtractFeatures::NAME),
                    doubts: self.desk.doubts(self.desk.voi_ml()),
                };
                risk::show(ui, &shown, actions);
            }
            Page::Train => {
                let training = self.jobs.find(TrainModels::NAME);
                let under_way = UnderWay {
                    is_reading: [ReadCohort::NAME, ReadDemonstration::NAME]
                        .iter()
                        .any(|name| self.jobs.is_running(name)),
                    training: training.map(|job| (job.progress.stage(), job.progress.fraction())),
                };
                train::show(ui, &mut self.study, &under_way, actions);
            }
        }
        if let Some((text, is_error)) = &self.shell.message {
            sheets::message(ui.ctx(), text, *is_error, actions);
        }
        let Shell { sheet, reader, .. } = &mut self.shell;
        if let Some(sheet) = sheet {
            let writing = Writing { protocol: &mut self.protocol, reader };
            sheets::show(ui.ctx(), sheet, self.desk.can_save_seg(), writing, actions);
        }
    }

    /// What to do while nothing is open.
    fn hint(&self) -> &'static str {
        if self.jobs.shown().is_some() || self.library.open.is_some() {
            ""
        } else if self.library.series.iter().any(|series| series.is_volume()) {
            "No series is open.\nChoose one on the left."
        } else {
            "Drop a study here, or open one (Ctrl+O)."
        }
    }

    fn image_page(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let left = egui::Panel::left("library").exact_size(theme::SIDE).frame(theme::panel_frame());
        left.show(ui, |ui| {
            recovery::reminder(ui, self.recovery.n_works(), actions);
            library::show(ui, &self.library, self.viewer.shows_identity, self.jobs.shown().is_some(), actions)
        });
        let right = egui::Panel::right("voi").exact_size(theme::SIDE).frame(theme::panel_frame());
        right.show(ui, |ui| {
            let shown = side::Shown {
                case: self.desk.case.as_ref(),
                pen: &self.pen,
                proposals: &self.proposals,
                overlay: &self.overlay,
                desk: &self.desk,
                extracted: &self.extracted,
                is_extracting: self.jobs.is_running(ExtractFeatures::NAME),
                crosshair: self.viewer.crosshair,
                window: self.viewer.window,
                protocol: &self.protocol,
            };
            side::show(ui, &shown, actions);
        });
        let bar = egui::Panel::top("image bar").exact_size(36.0).frame(theme::bar_frame());
        bar.show(ui, |ui| bars::image(ui, &self.viewer, actions));
        egui::CentralPanel::default().frame(egui::Frame::new().fill(theme::DESK)).show(ui, |ui| {
            let shown = views::Shown {
                viewer: &self.viewer,
                pen: &self.pen,
                proposals: &self.proposals,
                protocol: &self.protocol,
                surface: &self.surface,
                overlay: &self.overlay,
                case: self.desk.case.as_ref(),
                voi: &self.desk.voi,
                preview: self.desk.preview.as_ref(),
                identity: &self.desk.identity,
                hint: self.hint(),
                is_interpolated: self.desk.interpolation.is_some(),
                is_inverted: self.desk.series.as_ref().is_some_and(|series| series.inverted_display),
            };
            views::show(ui, &shown, &mut self.painter, actions);
        });
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.frame(ui);
    }

    /// A file that is being written when the window closes is still written whole; a journal that is not needed any more goes.
    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        keeping::end(self);
        self.jobs.finish(FAREWELL);
    }
}
