//! The simulated patient as a DICOM study: scout, native, arterial and portal venous series, and the ground truth.
//!
//! Images go through the writer that exports use, segmentations through the one that saves what a radiologist drew. Every
//! identifier and time follows from the seed, so that the same patient is the same files. "Simulated" stands in the patient's name, in
//! the descriptions, in Image Comments and in Image Type.

use std::path::{Path, PathBuf};

use ndarray::Array3;

use super::{Phantom, PhantomError, PhantomSpec, Variation, thickness_mm};
use crate::base::{FileError, Progress};
use crate::dicom::phase::Phase;
use crate::dicom::seg::{self, DrawnBy, SegIdentity, SegOptions, SegSource, SourceImage, VoiSegment};
use crate::dicom::{Acquisition, CtHeader, Patient, Study, named_uid, write_ct};
use crate::volume::{Geometry, Label, LabelMap, Volume, Voxels};

const SIMULATED: &str =
    "Simulated images of a patient who never lived. Research use only - not for clinical decisions.";
const DATE: &str = "20220101";

/// Where the parts of a written study are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyPaths {
    /// Folder of the scout.
    pub scout: PathBuf,
    /// Folder of the native series.
    pub native: PathBuf,
    /// Folder of the arterial series.
    pub arterial: PathBuf,
    /// Folder of the portal venous series.
    pub portal_venous: PathBuf,
    /// The delineation by the protocol: liver a little inside its edge, main vessels, caudate lobe and VOI, drawn on the portal venous series.
    pub truth: PathBuf,
    /// The whole liver up to its edge, drawn on the portal venous series.
    pub whole_liver: PathBuf,
}

impl StudyPaths {
    fn within(folder: &Path) -> Self {
        let truth = folder.join("5_SIMULATED_TRUTH");
        Self {
            scout: folder.join("1_SIMULATED_SCOUT"),
            native: folder.join("2_SIMULATED_NATIVE"),
            arterial: folder.join("3_SIMULATED_ARTERIAL"),
            portal_venous: folder.join("4_SIMULATED_PV"),
            whole_liver: truth.join("WHOLE_LIVER.dcm"),
            truth: truth.join("VOI.dcm"),
        }
    }
}

/// Writes the study below `folder`, one folder a series.
///
/// Nothing is replaced without `force`: a folder of an earlier study is refused before anything is written. With it,
/// that study's slices are removed first, so that none of another thickness remains among the new ones. A study that could
/// not be written whole is removed again.
pub fn write_study(
    phantom: &Phantom,
    folder: &Path,
    force: bool,
    progress: &Progress,
) -> Result<StudyPaths, PhantomError> {
    let paths = StudyPaths::within(folder);
    clear_the_way(&paths, force)?;
    let was_there = folder.exists();
    let written = write_parts(phantom, &paths, force, progress);
    if written.is_err() {
        remove_remains(&paths);
        if !was_there {
            let _ = std::fs::remove_dir(folder);
        }
    }
    written.map(|()| paths)
}

/// Writes the portal venous series alone into `folder`, as it stands in the whole study: all that a cohort for features needs.
///
/// With `force` an earlier series' slices are removed first, else a folder that is there is refused.
pub fn write_portal_venous(
    phantom: &Phantom,
    folder: &Path,
    force: bool,
    progress: &Progress,
) -> Result<(), PhantomError> {
    clear_slices(folder, force)?;
    write_ct(folder, &phantom.portal_venous, &header(&phantom.spec, &PORTAL_VENOUS), force, progress)?;
    Ok(())
}

fn write_parts(phantom: &Phantom, paths: &StudyPaths, force: bool, progress: &Progress) -> Result<(), PhantomError> {
    let spec = &phantom.spec;
    let scout = scout_of(phantom)?;
    write_ct(&paths.scout, &scout, &header(spec, &SCOUT), force, progress)?;
    let images = [
        (&paths.native, &phantom.native, &NATIVE),
        (&paths.arterial, &phantom.arterial, &ARTERIAL),
        (&paths.portal_venous, &phantom.portal_venous, &PORTAL_VENOUS),
    ];
    for (path, volume, plan) in images {
        write_ct(path, volume, &header(spec, plan), force, progress)?;
    }
    progress.check()?;
    write_truth(phantom, paths, force)
}

/// Removes what was written of a study, and the folders that are then empty. What cannot be removed stays: the error that
/// led here is the one to tell.
fn remove_remains(paths: &StudyPaths) {
    let _ = clear_the_way(paths, true);
    let _ = std::fs::remove_file(&paths.truth);
    let _ = std::fs::remove_file(&paths.whole_liver);
    let truth = paths.truth.parent().unwrap_or(&paths.truth);
    for folder in [paths.scout.as_path(), &paths.native, &paths.arterial, &paths.portal_venous, truth] {
        let _ = std::fs::remove_dir(folder);
    }
}

/// An error where something stands already, or, with `force`, the removal of an earlier study's slices.
fn clear_the_way(paths: &StudyPaths, force: bool) -> Result<(), PhantomError> {
    for path in [&paths.scout, &paths.native, &paths.arterial, &paths.portal_venous, &paths.truth, &paths.whole_liver] {
        clear_slices(path, force)?;
    }
    Ok(())
}

/// An error where something stands at the path, or, with `force`, the removal of the slices in the folder there.
fn clear_slices(path: &Path, force: bool) -> Result<(), PhantomError> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(FileError::Exists(path.to_owned()).into());
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Ok(()) };
    for file in entries.flatten().map(|entry| entry.path()) {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Only what the writer itself names: nothing of another origin is removed.
        let digits = name.strip_prefix("CT").and_then(|rest| rest.strip_suffix(".dcm"));
        if digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
            std::fs::remove_file(&file).map_err(|cause| FileError::Io { path: file, cause })?;
        }
    }
    Ok(())
}

/// What tells one series from another.
struct Plan {
    number: i64,
    name: &'static str,
    phase: Option<Phase>,
    time: &'static str,
    /// Seconds after the start of the bolus.
    delay_s: Option<f64>,
}

const SCOUT: Plan = Plan { number: 1, name: "SCOUT", phase: None, time: "100000", delay_s: None };
const NATIVE: Plan = Plan { number: 2, name: "ABD NATIVE", phase: Some(Phase::Native), time: "100200", delay_s: None };
const ARTERIAL: Plan =
    Plan { number: 3, name: "ABD ART", phase: Some(Phase::Arterial), time: "100535", delay_s: Some(35.0) };
const PORTAL_VENOUS: Plan =
    Plan { number: 4, name: "ABD PV", phase: Some(Phase::PortalVenous), time: "100610", delay_s: Some(70.0) };

/// The name that all identifiers of a spec are made from: another spec is another study.
fn root_of(spec: &PhantomSpec) -> String {
    let Variation { enhancement, liver_hu, noise, grain } = spec.variation;
    let is_usual = spec.variation == Variation::default();
    let varied = if is_usual { String::new() } else { format!("/{enhancement}/{liver_hu}/{noise}/{grain}") };
    format!(
        "hepatica/{}/phantom/{}/{}/{}/{}{varied}",
        env!("CARGO_PKG_VERSION"),
        spec.seed,
        spec.matrix,
        thickness_mm(spec),
        spec.heterogeneity
    )
}

fn header(spec: &PhantomSpec, plan: &Plan) -> CtHeader {
    let root = root_of(spec);
    let (thickness, description) = match plan.phase {
        Some(_) => {
            let thickness = thickness_mm(spec);
            let decimals = if spec.thin { 2 } else { 1 };
            (Some(thickness), format!("SIMULATED {} {thickness:.decimals$}", plan.name))
        }
        None => (None, format!("SIMULATED {}", plan.name)),
    };
    let kind = if plan.phase.is_some() { "AXIAL" } else { "LOCALIZER" };
    CtHeader {
        patient: patient(spec),
        study: study(spec),
        series_instance_uid: named_uid(&format!("{root}/series/{}", plan.number)),
        series_number: plan.number,
        series_description: description,
        frame_of_reference_uid: named_uid(&format!("{root}/frame")),
        position_reference_indicator: String::new(),
        acquisition: Acquisition {
            modality: "CT".into(),
            image_type: ["DERIVED", "PRIMARY", kind, "SIMULATED"].map(str::to_owned).to_vec(),
            protocol: "SIMULATED ABDOMEN 3 PHASE".into(),
            kernel: "SIMULATED".into(),
            body_part: "ABDOMEN".into(),
            manufacturer: "Hepatica".into(),
            model: "Simulated abdomen".into(),
            slice_thickness_mm: thickness,
            number: plan.number.to_string(),
            date: DATE.into(),
            time: plan.time.into(),
            contrast_agent: plan.delay_s.map(|_| "Simulated iodine".to_owned()),
            contrast_phase: String::new(),
            delay_s: plan.delay_s,
        },
        kvp: Some(120.0),
        patient_position: "HFS".into(),
        comments: SIMULATED.into(),
        window: Some(if plan.phase.is_some() { (50.0, 250.0) } else { (0.0, 800.0) }),
    }
}

fn patient(spec: &PhantomSpec) -> Patient {
    Patient {
        name: format!("Simulated^Phantom {}", spec.seed),
        id: format!("SIMULATED-{}", spec.seed),
        sex: "O".into(),
        ..Patient::default()
    }
}

fn study(spec: &PhantomSpec) -> Study {
    Study {
        instance_uid: named_uid(&format!("{}/study", root_of(spec))),
        date: DATE.into(),
        time: SCOUT.time.into(),
        id: "SIMULATED".into(),
        description: "SIMULATED CT ABDOMEN".into(),
        ..Study::default()
    }
}

/// The scout: the portal venous volume seen from the front, the mean over the depth, as a coronal image with 1 mm rows.
fn scout_of(phantom: &Phantom) -> Result<Volume, PhantomError> {
    let Voxels::I16(voxels) = phantom.portal_venous.voxels() else {
        return Ok(phantom.portal_venous.clone());
    };
    let grid = phantom.portal_venous.geometry();
    let [columns, depth, slices] = grid.size();
    let [column_mm, _, slice_mm] = grid.spacing_mm();
    let origin = grid.origin();
    let top = origin[2] + (slices - 1) as f64 * slice_mm;
    let rows = (top - origin[2]).floor() as usize + 1;
    // What a ray meets, as the HU that the same matter would have spread over 250 mm.
    let mut met = ndarray::Array2::<f64>::zeros((slices, columns));
    let share = grid.spacing_mm()[1] / 250.0;
    for ((slice, _, column), &hu) in voxels.indexed_iter() {
        met[(slice, column)] += (f64::from(hu) + 1000.0).max(0.0) * share;
    }
    debug_assert!(depth > 0);
    let seen = Array3::from_shape_fn((1, rows, columns), |(_, row, column)| {
        let at = (slices - 1) as f64 - row as f64 / slice_mm;
        let below = (at.floor().max(0.0) as usize).min(slices - 1);
        let above = (below + 1).min(slices - 1);
        let t = at - below as f64;
        (met[(below, column)] * (1.0 - t) + met[(above, column)] * t - 1000.0).round() as i16
    });
    // Columns run to the patient's left, rows to the feet; the plane lies at the middle of the body.
    let steps = [[column_mm, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]];
    let geometry = Geometry::new([columns, rows, 1], [origin[0], 0.0, top], steps)?;
    Ok(Volume::new(geometry, Voxels::I16(seen))?)
}

/// Both segmentations, drawn on the portal venous series.
fn write_truth(phantom: &Phantom, paths: &StudyPaths, force: bool) -> Result<(), PhantomError> {
    let folder = paths.truth.parent().unwrap_or(Path::new(".")).to_owned();
    std::fs::create_dir_all(&folder).map_err(|cause| FileError::Io { path: folder, cause })?;
    let source = seg_source(phantom);
    let options = |number: u16, description: &str, voi: VoiSegment| SegOptions {
        series_description: description.to_owned(),
        series_number: number,
        creator: String::new(),
        drawn_by: DrawnBy::Algorithm("Simulation".into()).all(),
        voi,
        identity: Some(identity(&phantom.spec, number)),
    };
    let voi = options(5, "SIMULATED TRUTH: VOI BY THE PROTOCOL", VoiSegment::OfLabels);
    seg::write(&paths.truth, &phantom.truth, &source, &voi, force)?;
    let bits = phantom.whole_liver.inside().mapv(|inside| if inside { Label::Liver.bit() } else { 0 });
    let liver = LabelMap::from_bits(*phantom.whole_liver.geometry(), bits).map_err(PhantomError::Truth)?;
    let whole = options(6, "SIMULATED TRUTH: WHOLE LIVER", VoiSegment::None);
    seg::write(&paths.whole_liver, &liver, &source, &whole, force)?;
    Ok(())
}

fn identity(spec: &PhantomSpec, number: u16) -> SegIdentity {
    let root = format!("{}/truth/{number}", root_of(spec));
    SegIdentity {
        sop_instance_uid: named_uid(&format!("{root}/instance")),
        series_instance_uid: named_uid(&format!("{root}/series")),
        dimension_organization_uid: named_uid(&format!("{root}/dimensions")),
        date: DATE.into(),
        time: "101500".into(),
    }
}

/// The portal venous series as a segmentation must know it; the same as reading its files back gives.
fn seg_source(phantom: &Phantom) -> SegSource {
    let header = header(&phantom.spec, &PORTAL_VENOUS);
    let images = (0..phantom.portal_venous.geometry().size()[2]).map(|slice| SourceImage {
        sop_instance_uid: header.sop_instance_uid(slice),
        frame: None,
        position_mm: None,
    });
    SegSource {
        images: images.collect(),
        patient_name: header.patient.name.clone(),
        patient_id: header.patient.id.clone(),
        patient_sex: header.patient.sex.clone(),
        study_instance_uid: header.study.instance_uid.clone(),
        study_date: header.study.date.clone(),
        study_time: header.study.time.clone(),
        study_id: header.study.id.clone(),
        study_description: header.study.description.clone(),
        frame_of_reference_uid: header.frame_of_reference_uid.clone(),
        series_instance_uid: header.series_instance_uid.clone(),
        sop_class_uid: dicom_dictionary_std::uids::CT_IMAGE_STORAGE.into(),
        slice_thickness_mm: header.acquisition.slice_thickness_mm,
        ..SegSource::default()
    }
}
