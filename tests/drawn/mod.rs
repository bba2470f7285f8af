//! Label maps drawn on grids of every kind, and the series that they refer to, for tests that write them.

use std::path::{Path, PathBuf};

use hepatica::dicom::seg::{SegSource, SourceImage};
use hepatica::volume::{Geometry, Label, LabelMap};
use ndarray::Array3;

/// A path of the reference data; `None`, said by name, where they are absent.
pub fn shared(test: &str, path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if shared.is_dir() {
        return Some(shared.join(path));
    }
    println!("skipped: {test}: ../shared is absent");
    None
}

pub fn axial() -> Geometry {
    // 13 x 11 voxels a slice: 143 bits, so that every second frame begins within a byte.
    Geometry::axial([13, 11, 9], [-100.0, -80.25, -300.5], [0.7, 0.8, 2.5]).unwrap()
}

pub fn oblique() -> Geometry {
    // Rotated by 20 degrees about x, then 10 degrees about z.
    let (a, b) = (20f64.to_radians(), 10f64.to_radians());
    let along_row = [b.cos(), b.sin(), 0.0];
    let along_column = [-b.sin() * a.cos(), b.cos() * a.cos(), a.sin()];
    let normal = [b.sin() * a.sin(), -b.cos() * a.sin(), a.cos()];
    let scaled = |v: [f64; 3], by: f64| v.map(|x| x * by);
    let steps = [scaled(along_row, 0.7), scaled(along_column, 0.8), scaled(normal, 2.5)];
    Geometry::new([12, 10, 8], [-98.765_432_1, 41.234_567_8, -512.345_678_9], steps).unwrap()
}

pub fn sheared() -> Geometry {
    // 15 degrees of gantry tilt.
    let lean = 2.5 * 15f64.to_radians().tan();
    Geometry::new([12, 10, 8], [-100.0, -80.0, -300.0], [[0.7, 0.0, 0.0], [0.0, 0.8, 0.0], [0.0, lean, 2.5]]).unwrap()
}

pub fn left_handed() -> Geometry {
    Geometry::new([7, 6, 5], [10.0, 20.0, 30.0], [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, -1.5]]).unwrap()
}

/// Liver with a vessel, a lesion and a caudate lobe in it, a vessel outside, and a hole; nothing on the first and last slices.
pub fn drawn_on(grid: Geometry) -> LabelMap {
    let [columns, rows, slices] = grid.size();
    let bits = Array3::from_shape_fn(grid.shape(), |(k, j, i)| {
        let mut bits = 0;
        if k == 0 || k + 1 == slices {
            return bits;
        }
        if i > 0 && j > 0 && i + 2 < columns && j + 1 < rows && (i, j) != (3, 3) {
            bits |= Label::Liver.bit();
        }
        if (i + j + k) % 5 == 0 {
            bits |= Label::Vessel.bit();
        }
        if i == 2 && j == 2 && k % 2 == 1 {
            bits |= Label::Lesion.bit();
        }
        if j == 4 && k == 2 {
            bits |= Label::Caudate.bit();
        }
        bits
    });
    LabelMap::from_bits(grid, bits).unwrap()
}

pub fn source_for(grid: &Geometry) -> SegSource {
    SegSource {
        patient_name: "Müller^Jörg".to_owned(),
        patient_id: "PH001".to_owned(),
        patient_sex: "O".to_owned(),
        patient_age: "063Y".to_owned(),
        study_instance_uid: "2.25.1001".to_owned(),
        study_date: "20240105".to_owned(),
        study_time: "101500".to_owned(),
        study_id: "1".to_owned(),
        accession_number: "ACC001".to_owned(),
        study_description: "CT ABDOMEN".to_owned(),
        frame_of_reference_uid: "2.25.1002".to_owned(),
        series_instance_uid: "2.25.1003".to_owned(),
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".to_owned(),
        slice_thickness_mm: Some(3.0),
        images: (0..grid.size()[2]).map(|k| image(&format!("2.25.2{k:03}"))).collect(),
        ..SegSource::default()
    }
}

pub fn image(uid: &str) -> SourceImage {
    SourceImage { sop_instance_uid: uid.to_owned(), ..SourceImage::default() }
}
