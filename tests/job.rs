//! The requests of the window, on threads as the window runs them: a series is found, opened and shown while it opens.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hepatica::base::Progress;
use hepatica::case::Identity;
use hepatica::dicom::{Acquisition, CtHeader, DicomError, load, scan, write_ct};
use hepatica::job::{Job, JobError, Latest, OpenSeries, ScanFiles, SliceGrid};
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;

/// A folder beside the repository, or `None` with a line that says which test is skipped.
fn shared(test: &str, folder: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if !shared.exists() {
        println!("skipped: {test}: ../shared is absent");
        return None;
    }
    Some(shared.join(folder))
}

#[test]
fn a_series_opens_on_a_thread_and_shows_its_middle_slice_meanwhile() {
    let test = "a_series_opens_on_a_thread_and_shows_its_middle_slice_meanwhile";
    let Some(folder) = shared(test, "reference/dicom/series/s01_base") else { return };
    let so_far = Latest::unwatched();
    let scan = Job::start(ScanFiles { inputs: vec![folder], so_far: so_far.clone() }, || {}).wait().unwrap();
    assert!(so_far.take().is_some_and(|scan| !scan.series.is_empty()));
    let series = Arc::new(scan.series.into_iter().find(|series| series.is_volume()).unwrap());

    let woken = Arc::new(AtomicUsize::new(0));
    let counter = woken.clone();
    let preview = Latest::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let request = OpenSeries { series: series.clone(), grid: SliceGrid::Acquired, preview: preview.clone() };
    let opened = Job::start(request, || {}).wait().unwrap();
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    let preview = preview.take().unwrap();
    let (whole, alone) = (opened.volume.geometry(), preview.volume.geometry());
    let middle = whole.size()[2] / 2;
    assert_eq!(whole.patient_from_voxel([3.0, 4.0, middle as f64]), alone.patient_from_voxel([3.0, 4.0, 0.0]));
    assert_eq!(opened.volume.voxels().at((middle, 4, 3)), preview.volume.voxels().at((0, 4, 3)));
    assert_eq!(Identity::of(&series).patient_id, series.patient.id);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let inputs = vec![PathBuf::from("no such folder")];
    let error = Job::start(ScanFiles { inputs, so_far: Latest::unwatched() }, || {}).wait().unwrap_err();
    assert!(matches!(error, JobError::Failed(_)) && error.to_string().contains("no such folder"), "{error}");
}

#[test]
fn a_tilted_series_with_a_gap_opens_where_the_whole_one_opens() {
    let test = "a_tilted_series_with_a_gap_opens_where_the_whole_one_opens";
    let Some(folder) = shared(test, "reference/dicom/series/s06_tilt15") else { return };
    let open = |folder: PathBuf| {
        let series = scan(&[folder], &Progress::new(), &|_| {}).unwrap().series.remove(0);
        let request =
            OpenSeries { series: Arc::new(series), grid: SliceGrid::Interpolated, preview: Latest::unwatched() };
        Job::start(request, || {}).wait().unwrap().volume
    };
    let gapped = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), gapped.path().join(file.file_name())).unwrap();
    }
    let first = scan(std::slice::from_ref(&folder), &Progress::new(), &|_| {}).unwrap().series.remove(0);
    let missing = Path::new(&first.frames[4].file.name).file_name().unwrap();
    std::fs::remove_file(gapped.path().join(missing)).unwrap();
    let (whole, gapped) = (open(folder), open(gapped.path().to_owned()));
    assert_eq!(gapped.geometry().same_grid(whole.geometry()), Ok(()));
    let (slices, rows, columns) = whole.voxels().shape();
    for index in (0..slices).flat_map(|k| (0..rows).flat_map(move |j| (0..columns).map(move |i| (k, j, i)))) {
        if index.0 != 4 {
            assert_eq!(gapped.is_padding(index), whole.is_padding(index), "{index:?}");
            let (ours, wanted) = (gapped.voxels().at(index), whole.voxels().at(index));
            assert!((ours - wanted).abs() < ROUNDED_POSITION_HU, "{index:?}: {ours} instead of {wanted}");
        }
    }
}

/// Slices' written positions differ from those of the exact grid by a thousandth of a pixel at most, across which neighbours differ
/// by 2000 HU at most.
const ROUNDED_POSITION_HU: f64 = 2.0;

/// Slices of the series that is cancelled: far more than are under way at any time.
const MANY: usize = 400;

#[test]
fn a_cancelled_load_finishes_only_the_slices_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Geometry::axial([64, 64, MANY], [0.0; 3], [1.0, 1.0, 1.0]).unwrap();
    let volume = Volume::new(grid, Voxels::I16(Array3::zeros(grid.shape()))).unwrap();
    let acquisition = Acquisition {
        modality: "CT".into(),
        image_type: ["ORIGINAL", "PRIMARY", "AXIAL"].map(str::to_owned).to_vec(),
        ..Acquisition::default()
    };
    let header = CtHeader {
        series_instance_uid: "1.2.826.0.1.3680043.10.1".into(),
        acquisition,
        patient_position: "HFS".into(),
        ..CtHeader::default()
    };
    write_ct(folder.path(), &volume, &header, false, &Progress::new()).unwrap();
    let scan = scan(&[folder.path().to_owned()], &Progress::new(), &|_| {}).unwrap();
    let (progress, decoded) = (Progress::new(), AtomicUsize::new(0));
    let result = load(&scan.series[0], &progress, &|_, _| {
        decoded.fetch_add(1, Ordering::Relaxed);
        progress.cancel();
    });
    assert!(matches!(result, Err(DicomError::Cancelled(_))), "{:?}", result.err());
    // Each thread may finish the slice that it is at.
    let decoded = decoded.into_inner();
    assert!(decoded <= rayon::current_num_threads() + 1, "{decoded} slices were decoded after cancelling");
}
