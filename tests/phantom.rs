//! The simulated patient: written as DICOM and read back, plausible HU, correlated noise, and the same bytes every time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hepatica::base::Progress;
use hepatica::dicom::seg;
use hepatica::dicom::{load, scan};
use hepatica::phantom::{Phantom, PhantomSpec, StudyPaths, simulate, write_study};
use hepatica::volume::{Label, Volume, Voxels};
use ndarray::Array3;

fn small(seed: u64) -> PhantomSpec {
    PhantomSpec { seed, matrix: 96, ..PhantomSpec::default() }
}

fn made(spec: &PhantomSpec) -> Phantom {
    simulate(spec, &Progress::new()).unwrap()
}

fn hu(volume: &Volume) -> &Array3<i16> {
    let Voxels::I16(voxels) = volume.voxels() else { panic!("CT is i16") };
    voxels
}

fn written(phantom: &Phantom, folder: &Path) -> StudyPaths {
    write_study(phantom, folder, false, &Progress::new()).unwrap()
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt())
}

fn voi_values(phantom: &Phantom, volume: &Volume) -> Vec<f64> {
    let voi = phantom.truth.voi();
    voi.inside().iter().zip(hu(volume)).filter(|(inside, _)| **inside).map(|(_, &hu)| f64::from(hu)).collect()
}

#[test]
fn what_is_written_reads_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = made(&small(3));
    let paths = written(&phantom, folder.path());
    let found = scan(&[folder.path().to_owned()], &Progress::new(), &|_| {}).unwrap();
    for (path, volume) in [
        (&paths.native, &phantom.native),
        (&paths.arterial, &phantom.arterial),
        (&paths.portal_venous, &phantom.portal_venous),
    ] {
        let one = scan(std::slice::from_ref(path), &Progress::new(), &|_| {}).unwrap();
        assert_eq!(one.series.len(), 1, "{}", path.display());
        let series = &one.series[0];
        assert!(series.description.contains("SIMULATED") && series.patient.name.contains("Simulated"));
        let read = load(series, &Progress::new(), &|_, _| {}).unwrap().volume;
        assert_eq!(read.geometry().same_grid(volume.geometry()), Ok(()));
        assert_eq!(hu(&read), hu(volume));
    }
    let scores: Vec<_> = found.series.iter().filter(|series| series.is_volume()).collect();
    let best = scores.iter().max_by_key(|series| series.phase.points).unwrap();
    assert_eq!(best.description, "SIMULATED ABD PV 5.0", "{:?}", best.phase);
    let truth = seg::read(&paths.truth, phantom.portal_venous.geometry(), Some(&best.seg_source())).unwrap();
    assert_eq!(truth.label_map, phantom.truth);
}

#[test]
fn hu_of_the_liver_and_its_vessels_are_plausible_for_any_seed() {
    for seed in [1, 2, 77] {
        let phantom = made(&small(seed));
        // Means of thousands of voxels; the ranges are those of the table in docs/phantom.md, widened by partial volume.
        for (volume, low, high) in
            [(&phantom.native, 50.0, 60.0), (&phantom.arterial, 60.0, 75.0), (&phantom.portal_venous, 104.0, 118.0)]
        {
            let (mean, _) = mean_and_sd(&voi_values(&phantom, volume));
            assert!((low..high).contains(&mean), "seed {seed}: liver {mean}");
        }
        let ml = phantom.whole_liver.volume_ml();
        assert!((900.0..2200.0).contains(&ml), "seed {seed}: liver of {ml} mL");
        let caudate = phantom.truth.mask(Label::Caudate).volume_ml();
        assert!((8.0..80.0).contains(&caudate), "seed {seed}: caudate lobe of {caudate} mL");
        assert!(phantom.truth.voi().volume_ml() < ml);
        let vessels = phantom.truth.bits().iter().zip(hu(&phantom.portal_venous));
        let vessels: Vec<f64> =
            vessels.filter(|(bits, _)| **bits & Label::Vessel.bit() != 0).map(|(_, &hu)| f64::from(hu)).collect();
        let (mean, _) = mean_and_sd(&vessels);
        assert!((130.0..180.0).contains(&mean), "seed {seed}: vessels {mean}");
    }
}

#[test]
fn patients_with_neighbouring_seeds_share_no_noise() {
    let patients = [1, 2, 3].map(|seed| made(&small(seed)));
    // The corner of the field beyond skin and couch holds air and noise alone.
    let corner = |volume: &Volume| {
        let values: Vec<f64> = hu(volume).slice(ndarray::s![.., ..8, ..8]).iter().map(|&hu| f64::from(hu)).collect();
        let (mean, sd) = mean_and_sd(&values);
        values.iter().map(|value| (value - mean) / sd).collect::<Vec<f64>>()
    };
    let volumes = patients.iter().flat_map(|p| [&p.native, &p.arterial, &p.portal_venous]);
    let noises: Vec<Vec<f64>> = volumes.map(corner).collect();
    for (i, a) in noises.iter().enumerate() {
        for (j, b) in noises.iter().enumerate().skip(i + 1) {
            let correlation = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64;
            // 2880 pixels of noise that is correlated over few neighbours: a standard error of about 0.03.
            assert!(correlation.abs() < 0.15, "phases {i} and {j} of 9: {correlation}");
        }
    }
}

#[test]
fn heterogeneity_spreads_the_parenchyma_at_scales_beyond_the_noise() {
    let spread = |heterogeneity: f64| {
        let phantom = made(&PhantomSpec { heterogeneity, ..small(5) });
        let voi = phantom.truth.voi();
        let (slices, rows, columns) = voi.inside().dim();
        let mut means = Vec::new();
        // Means over 3 x 3 pixels of 4 mm: the scanner's noise is averaged away, the texture is not.
        for (k, i, j) in
            (0..slices).flat_map(|k| (0..rows - 3).flat_map(move |i| (0..columns - 3).map(move |j| (k, i, j))))
        {
            let block = ndarray::s![k, i..i + 3, j..j + 3];
            if i % 3 == 0 && j % 3 == 0 && voi.inside().slice(block).iter().all(|&inside| inside) {
                means.push(hu(&phantom.portal_venous).slice(block).iter().map(|&v| f64::from(v)).sum::<f64>() / 9.0);
            }
        }
        mean_and_sd(&means).1
    };
    let (quiet, loud) = (spread(0.0), spread(1.0));
    assert!(loud > 1.5 * quiet, "{quiet} against {loud}");
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let bytes_of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        pool.install(|| written(&made(&PhantomSpec { matrix: 48, ..small(9) }), folder.path()));
        let mut files = files_below(folder.path());
        files.sort();
        files
            .iter()
            .map(|file| (file.strip_prefix(folder.path()).unwrap().to_owned(), fs::read(file).unwrap()))
            .collect::<Vec<_>>()
    };
    assert!(bytes_of(1) == bytes_of(3), "files differ between one thread and three");
}

#[test]
fn an_earlier_study_is_replaced_only_when_forced() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = made(&PhantomSpec { matrix: 48, ..small(4) });
    written(&phantom, folder.path());
    assert!(write_study(&phantom, folder.path(), false, &Progress::new()).is_err());
    write_study(&phantom, folder.path(), true, &Progress::new()).unwrap();
}

#[test]
fn a_study_that_is_not_written_whole_leaves_no_folder_that_was_not_there() {
    let (made_for_it, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let phantom = made(&PhantomSpec { matrix: 48, ..small(4) });
    let cancelled = Progress::new();
    cancelled.cancel();
    let study = made_for_it.path().join("study");
    for folder in [study.as_path(), there.path()] {
        assert!(write_study(&phantom, folder, false, &cancelled).is_err());
    }
    assert!(!study.exists());
    assert!(there.path().is_dir() && fs::read_dir(there.path()).unwrap().next().is_none());
}

#[test]
fn dciodvfy_finds_no_error() {
    if Command::new("dciodvfy").arg("-version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "dciodvfy is absent, and in CI it must be there");
        println!("skipped: dciodvfy_finds_no_error: dciodvfy is absent");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = written(&made(&PhantomSpec { matrix: 48, ..small(4) }), folder.path());
    let one_of = |folder: &PathBuf| folder.join("CT0001.dcm");
    let files =
        [one_of(&paths.scout), one_of(&paths.native), one_of(&paths.portal_venous), paths.truth, paths.whole_liver];
    for file in files {
        let output = Command::new("dciodvfy").arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!said.lines().any(|line| line.starts_with("Error")), "{}: {said}", file.display());
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
