//! The requests of the window, on threads as the window runs them: a series is found, opened and shown while it opens.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hepatica::case::Identity;
use hepatica::job::{Job, JobError, Latest, OpenSeries, ScanFiles, SliceGrid};

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
    let middle = [3.0, 4.0, preview.slice as f64];
    assert_eq!(preview.slice, whole.size()[2] / 2);
    assert_eq!(whole.patient_from_voxel(middle), alone.patient_from_voxel([3.0, 4.0, 0.0]));
    assert_eq!(opened.volume.voxels().at((preview.slice, 4, 3)), preview.volume.voxels().at((0, 4, 3)));
    assert_eq!(Identity::of(&series).patient_id, series.patient.id);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let inputs = vec![PathBuf::from("no such folder")];
    let error = Job::start(ScanFiles { inputs, so_far: Latest::unwatched() }, || {}).wait().unwrap_err();
    assert!(matches!(error, JobError::Failed(_)) && error.to_string().contains("no such folder"), "{error}");
}
