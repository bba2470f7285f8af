//! A window without a screen, and hands for it: accessible labels, keys and pointer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::base::Progress;
use hepatica::dicom::{Acquisition, CtHeader, Patient, Study, write_ct};
use hepatica::exchange::nifti;
use hepatica::ui::{App, Options, Snapshot};
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;

/// Longest time for a small image to open.
const PATIENCE: Duration = Duration::from_secs(20);

/// 64 x 64 x 20 voxels of 5 x 5 x 10 mm around the patient's origin.
pub fn grid() -> Geometry {
    Geometry::axial([64, 64, 20], [-157.5, -157.5, 0.0], [5.0, 5.0, 10.0]).unwrap()
}

/// A body of 60 HU, 100 HU in a ball of 60 mm radius, with a texture whose mean over four voxels of a row is 0: patterns of
/// a plain image have no kurtosis.
pub fn ball(geometry: Geometry) -> Volume {
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        let [x, y, z] = geometry.patient_from_voxel([i as f64, j as f64, k as f64]);
        let texture = [-3, -1, 1, 3][(i + 2 * j + 3 * k) % 4];
        texture + if x.hypot(y).hypot(z - 95.0) < 60.0 { 100i16 } else { 60 }
    });
    Volume::new(geometry, Voxels::I16(voxels)).unwrap()
}

/// A file that is dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

pub struct Window {
    pub harness: Harness<'static, Option<App>>,
    pub folder: tempfile::TempDir,
}

/// The study date of DICOM series, as it is shown.
pub const STUDY_DATE: &str = "2022-03-04";

impl Window {
    /// A window on a NIfTI image of the ball.
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.nii.gz");
        nifti::write_volume(&path, &ball(grid()), false).unwrap();
        let mut window = Self::start(Options { open: vec![path], ..Options::default() }, folder);
        window.wait("the image to open", |shown| shown.has_image);
        window
    }

    /// A window on a DICOM series of the ball on this grid; slices for which `is_there` is false are missing.
    pub fn open_dicom(geometry: Geometry, is_there: impl Fn(usize) -> bool) -> Self {
        Self::open_series(&ball(geometry), is_there)
    }

    /// A window on a volume as a DICOM series; slices for which `is_there` is false are missing.
    pub fn open_series(volume: &Volume, is_there: impl Fn(usize) -> bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let series = Self::write_series(folder.path(), volume, is_there);
        Self::start(Options { open: vec![series], ..Options::default() }, folder)
    }

    /// Writes a volume as a DICOM series into a folder, without the slices for which `is_there` is false.
    pub fn write_series(folder: &Path, volume: &Volume, is_there: impl Fn(usize) -> bool) -> PathBuf {
        let series = folder.join("series");
        let header = CtHeader {
            patient: Patient { name: "Doe^Jane".into(), id: "P-1".into(), ..Patient::default() },
            study: Study { date: STUDY_DATE.replace('-', ""), ..Study::default() },
            series_instance_uid: "1.2.826.0.1.3680043.10.1".into(),
            frame_of_reference_uid: "1.2.826.0.1.3680043.10.2".into(),
            series_description: "Abdomen PV".into(),
            acquisition: Acquisition {
                modality: "CT".into(),
                image_type: ["ORIGINAL", "PRIMARY", "AXIAL"].map(str::to_owned).to_vec(),
                ..Acquisition::default()
            },
            patient_position: "HFS".into(),
            ..CtHeader::default()
        };
        let paths = write_ct(&series, volume, &header, false, &Progress::new()).unwrap();
        for (_, path) in paths.iter().enumerate().filter(|(slice, _)| !is_there(*slice)) {
            std::fs::remove_file(path).unwrap();
        }
        series
    }

    pub fn start(options: Options, folder: tempfile::TempDir) -> Self {
        let mut options = Some(options);
        let harness = Harness::builder().with_size(Vec2::new(1280.0, 800.0)).build_ui_state(
            move |ui, app: &mut Option<App>| {
                let app = app.get_or_insert_with(|| App::new(ui.ctx(), None, options.take().unwrap_or_default()));
                app.frame(ui);
            },
            None,
        );
        Self { harness, folder }
    }

    pub fn shown(&self) -> Snapshot {
        Snapshot::of(self.harness.state().as_ref().unwrap())
    }

    pub fn steps(&mut self, n: usize) {
        for _ in 0..n {
            self.harness.step();
        }
    }

    pub fn wait(&mut self, what: &str, until: impl Fn(&Snapshot) -> bool) {
        let begun = Instant::now();
        while !until(&self.shown()) {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}: {:?}", self.shown());
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.steps(2);
    }

    pub fn key(&mut self, key: Key) {
        self.keys(Modifiers::NONE, key);
    }

    pub fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps(2);
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        // A sheet is measured in one frame and drawn in the next.
        self.steps(4);
    }

    /// Does what a click would, as a screen reader does it: also to a control that has to be scrolled to.
    pub fn activate(&mut self, label: &str) {
        self.harness.get_by_label(label).click_accesskit();
        self.steps(4);
    }

    /// A point of the axial view, in parts of its width and height from its centre.
    pub fn axial(&self, right: f32, down: f32) -> Pos2 {
        let rect = self.harness.get_by_label("Axial view").rect();
        rect.center() + Vec2::new(right * rect.width(), down * rect.width())
    }

    pub fn event(&mut self, event: egui::Event) {
        self.harness.event(event);
        self.harness.step();
    }

    pub fn press(&mut self, at: Pos2, pressed: bool) {
        self.press_with(PointerButton::Primary, at, pressed);
    }

    fn press_with(&mut self, button: PointerButton, at: Pos2, pressed: bool) {
        let modifiers = Modifiers::NONE;
        self.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
    }

    pub fn click_at(&mut self, at: Pos2) {
        self.event(egui::Event::PointerMoved(at));
        self.press(at, true);
        self.press(at, false);
    }

    pub fn drag_with(&mut self, button: PointerButton, from: Pos2, by: Vec2) {
        self.event(egui::Event::PointerMoved(from));
        self.press_with(button, from, true);
        self.event(egui::Event::PointerMoved(from + by / 2.0));
        self.event(egui::Event::PointerMoved(from + by));
        self.press_with(button, from + by, false);
        self.steps(2);
    }

    /// Clicks the button that asks for a path, and types one.
    pub fn save_as(&mut self, button: &str, name: &str) -> PathBuf {
        let path = self.file(name);
        self.click(button);
        self.type_path(&path);
        self.click("Save");
        path
    }

    /// Types a path into the sheet that asks for one.
    pub fn type_path(&mut self, path: &Path) {
        self.harness.get_by_role_and_label(Role::TextInput, "Path").focus();
        self.steps(1);
        self.keys(Modifiers::COMMAND, Key::A);
        self.event(egui::Event::Text(path.display().to_string()));
    }

    /// What the window manager asks when the window's cross is clicked; answers whether the window closes.
    pub fn ask_to_close(&mut self) -> bool {
        let viewport = self.harness.input_mut().viewports.get_mut(&egui::ViewportId::ROOT).unwrap();
        viewport.events.push(egui::ViewportEvent::Close);
        self.harness.step();
        let commands = &self.harness.output().viewport_output[&egui::ViewportId::ROOT].commands;
        let closes = !commands.contains(&egui::ViewportCommand::CancelClose);
        self.steps(3);
        closes
    }

    pub fn drop_files(&mut self, paths: &[PathBuf]) {
        let files = paths.iter().map(|path| Arc::new(Dropped(path.clone())) as egui::DroppedFileHandle);
        self.harness.input_mut().dropped_files.extend(files);
        self.steps(4);
    }

    pub fn is_disabled(&self, label: &str) -> bool {
        self.harness.get_by_label(label).accesskit_node().is_disabled()
    }

    pub fn wheel(&mut self, at: Pos2, notches: f32, modifiers: Modifiers) {
        self.event(egui::Event::PointerMoved(at));
        self.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: Vec2::new(0.0, notches),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers,
        });
        self.steps(2);
    }

    /// Draws a square contour of a quarter of the view's width around its centre.
    pub fn draw_square(&mut self) {
        self.key(Key::C);
        for (right, down) in [(-0.125, -0.125), (0.125, -0.125), (0.125, 0.125), (-0.125, 0.125)] {
            let at = self.axial(right, down);
            self.click_at(at);
        }
        self.keys(Modifiers::COMMAND, Key::Enter);
    }

    /// A drag with the tool in hand, in parts of the axial view's width from its centre.
    pub fn drag_along(&mut self, way: &[(f32, f32)], modifiers: Modifiers) {
        let places: Vec<Pos2> = way.iter().map(|&(right, down)| self.axial(right, down)).collect();
        let (Some(&first), Some(&last)) = (places.first(), places.last()) else { return };
        self.event(egui::Event::ModifiersChanged(modifiers));
        self.event(egui::Event::PointerMoved(first));
        self.press(first, true);
        for ends in places.windows(2) {
            for n in 1..=10 {
                let at = ends[0] + (ends[1] - ends[0]) * (n as f32 / 10.0);
                self.event(egui::Event::PointerMoved(at));
            }
        }
        self.press(last, false);
        self.event(egui::Event::ModifiersChanged(Modifiers::NONE));
        self.steps(2);
    }

    /// The square on two slices, so that the VOI has three dimensions.
    pub fn draw_two_slices(&mut self) {
        self.draw_square();
        self.key(Key::ArrowUp);
        self.draw_square();
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
