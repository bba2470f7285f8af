//! Real images: every transfer syntax bit for bit, and series as scanners and archives left them.

use std::path::Path;

use hepatica::base::Progress;
use hepatica::dicom::phase::evidence::measure;
use hepatica::dicom::{Series, SeriesStatus, load_stack, scan, thumbnail};

use crate::{load_series, scan_path, shared};

/// How far the near-lossless JPEG-LS images may be from the original, as their README says.
const NEAR_LOSSLESS: f64 = 4.0;

/// HU of one image, decoded by way of a copy at three positions, since a volume has three slices at least.
fn image_hu(path: &Path) -> Result<Vec<f64>, String> {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(path).unwrap();
    let marker = [0x20, 0, 0x32, 0, b'D', b'S'];
    let at = bytes.windows(6).position(|window| window == marker).unwrap();
    let length = usize::from(u16::from_le_bytes([bytes[at + 6], bytes[at + 7]]));
    for k in 0..3 {
        let mut copy = bytes.clone();
        let position = format!("{:<length$}", format!("0\\0\\{}", k * 5));
        copy[at + 8..at + 8 + length].copy_from_slice(position.as_bytes());
        std::fs::write(folder.path().join(k.to_string()), copy).unwrap();
    }
    let scan = scan_path(folder.path());
    let series = scan.series.first().ok_or_else(|| format!("{:?}", scan.skipped))?;
    let stack = load_stack(series, &Progress::new()).map_err(|error| error.to_string())?;
    let (slices, rows, columns) = stack.voxels.shape();
    assert_eq!((slices, rows, columns), (3, 512, 512));
    let index = (0..slices).flat_map(|k| (0..rows).flat_map(move |j| (0..columns).map(move |i| (k, j, i))));
    Ok(index.map(|index| stack.voxels.at(index)).collect())
}

#[test]
fn nema_images_decode_bit_for_bit() {
    let Some(folder) = shared("nema_images_decode_bit_for_bit", "data/nema_ct") else { return };
    for image in ["CT1", "CT2"] {
        let original = image_hu(&folder.join(format!("{image}_UNC"))).unwrap();
        assert!(original.iter().any(|hu| *hu > 100.0), "{image} is empty");
        for coding in ["J2KR", "JLSL", "JPLL", "RLE"] {
            let decoded = image_hu(&folder.join(format!("{image}_{coding}"))).unwrap();
            assert!(decoded == original, "{image}_{coding} differs");
        }
        let near = image_hu(&folder.join(format!("{image}_JLSN"))).unwrap();
        let farthest = near.iter().zip(&original).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(farthest > 0.0 && farthest <= NEAR_LOSSLESS, "{image}_JLSN differs by {farthest}");
        assert_eq!(image_hu(&folder.join(format!("{image}_J2KI"))).unwrap().len(), original.len());
    }
}

/// Modality values of one image as the decoder of another crate gives them.
fn image_by_dicom_pixeldata(path: &Path) -> Vec<f64> {
    use dicom_pixeldata::PixelDecoder;
    let object = dicom_object::open_file(path).unwrap();
    let pixels = object.decode_pixel_data().unwrap();
    // What lies outside the field of view is shown as air here.
    pixels.to_vec::<f64>().unwrap().into_iter().map(|hu| hu.max(-1024.0)).collect()
}

#[test]
fn nema_images_decode_as_dicom_pixeldata_decodes_them() {
    let Some(folder) = shared("nema_images_decode_as_dicom_pixeldata_decodes_them", "data/nema_ct") else { return };
    for coding in ["UNC", "J2KR", "JLSL", "JPLL", "RLE"] {
        for image in ["CT1", "CT2"] {
            let path = folder.join(format!("{image}_{coding}"));
            // Ours are three copies of the image.
            let (ours, theirs) = (image_hu(&path).unwrap(), image_by_dicom_pixeldata(&path));
            assert_eq!(theirs.len(), 512 * 512);
            assert!(ours[..theirs.len()] == theirs, "{image}_{coding} differs");
        }
    }
}

fn only_series(path: &Path) -> Series {
    let mut scan = scan_path(path);
    assert_eq!(scan.series.len(), 1, "{:?}", scan.skipped);
    scan.series.remove(0)
}

#[test]
fn a_series_whose_uids_are_empty_strings_opens() {
    let Some(folder) = shared("a_series_whose_uids_are_empty_strings_opens", "data/ts_abdomen20") else { return };
    let series = only_series(&folder);
    assert_eq!(series.instance_uid, "");
    assert_eq!((series.frames.len(), series.size), (20, [512, 512]));
    assert_eq!(series.status, SeriesStatus::Usable);
    assert!((series.geometry.unwrap().slice_distance_mm() - 2.0).abs() < 1e-6);
    let loaded = load_series(&series);
    assert!(loaded.volume.voxels().is_integer());
    let picture = thumbnail(&series, 96).unwrap();
    assert_eq!((picture.width, picture.height), (96, 96));
    assert!(picture.grey.contains(&0) && picture.grey.iter().any(|&grey| grey > 128));
}

#[test]
fn real_series_open_and_contours_beside_them_are_named() {
    let Some(folder) = shared("real_series_open_and_contours_beside_them_are_named", "data") else { return };
    for (name, spacing) in [("sts001", None), ("ibsi_ct_phantom", Some(3.0))] {
        let scan = scan_path(&folder.join(name));
        let volumes: Vec<&Series> = scan.series.iter().filter(|series| series.is_volume()).collect();
        assert_eq!(volumes.len(), 1, "{name}: {:?}", scan.series.iter().map(|s| &s.status).collect::<Vec<_>>());
        let loaded = load_series(volumes[0]);
        if let Some(mm) = spacing {
            assert!((loaded.volume.geometry().slice_distance_mm() - mm).abs() < 1e-6, "{name}");
        }
        assert!(scan.skipped.iter().any(|file| file.reason.contains("RT structure set") && !file.damaged), "{name}");
    }
}

#[test]
fn odd_series_are_judged_and_not_guessed() {
    let Some(folder) = shared("odd_series_are_judged_and_not_guessed", "data/odd_series") else { return };
    for (name, says) in [
        ("gantrytilting/001", "gantry tilt of 14.00 degrees"),
        ("notavolume/001", "not a volume: different images at one position, 0.00 mm from the first"),
        ("sliceincrement/001", "not a volume: 1 slice is missing, after slice 3"),
        ("sliceincrement/002", "not a volume: 1 slice is missing, after slice 3"),
    ] {
        let series = only_series(&folder.join(name));
        assert_eq!((series.frames.len(), series.status.to_string().as_str()), (4, says), "{name}");
    }
}

#[test]
fn a_path_that_is_not_there_and_an_empty_folder_are_errors_that_name_it() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    for path in [gone, folder.path().to_owned()] {
        let error = scan(std::slice::from_ref(&path), &Progress::new(), &|_| {}).unwrap_err();
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn hu_of_a_contrast_scan_are_measured_or_their_lack_is_said() {
    let Some(folder) = shared("hu_of_a_contrast_scan_are_measured_or_their_lack_is_said", "data") else { return };
    let loaded = load_series(&only_series(&folder.join("ts_abdomen20")));
    let found = measure(&loaded.volume).unwrap();
    // Means over 13 x 13 and 9 x 9 pixels placed by hand: aorta 150 and 154, portal vein 139, liver 97 and 98 HU.
    assert!((140.0..165.0).contains(&found.aorta), "{found:?}");
    assert!((120.0..155.0).contains(&found.portal_vein), "{found:?}");
    assert!((85.0..110.0).contains(&found.liver), "{found:?}");
    let scan = scan_path(&folder.join("sts001"));
    let leg = scan.series.iter().find(|series| series.is_volume()).unwrap();
    assert!(measure(&load_series(leg).volume).is_err());
}
