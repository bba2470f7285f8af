//! Segmentations and NIfTI files: what is written reads back the same, here and in other programs; what others wrote is read
//! right or refused with the reason; what was drawn on another grid is refused.

mod drawn;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dicom_dictionary_std::tags;
use hepatica::dicom::rtstruct;
use hepatica::dicom::seg::{self, DrawnBy, Meaning, SegError, SegOptions, SegSource, SourceImage, Unfit, VoiSegment};
use hepatica::exchange::{nifti, nrrd, snap_labels};
use hepatica::volume::{Geometry, Label, LabelMap, Mask, Structure, Volume, Voxels, bits_with_voi};
use ndarray::Array3;

use drawn::{axial, drawn_on, image, left_handed, oblique, shared, sheared, source_for};

/// NIfTI keeps its affine in 32-bit floats: 3e-5 mm at 500 mm.
const NIFTI_MM: f64 = 1e-4;

fn written(folder: &Path, map: &LabelMap) -> (PathBuf, SegSource) {
    let path = folder.join("seg.dcm");
    let source = source_for(map.geometry());
    let warnings = seg::write(&path, map, &source, &SegOptions::default(), false).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    (path, source)
}

// Segmentations: our own.

#[test]
fn a_segmentation_reads_back_with_every_overlap() {
    for grid in [axial(), oblique(), sheared(), left_handed()] {
        let folder = tempfile::tempdir().unwrap();
        let map = drawn_on(grid);
        let (path, source) = written(folder.path(), &map);
        let read = seg::read(&path, &grid, Some(&source)).unwrap();
        assert_eq!(read.label_map.bits(), map.bits());
        assert!(read.unassigned.is_empty());
        assert!(read.warnings.is_empty(), "{:?}", read.warnings);
        let voi = seg::segments(&path).unwrap().into_iter().find(|s| s.meaning() == Meaning::Voi).unwrap();
        assert_eq!(seg::read_segment(&path, voi.number, &grid, None).unwrap(), map.voi());
    }
}

#[test]
fn slices_that_are_not_quite_evenly_spaced_keep_their_own_positions() {
    let folder = tempfile::tempdir().unwrap();
    let map = drawn_on(axial());
    let mut source = source_for(map.geometry());
    for (k, image) in source.images.iter_mut().enumerate() {
        let [x, y, z] = map.geometry().patient_from_voxel([0.0, 0.0, k as f64]);
        let jitter = if k % 2 == 0 { 0.05 } else { -0.05 };
        image.position_mm = Some([x, y, z + jitter]);
    }
    let path = folder.path().join("seg.dcm");
    seg::write(&path, &map, &source, &SegOptions::default(), false).unwrap();
    assert_eq!(seg::read(&path, map.geometry(), Some(&source)).unwrap().label_map.bits(), map.bits());
    // Without the images' word for it, 0.05 mm is another grid.
    let refused = seg::read(&path, map.geometry(), None).unwrap_err().to_string();
    assert!(refused.contains("0.050 mm off"), "{refused}");
}

#[test]
fn slices_whose_small_deviations_add_up_read_back_where_they_were_drawn() {
    // Thin slices, each 0.01 mm nearer than the grid has it at first and farther later: up to 1.3 mm off, more than six slices.
    let grid = Geometry::axial([4, 3, 261], [0.0; 3], [1.0, 1.0, 0.2]).unwrap();
    let map = drawn_on(grid);
    let mut source = source_for(&grid);
    source.grid = Some(grid);
    for (k, image) in source.images.iter_mut().enumerate() {
        let drift = 0.01 * k.min(260 - k) as f64;
        let [x, y, z] = grid.patient_from_voxel([0.0, 0.0, k as f64]);
        image.position_mm = Some([x, y, z - drift]);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seg.dcm");
    seg::write(&path, &map, &source, &SegOptions::default(), false).unwrap();
    assert_eq!(seg::read(&path, &grid, Some(&source)).unwrap().label_map.bits(), map.bits());
}

#[test]
fn labels_on_interpolated_slices_are_not_written_as_the_series_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seg.dcm");
    // A tilted series: its images lean, and the upright grid has as many slices.
    let acquired = sheared();
    let [rows, columns, step] = acquired.steps();
    let upright = Geometry::new([12, 17, 8], acquired.origin(), [rows, columns, [0.0, 0.0, step[2]]]).unwrap();
    let mut source = source_for(&acquired);
    source.grid = Some(acquired);
    let refused = seg::write(&path, &drawn_on(upright), &source, &SegOptions::default(), false).unwrap_err();
    assert!(
        matches!(refused, SegError::Unfit(Unfit::OtherSlices { .. })) && refused.to_string().contains("12 x 17 x 8"),
        "{refused}"
    );
    // A series that makes no grid has places of its images alone.
    source.grid = None;
    for (k, image) in source.images.iter_mut().enumerate() {
        image.position_mm = Some(acquired.patient_from_voxel([0.0, 0.0, k as f64]));
    }
    let refused = seg::write(&path, &drawn_on(upright), &source, &SegOptions::default(), false).unwrap_err();
    assert!(refused.to_string().contains("slice 2 lies 0.67 mm off its image"), "{refused}");
    assert!(!path.exists());
    seg::write(&path, &drawn_on(acquired), &source, &SegOptions::default(), false).unwrap();
}

#[test]
fn every_segment_on_every_slice_of_a_long_series_reads_back() {
    // 953 slices with liver, vessel, lesion, caudate lobe and VOI: 4765 frames.
    let grid = Geometry::axial([3, 2, 953], [0.0; 3], [1.0; 3]).unwrap();
    let bits = Array3::from_shape_fn(grid.shape(), |(_, j, i)| {
        let extra = [0, Label::Vessel.bit(), Label::Lesion.bit(), Label::Caudate.bit(), 0, 0][3 * j + i];
        Label::Liver.bit() | extra
    });
    let map = LabelMap::from_bits(grid, bits).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, source) = written(folder.path(), &map);
    assert_eq!(seg::segments(&path).unwrap().len(), 5);
    assert_eq!(seg::read(&path, &grid, Some(&source)).unwrap().label_map, map);
}

#[test]
fn labels_without_voxels_make_no_segments_and_nothing_drawn_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seg.dcm");
    let mut map = LabelMap::empty(axial());
    let source = source_for(map.geometry());
    let refused = seg::write(&path, &map, &source, &SegOptions::default(), false);
    assert!(matches!(refused, Err(SegError::Unfit(Unfit::NothingDrawn))));
    assert!(!path.exists());
    map.bits_mut()[(4, 5, 6)] = Label::Vessel.bit();
    seg::write(&path, &map, &source, &SegOptions::default(), false).unwrap();
    let names: Vec<String> = seg::segments(&path).unwrap().into_iter().map(|s| s.label).collect();
    assert_eq!(names, ["Vessel"]);
    assert_eq!(seg::read(&path, map.geometry(), Some(&source)).unwrap().label_map, map);
}

#[test]
fn a_file_that_exists_is_replaced_only_when_forced() {
    let folder = tempfile::tempdir().unwrap();
    let map = drawn_on(axial());
    let (path, source) = written(folder.path(), &map);
    let before = fs::read(&path).unwrap();
    let refused = seg::write(&path, &map, &source, &SegOptions::default(), false).unwrap_err().to_string();
    assert!(refused.contains("exists already"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before);
    seg::write(&path, &map, &source, &SegOptions::default(), true).unwrap();
    let labels = folder.path().join("labels.nii.gz");
    nifti::write_label_map(&labels, &map, false).unwrap();
    assert!(nifti::write_label_map(&labels, &map, false).is_err());
    assert!(nifti::write_label_map(&labels, &map, true).is_ok());
}

#[test]
fn a_series_without_identifiers_gets_a_segmentation_with_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seg.dcm");
    let map = drawn_on(axial());
    let source = SegSource { images: vec![SourceImage::default(); 9], ..SegSource::default() };
    let warnings = seg::write(&path, &map, &source, &SegOptions::default(), false).unwrap();
    assert_eq!(warnings.iter().count(), 3, "{warnings:?}");
    assert_eq!(seg::read(&path, map.geometry(), Some(&source)).unwrap().label_map, map);
    let too_few = SegSource { images: vec![SourceImage::default(); 8], ..SegSource::default() };
    let refused = seg::write(&path, &map, &too_few, &SegOptions::default(), true);
    assert!(matches!(refused, Err(SegError::Unfit(Unfit::OtherSeries { slices: 9, images: 8 }))));
}

#[test]
fn a_segmentation_of_another_grid_is_refused_and_the_difference_named() {
    let folder = tempfile::tempdir().unwrap();
    let grid = axial();
    let (path, source) = written(folder.path(), &drawn_on(grid));
    let (origin, [x, y, z]) = (grid.origin(), grid.steps());
    let moved = |by: [f64; 3]| Geometry::new(grid.size(), [0, 1, 2].map(|a| origin[a] + by[a]), [x, y, z]).unwrap();
    let cases = [
        (Geometry::new([13, 11, 4], origin, [x, y, z]).unwrap(), "behind the last of the image's 4 slices"),
        (Geometry::new([11, 13, 9], origin, [x, y, z]).unwrap(), "13 x 11 voxels a slice against 11 x 13"),
        (moved([0.35, 0.0, 0.0]), "0.350 mm off"),
        (moved([0.0, 0.0, 1.25]), "1.250 mm off"),
        (moved([0.0, 0.0, 400.0]), "before the first"),
        (moved([0.0, 0.01, 0.0]), "0.010 mm off"),
        (Geometry::axial(grid.size(), origin, [0.8, 0.8, 2.5]).unwrap(), "voxels are 0.7 x 0.8 mm"),
        (Geometry::axial(grid.size(), origin, [0.7, 0.8, 2.4]).unwrap(), "mm off"),
        (Geometry::new(grid.size(), origin, [x.map(|a| -a), y, z]).unwrap(), "rows run along (1.0000, 0.0000, 0.0000)"),
        (Geometry::new(grid.size(), origin, [[0.0, 0.7, 0.0], [0.8, 0.0, 0.0], z]).unwrap(), "rows run along"),
    ];
    for (other, reason) in cases {
        let refused = seg::read(&path, &other, None).unwrap_err();
        assert!(matches!(refused, SegError::OtherGrid { .. }), "{refused}");
        assert!(refused.to_string().contains(reason), "{refused}");
        assert!(seg::read_segment(&path, 1, &other, None).is_err());
    }
    let elsewhere = SegSource { frame_of_reference_uid: "2.25.7".to_owned(), ..source.clone() };
    let refused = seg::read(&path, &grid, Some(&elsewhere)).unwrap_err().to_string();
    assert!(refused.contains("frame of reference is 2.25.1002, the image's 2.25.7"), "{refused}");
    let other_phase = SegSource { series_instance_uid: "2.25.8".to_owned(), ..source };
    let warned = seg::read(&path, &grid, Some(&other_phase)).unwrap().warnings;
    assert_eq!(warned.iter().collect::<Vec<_>>(), ["the segmentation was drawn on another series of the same grid"]);
}

// Segmentations: other people's.

/// Grid and identifiers of a folder of single-frame images, in the order of their positions.
fn series_of(folder: &Path) -> (Geometry, SegSource) {
    let mut images = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let object = dicom_object::open_file(entry.unwrap().path()).unwrap();
        let numbers = |tag| object.element(tag).unwrap().to_multi_float64().unwrap();
        let text = |tag| object.element(tag).unwrap().to_str().unwrap().trim_matches([' ', '\0']).to_owned();
        let side = |tag| object.element(tag).unwrap().to_int::<usize>().unwrap();
        let position = numbers(tags::IMAGE_POSITION_PATIENT);
        let plane = (numbers(tags::IMAGE_ORIENTATION_PATIENT), numbers(tags::PIXEL_SPACING));
        let size = [side(tags::COLUMNS), side(tags::ROWS)];
        let uids = [tags::SOP_INSTANCE_UID, tags::SERIES_INSTANCE_UID, tags::FRAME_OF_REFERENCE_UID].map(text);
        images.push((position, plane, size, uids));
    }
    let (_, (o, spacing), [columns, rows], [_, series, frame_of_reference]) = images[0].clone();
    let normal = [o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]];
    let along = |position: &[f64]| position.iter().zip(&normal).map(|(a, b)| a * b).sum::<f64>();
    images.sort_by(|a, b| along(&a.0).total_cmp(&along(&b.0)));
    let n = images.len();
    let origin: [f64; 3] = images[0].0.clone().try_into().unwrap();
    let last = &images[n - 1].0;
    let steps = [
        [0, 1, 2].map(|a| o[a] * spacing[1]),
        [3, 4, 5].map(|a| o[a] * spacing[0]),
        [0, 1, 2].map(|a| (last[a] - origin[a]) / (n - 1) as f64),
    ];
    let source = SegSource {
        series_instance_uid: series,
        frame_of_reference_uid: frame_of_reference,
        images: images.iter().map(|(_, _, _, [uid, ..])| image(uid)).collect(),
        ..SegSource::default()
    };
    (Geometry::new([columns, rows, n], origin, steps).unwrap(), source)
}

/// The reference liver: slices 2-7, rows 5-14, columns 6-17.
fn reference_liver((k, j, i): (usize, usize, usize)) -> bool {
    (2..8).contains(&k) && (5..15).contains(&j) && (6..18).contains(&i)
}

/// The reference lesion: slices 4-5, rows 8-10, columns 9-11.
fn reference_lesion((k, j, i): (usize, usize, usize)) -> bool {
    (4..6).contains(&k) && (8..11).contains(&j) && (9..12).contains(&i)
}

#[test]
fn reference_masks_of_other_programs_read_as_they_were_made() {
    let Some(folder) = shared("reference masks", "reference/dicom") else { return };
    let (grid, source) = series_of(&folder.join("series/s01_base"));
    // Name of the object, whether the lesion is in it, and whether it is cut out of the liver (one number a voxel).
    let cases = [
        ("hd_binary", true, false),
        ("hd_binary_keepempty", false, false),
        ("hd_binary_liveronly", false, false),
        ("hd_labelmap", true, true),
        ("hd_labelmap_rle", true, true),
    ];
    for (name, has_lesion, cut_out) in cases {
        let path = folder.join("masks").join(name).with_extension("dcm");
        let read = seg::read(&path, &grid, Some(&source)).unwrap_or_else(|error| panic!("{error}"));
        let expected = Array3::from_shape_fn(grid.shape(), |at| {
            let lesion = has_lesion && reference_lesion(at);
            let liver = reference_liver(at) && !(cut_out && lesion);
            u8::from(liver) * Label::Liver.bit() + u8::from(lesion) * Label::Lesion.bit()
        });
        assert_eq!(read.label_map.bits(), expected, "{name}");
        assert!(read.warnings.is_empty(), "{name}: {:?}", read.warnings);
    }
    let fractional = seg::read(&folder.join("masks/hd_fractional.dcm"), &grid, Some(&source)).unwrap_err().to_string();
    assert!(fractional.contains("a fractional segmentation: its voxels have probabilities"), "{fractional}");
    let image = folder.join("series/s01_base/IM0000.dcm");
    let refused = seg::read(&image, &grid, None).unwrap_err().to_string();
    assert!(refused.contains("not a DICOM segmentation (Modality \"CT\""), "{refused}");
}

#[test]
fn reference_bits_are_packed_and_unpacked_like_other_programs_do() {
    let Some(path) = shared("reference bits", "reference/dicom/masks/bitpack_3x3x3.dcm") else { return };
    let theirs =
        dicom_object::open_file(&path).unwrap().element(tags::PIXEL_DATA).unwrap().to_bytes().unwrap().into_owned();
    assert_eq!(theirs, [0xff, 0x71, 0x56, 0x01]);
    // Their frames run from the highest slice down.
    let grid = Geometry::new([3, 3, 3], [-100.0, -80.0, -295.0], [[0.7, 0.0, 0.0], [0.0, 0.8, 0.0], [0.0, 0.0, -2.5]]);
    let map = seg::read(&path, &grid.unwrap(), None).unwrap().label_map;
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours.dcm");
    let options = SegOptions { voi: VoiSegment::None, ..SegOptions::default() };
    seg::write(&ours, &map, &source_for(map.geometry()), &options, false).unwrap();
    let ours =
        dicom_object::open_file(&ours).unwrap().element(tags::PIXEL_DATA).unwrap().to_bytes().unwrap().into_owned();
    assert_eq!(ours, theirs);
}

/// A label image written by ITK: attached header, gzip, one byte or two a voxel, LPS.
fn read_nrrd(path: &Path) -> (Geometry, Array3<u16>) {
    let raw = fs::read(path).unwrap();
    let end = raw.windows(2).position(|pair| pair == b"\n\n").unwrap();
    let header = String::from_utf8(raw[..end].to_vec()).unwrap();
    let field = |name: &str| header.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap();
    let numbers = |text: &str| -> Vec<f64> {
        text.split(|c: char| " (),".contains(c)).filter(|part| !part.is_empty()).map(|n| n.parse().unwrap()).collect()
    };
    assert_eq!((field("encoding"), field("space")), ("gzip", "left-posterior-superior"));
    let size: Vec<usize> = numbers(field("sizes")).iter().map(|&n| n as usize).collect();
    let steps = numbers(field("space directions"));
    let origin = numbers(field("space origin")).try_into().unwrap();
    let steps = [0, 3, 6].map(|a| [steps[a], steps[a + 1], steps[a + 2]]);
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&raw[end + 2..]).read_to_end(&mut bytes).unwrap();
    let values: Vec<u16> = match bytes.len() / (size[0] * size[1] * size[2]) {
        1 => bytes.iter().map(|&byte| u16::from(byte)).collect(),
        2 => bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
        n => panic!("{n} bytes a voxel"),
    };
    let grid = Geometry::new([size[0], size[1], size[2]], origin, steps).unwrap();
    (grid, Array3::from_shape_vec(grid.shape(), values).unwrap())
}

#[test]
fn a_real_liver_segmentation_equals_the_image_it_came_from() {
    let Some(folder) = shared("real liver segmentation", "data/dcmqi/data/segmentations") else { return };
    let (grid, source) = series_of(&folder.join("ct-3slice"));
    let read = seg::read(&folder.join("liver.dcm"), &grid, Some(&source)).unwrap_or_else(|error| panic!("{error}"));
    let (nrrd_grid, expected) = read_nrrd(&folder.join("liver_seg.nrrd"));
    assert_eq!(nrrd_grid.same_grid(&grid), Ok(()));
    let liver = read.label_map.mask(Label::Liver);
    assert!(liver.count() > 1000);
    assert_eq!(liver.inside(), expected.mapv(|value| value != 0));
    // Overlapping segments that stand for no label: each is read when it is chosen by number.
    let overlaps = folder.join("partial_overlaps.dcm");
    let contents = seg::read(&overlaps, &grid, Some(&source)).unwrap();
    let unassigned: Vec<u16> = contents.unassigned.iter().map(|segment| segment.number).collect();
    assert_eq!(unassigned, [1, 2, 3, 4], "the fifth is a vein");
    let first = seg::read_segment(&overlaps, 1, &grid, Some(&source)).unwrap();
    let second = seg::read_segment(&overlaps, 2, &grid, Some(&source)).unwrap();
    assert!(first.count() > 0 && second.count() > 0);
    let none = seg::read_segment(&overlaps, 9, &grid, Some(&source)).unwrap_err().to_string();
    assert!(none.contains("there is no segment 9; it has 1 \"GREEN\" (Tissue), 2 \"ORANGE\""), "{none}");
}

#[test]
fn frames_that_begin_within_a_byte_and_sparse_labelmaps_equal_the_images_they_came_from() {
    let Some(folder) = shared("dcmqi segmentations", "data/dcmqi/data/segmentations") else { return };
    let cases = [
        ("23x38x3/seg/label.seg", "23x38x3/nrrd/label.nrrd"),
        ("24x38x3/seg/label.seg", "24x38x3/nrrd/label.nrrd"),
        ("sparse-labelmap-noppv.dcm", "sparse_labelmap_noppv_seg.nrrd"),
        ("sparse-labelmap-ppv5.dcm", "sparse_labelmap_ppv5_seg.nrrd"),
    ];
    for (object, image) in cases {
        let (grid, expected) = read_nrrd(&folder.join(image));
        let liver = seg::read_segment(&folder.join(object), 1, &grid, None).unwrap_or_else(|error| panic!("{error}"));
        assert!(liver.count() > 0, "{object}");
        assert_eq!(liver.inside(), expected.mapv(|value| value == 1), "{object}");
    }
}

#[test]
fn fractional_objects_are_read_only_where_every_voxel_is_none_or_full() {
    let Some(folder) = shared("highdicom segmentations", "data/highdicom_seg/data/test_files") else { return };
    let grid = Geometry::axial([16, 16, 3], [-125.0, -128.100_006, 103.019_997], [0.488_281, 0.488_281, 1.25]).unwrap();
    let read = |name: &str, grid| seg::read_segment(&folder.join(name), 1, grid, None);
    let binary = read("seg_image_ct_binary.dcm", &grid).unwrap();
    let n_by_slice: Vec<usize> = binary.inside().outer_iter().map(|s| s.iter().filter(|&&x| x).count()).collect();
    assert_eq!(n_by_slice, [127, 256, 255]);
    assert_eq!(read("seg_image_ct_binary_fractional.dcm", &grid).unwrap(), binary);
    let refused = read("seg_image_ct_true_fractional.dcm", &grid).unwrap_err().to_string();
    assert!(refused.contains("say from which threshold on"), "{refused}");
    // Drawn on four slices, of which one lies far away.
    let refused = read("seg_image_ct_binary_overlap.dcm", &grid).unwrap_err().to_string();
    assert!(refused.contains("frame 1: it lies before the first of the image's 3 slices"), "{refused}");
    let on_radiograph = read("seg_image_cr_binary.dcm", &grid).unwrap_err().to_string();
    assert!(on_radiograph.contains("in a patient"), "{on_radiograph}");
}

// NIfTI.

fn volumes_on(grid: Geometry) -> Vec<Volume> {
    let value = |(k, j, i): (usize, usize, usize)| (100 * k + 10 * j + i) as i32 - 1000;
    let shape = grid.shape();
    let all = [
        Voxels::I16(Array3::from_shape_fn(shape, |at| value(at) as i16)),
        Voxels::I32(Array3::from_shape_fn(shape, |at| 1000 * value(at))),
        Voxels::F32(Array3::from_shape_fn(shape, |at| value(at) as f32 / 3.0)),
        Voxels::F64(Array3::from_shape_fn(shape, |at| f64::from(value(at)) / 3.0)),
    ];
    all.into_iter().map(|voxels| Volume::new(grid, voxels).unwrap()).collect()
}

#[test]
fn volumes_read_back_with_their_kind_of_numbers_and_their_place() {
    let folder = tempfile::tempdir().unwrap();
    for (g, grid) in [axial(), oblique(), sheared(), left_handed()].into_iter().enumerate() {
        for (v, volume) in volumes_on(grid).into_iter().enumerate() {
            for ending in ["nii", "nii.gz"] {
                let path = folder.path().join(format!("{g}{v}.{ending}"));
                nifti::write_volume(&path, &volume, false).unwrap();
                let read = nifti::read_volume(&path).unwrap();
                assert_eq!(read.volume.voxels(), volume.voxels());
                assert_eq!(read.volume.geometry().same_grid(&grid), Ok(()));
                assert!(read.warnings.is_empty(), "{:?}", read.warnings);
                let compressed = fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]);
                assert_eq!(compressed, ending == "nii.gz");
            }
        }
    }
}

#[test]
fn an_independent_reader_finds_the_same_voxels_and_affine() {
    use ::nifti::{InMemNiftiObject, IntoNdArray, NiftiObject};
    let folder = tempfile::tempdir().unwrap();
    let grid = oblique();
    let Some(volume) = volumes_on(grid).into_iter().next() else { panic!("no volume") };
    let path = folder.path().join("v.nii.gz");
    nifti::write_volume(&path, &volume, false).unwrap();
    let object = ::nifti::ReaderOptions::new().read_file(&path).unwrap();
    let object: InMemNiftiObject = object;
    let header = object.header().clone();
    let array = object.into_volume().into_ndarray::<i16>().unwrap();
    for ((i, j, k), at) in [((0, 0, 0), [0.0; 3]), ((11, 9, 7), [11.0, 9.0, 7.0]), ((1, 2, 3), [1.0, 2.0, 3.0])] {
        assert_eq!(f64::from(array[[i, j, k]]), volume.voxels().at((k, j, i)));
        let row = |row: [f32; 4]| (0..3).map(|a| f64::from(row[a]) * at[a]).sum::<f64>() + f64::from(row[3]);
        let ras = [row(header.srow_x), row(header.srow_y), row(header.srow_z)];
        let [x, y, z] = grid.patient_from_voxel(at);
        for (a, b) in ras.into_iter().zip([-x, -y, z]) {
            assert!((a - b).abs() < NIFTI_MM, "{ras:?}");
        }
    }
}

#[test]
fn the_voi_survives_a_nifti_label_map() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.nii.gz");
    let map = drawn_on(oblique());
    nifti::write_label_map(&path, &map, false).unwrap();
    let read = nifti::read_label_map(&path, map.geometry()).unwrap().label_map;
    assert_eq!(read.voi(), map.voi());
    assert_eq!(nifti::read_mask(&path, Some(1), map.geometry()).unwrap().mask, map.voi());
    assert_eq!(read.count(Label::Caudate), map.count(Label::Caudate), "the highest number wins");
    let which = nifti::read_mask(&path, None, map.geometry()).unwrap_err().to_string();
    assert!(which.contains("holds the numbers 1, 2, 3, 4; say which one is wanted"), "{which}");
    let none = nifti::read_mask(&path, Some(7), map.geometry()).unwrap_err().to_string();
    assert!(none.contains("no voxel has the number 7"), "{none}");
    for outside in [0, -1] {
        let refused = nifti::read_mask(&path, Some(outside), map.geometry()).unwrap_err().to_string();
        assert!(refused.contains(&format!("{outside} is no label")), "{refused}");
    }
    let elsewhere = nifti::read_mask(&path, Some(1), &axial()).unwrap_err().to_string();
    assert!(elsewhere.contains("12 x 10 x 8 voxels against 13 x 11 x 9"), "{elsewhere}");
    let mask = folder.path().join("voi.nii.gz");
    nifti::write_mask(&mask, &map.voi(), false).unwrap();
    assert_eq!(nifti::read_mask(&mask, None, map.geometry()).unwrap().mask, map.voi());
}

#[test]
fn a_real_label_image_with_other_axes_lies_on_its_dicom_series() {
    let Some(folder) = shared("real label image", "data") else { return };
    // The DICOM grid of the series: rows run to the back, the image's rows to the front.
    let origin = [-249.511_718_75, -437.511_718_75, -804.5];
    let grid = Geometry::axial([512, 512, 20], origin, [0.976_562_5, 0.976_562_5, 2.0]).unwrap();
    let path = folder.join("ts_abdomen20_segmentation.nii.gz");
    let liver = nifti::read_mask(&path, Some(5), &grid).unwrap_or_else(|error| panic!("{error}")).mask;
    let raw = nifti::read_volume(&path).unwrap().volume;
    let own = raw.geometry();
    let mut n = 0;
    for ((k, j, i), inside) in liver.inside().indexed_iter() {
        let at =
            own.voxel_from_patient(grid.patient_from_voxel([i as f64, j as f64, k as f64])).map(|x| x.round() as usize);
        let there = raw.voxels().at((at[2], at[1], at[0])) == 5.0;
        assert_eq!(*inside, there);
        n += usize::from(there);
    }
    assert!(n > 100_000, "{n}");
}

#[test]
fn an_empty_label_map_shrinks_as_far_as_deflate_can_and_still_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.nii.gz");
    let grid = Geometry::axial([512, 512, 64], [0.0; 3], [1.0; 3]).unwrap();
    nifti::write_label_map(&path, &LabelMap::empty(grid), false).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 20_000);
    assert_eq!(nifti::read_label_map(&path, &grid).unwrap().label_map, LabelMap::empty(grid));
    let empty = nifti::read_mask(&path, None, &grid).unwrap_err().to_string();
    assert!(empty.contains("the mask is empty"), "{empty}");
}

/// Numbers that look random and are the same each time (Knuth's 64-bit congruential generator).
fn noise() -> impl FnMut() -> usize {
    let mut state = 1u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    }
}

#[test]
fn damaged_files_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let map = drawn_on(axial());
    let (segmentation, _) = written(folder.path(), &map);
    let labels = folder.path().join("labels.nii");
    nifti::write_label_map(&labels, &map, false).unwrap();
    let [structures, layered, names] = ["rt.dcm", "a.seg.nrrd", "damaged.label"].map(|name| folder.path().join(name));
    rtstruct::write(&structures, &map, &source_for(map.geometry()), &SegOptions::default(), false).unwrap();
    nrrd::write_segmentation(&layered, &map, &VoiSegment::OfLabels, false).unwrap();
    snap_labels::write(&names, &snap_labels::own(), false).unwrap();
    let originals = [segmentation, labels, structures, layered, names].map(|path| fs::read(path).unwrap());
    let path = folder.path().join("damaged");
    let mut next = noise();
    for _ in 0..400 {
        for original in &originals {
            let mut damaged = original.clone();
            for _ in 0..1 + next() % 8 {
                let at = next() % damaged.len().min(6000);
                damaged[at] = next() as u8;
            }
            if next().is_multiple_of(4) {
                damaged.truncate(next() % damaged.len());
            }
            fs::write(&path, damaged).unwrap();
            // Whatever comes of it, it comes as a value.
            let _ = seg::read(&path, map.geometry(), None);
            let _ = nifti::read_volume(&path);
            let _ = nifti::read_mask(&path, None, map.geometry());
            let _ = nifti::read_label_map(&path, map.geometry());
            let _ = nrrd::read(&path, map.geometry());
            let _ = nrrd::segments(&path);
            let _ = rtstruct::read(&path, map.geometry(), None);
            let _ = snap_labels::read(&path);
        }
    }
}

/// A NIfTI-1 header with the given changes at byte offsets, and voxels behind it.
fn nifti_bytes(changes: &[(usize, &[u8])], voxels: &[u8]) -> Vec<u8> {
    let mut raw = vec![0; 352];
    let mut put = |offset: usize, bytes: &[u8]| raw[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(0, &348i32.to_le_bytes());
    for (n, side) in [3i16, 8, 8, 8, 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * n, &side.to_le_bytes());
    }
    put(70, &4i16.to_le_bytes());
    put(72, &16i16.to_le_bytes());
    (0..8).for_each(|n| put(76 + 4 * n, &1f32.to_le_bytes()));
    put(108, &352f32.to_le_bytes());
    put(254, &1i16.to_le_bytes());
    (0..3).for_each(|n| put(280 + 20 * n, &1f32.to_le_bytes()));
    put(344, b"n+1\0");
    changes.iter().for_each(|(offset, bytes)| put(*offset, bytes));
    raw.extend_from_slice(voxels);
    raw
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_broken_qform_beside_a_good_sform_is_a_warning_that_masks_keep() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.nii");
    let mut voxels = vec![0u8; 1024];
    voxels[0] = 1;
    // Both codes are 1, and the first part of the quaternion is 1.5.
    fs::write(&path, nifti_bytes(&[(252, &[1, 0]), (256, &1.5f32.to_le_bytes())], &voxels)).unwrap();
    let read = nifti::read_volume(&path).unwrap();
    let said: Vec<&str> = read.warnings.iter().collect();
    assert_eq!(said, ["the header's qform is unusable (its quaternion is not a rotation); the sform was taken"]);
    let mask = nifti::read_mask(&path, Some(1), read.volume.geometry()).unwrap();
    assert_eq!(mask.warnings, read.warnings);
    assert_eq!(mask.mask.inside().iter().filter(|inside| **inside).count(), 1);
}

#[test]
fn headers_that_lie_are_refused_with_the_reason() {
    let nan = f32::NAN.to_le_bytes();
    let huge = [3i16, 32767, 32767, 32767].map(i16::to_le_bytes).concat();
    let thousand = [3i16, 1024, 1024, 1024].map(i16::to_le_bytes).concat();
    let four = [4i16, 8, 8, 8, 2].map(i16::to_le_bytes).concat();
    let voxels = [0u8; 1024];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("dims", nifti_bytes(&[(40, &huge)], &voxels), "claims 32767 x 32767 x 32767 voxels"),
        (
            "bomb",
            gzipped(&nifti_bytes(&[(40, &thousand)], &[0; 1 << 20])),
            "too short for the 1024 x 1024 x 1024 voxels",
        ),
        ("negative", nifti_bytes(&[(42, &(-8i16).to_le_bytes())], &voxels), "a side of -8 voxels"),
        ("zero", nifti_bytes(&[(44, &[0, 0])], &voxels), "a side of 0 voxels"),
        ("dim0", nifti_bytes(&[(40, &9i16.to_le_bytes())], &voxels), "claims 9 dimensions"),
        ("four", nifti_bytes(&[(40, &four)], &voxels), "2 images in one file"),
        ("offset", nifti_bytes(&[(108, &1e30f32.to_le_bytes())], &voxels), "outside the file"),
        ("offset_nan", nifti_bytes(&[(108, &nan)], &voxels), "outside the file"),
        ("offset_neg", nifti_bytes(&[(108, &(-5f32).to_le_bytes())], &voxels), "outside the file"),
        ("nan", nifti_bytes(&[(280, &nan)], &voxels), "sform is unusable"),
        ("flat", nifti_bytes(&[(280, &[0; 4])], &voxels), "sform is unusable"),
        (
            "quaternion",
            nifti_bytes(&[(252, &[1, 0]), (254, &[0, 0]), (256, &9f32.to_le_bytes())], &voxels),
            "quaternion",
        ),
        ("scale", nifti_bytes(&[(112, &f32::INFINITY.to_le_bytes())], &voxels), "not finite"),
        ("colors", nifti_bytes(&[(70, &128i16.to_le_bytes())], &voxels), "data type 128 is not read"),
        ("short", nifti_bytes(&[], &voxels[..1000]), "too short"),
        ("short_gz", gzipped(&nifti_bytes(&[], &voxels[..1000])), "end after 0 of 512"),
        ("pair", nifti_bytes(&[(344, b"ni1\0")], &voxels), "another file (.img)"),
        ("nifti2", nifti_bytes(&[(0, &540i32.to_le_bytes())], &voxels), "NIfTI-2"),
        ("magic", nifti_bytes(&[(344, b"abcd")], &voxels), "magic"),
        ("empty", Vec::new(), "shorter than a header"),
        ("text", b"hello ".repeat(100), "does not begin with"),
        ("half_gz", gzipped(&nifti_bytes(&[], &voxels))[..40].to_vec(), "header"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, reason) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let refused = nifti::read_volume(&path).unwrap_err().to_string();
        assert!(refused.contains(reason), "{name}: {refused}");
    }
    let path = folder.path().join("good");
    fs::write(&path, nifti_bytes(&[], &voxels)).unwrap();
    assert_eq!(nifti::read_volume(&path).unwrap().volume.geometry().size(), [8, 8, 8]);
}

#[test]
fn scale_and_byte_order_are_applied_and_integers_stay_integers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.nii");
    let scale = |slope: f32, offset: f32| [slope.to_le_bytes(), offset.to_le_bytes()].concat();
    let read = |raw: Vec<u8>| {
        fs::write(&path, raw).unwrap();
        nifti::read_volume(&path).unwrap().volume.voxels().clone()
    };
    let stored: Vec<u8> = (0..512i16).flat_map(i16::to_le_bytes).collect();
    let moved = read(nifti_bytes(&[(112, &scale(1.0, -1024.0))], &stored));
    assert_eq!((moved.is_integer(), moved.at((0, 0, 3))), (true, -1021.0));
    let halved = read(nifti_bytes(&[(112, &scale(0.5, 1.0))], &stored));
    assert!(matches!(halved, Voxels::F32(_)));
    assert_eq!(halved.at((0, 1, 1)), 5.5);
    let large: Vec<u8> = (0..512u16).flat_map(|v| (v + 65_000).to_le_bytes()).collect();
    let unsigned = read(nifti_bytes(&[(70, &512i16.to_le_bytes())], &large));
    assert!(matches!(unsigned, Voxels::I32(_)));
    assert_eq!(unsigned.at((0, 0, 1)), 65_001.0);
    let mut swapped = nifti_bytes(&[], &stored);
    let fields = [(0, 4), (108, 4), (112, 4), (116, 4)].into_iter();
    let fields = fields.chain((0..16).map(|n| (40 + 2 * n, 2))).chain((0..8).map(|n| (76 + 4 * n, 4)));
    let fields = fields.chain([(252, 2), (254, 2)]).chain((0..18).map(|n| (256 + 4 * n, 4)));
    for (offset, n) in fields.chain((0..512).map(|n| (352 + 2 * n, 2))) {
        swapped[offset..offset + n].reverse();
    }
    assert_eq!(read(swapped), read(nifti_bytes(&[], &stored)));
}

// Other programs.

/// The VOI with an edge margin: what of it lies in every second column.
fn smaller_voi(map: &LabelMap) -> VoiSegment {
    let mut inside = map.voi().inside().clone();
    inside.indexed_iter_mut().for_each(|((_, _, i), inside)| *inside &= i % 2 == 0);
    VoiSegment::Derived { region: Arc::new(Mask::new(*map.geometry(), inside).unwrap()), edge_margin_mm: 2.5 }
}

/// One folder a case, as scripts/check/masks.py wants it.
fn write_cases(root: &Path) {
    for (name, grid) in
        [("axial", axial()), ("oblique", oblique()), ("sheared", sheared()), ("left_handed", left_handed())]
    {
        let folder = root.join(name);
        fs::create_dir(&folder).unwrap();
        let map = drawn_on(grid);
        let source = source_for(&grid);
        let livewire = DrawnBy::HandWith("Hepatica livewire".to_owned());
        let options = SegOptions {
            creator: "Reader^One".to_owned(),
            drawn_by: BTreeMap::from([(Label::Liver, livewire)]),
            voi: smaller_voi(&map),
            ..SegOptions::default()
        };
        seg::write(&folder.join("seg.dcm"), &map, &source, &options, false).unwrap();
        rtstruct::write(&folder.join("rt.dcm"), &map, &source, &options, false).unwrap();
        nrrd::write_segmentation(&folder.join("labels.seg.nrrd"), &map, &options.voi, false).unwrap();
        nifti::write_label_map(&folder.join("labels.nii.gz"), &map, false).unwrap();
        let bits = bits_with_voi(&map, &options.voi).unwrap();
        fs::write(folder.join("bits.raw"), bits.iter().copied().collect::<Vec<u8>>()).unwrap();
        let real = name == "oblique";
        let volume = volumes_on(grid).swap_remove(if real { 2 } else { 0 });
        let raw: Vec<u8> = match volume.voxels() {
            Voxels::F32(voxels) => voxels.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Voxels::I16(voxels) => voxels.iter().flat_map(|v| v.to_le_bytes()).collect(),
            other => panic!("{other:?}"),
        };
        fs::write(folder.join("volume.raw"), raw).unwrap();
        nifti::write_volume(&folder.join("volume.nii.gz"), &volume, false).unwrap();
        let truth = serde_json::json!({
            "size": grid.size(),
            "affine": grid.affine(),
            "right_angles": grid.tilt_degrees() < 1e-6,
            "volume_type": if real { "<f4" } else { "<i2" },
            "sop_instance_uids": source.images.iter().map(|image| &image.sop_instance_uid).collect::<Vec<_>>(),
            "copied": {
                "PatientName": source.patient_name, "PatientID": source.patient_id, "PatientSex": source.patient_sex,
                "StudyInstanceUID": source.study_instance_uid, "StudyDate": source.study_date,
                "AccessionNumber": source.accession_number, "FrameOfReferenceUID": source.frame_of_reference_uid,
            },
            "creator": options.creator,
            "segments": Structure::ALL.into_iter().zip(1..).map(|(structure, number)| serde_json::json!({
                "number": number, "name": structure.name, "bit": structure.bit, "code": structure.property.0,
                "algorithm": match structure.label {
                    Some(Label::Liver) | None => "SEMIAUTOMATIC",
                    Some(_) => "MANUAL",
                },
            })).collect::<Vec<_>>(),
        });
        fs::write(folder.join("truth.json"), truth.to_string()).unwrap();
    }
}

#[test]
fn other_programs_read_what_is_written() {
    let Some(python) = std::env::var_os("HEPATICA_PYTHON") else {
        assert!(std::env::var_os("CI").is_none(), "HEPATICA_PYTHON is not set, and in CI it must be (scripts/test)");
        println!("skipped: other programs read what is written: HEPATICA_PYTHON is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    write_cases(folder.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/check/masks.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("4 cases compared, 0 differences"), "{said}");
}

#[test]
fn dciodvfy_finds_no_error_in_a_segmentation() {
    let folder = tempfile::tempdir().unwrap();
    write_cases(folder.path());
    for case in fs::read_dir(folder.path()).unwrap() {
        let path = case.unwrap().path().join("seg.dcm");
        let Ok(output) = Command::new("dciodvfy").arg(&path).output() else {
            assert!(std::env::var_os("CI").is_none(), "dciodvfy is not installed, and in CI it must be");
            println!("skipped: dciodvfy finds no error in a segmentation: dciodvfy is not installed");
            return;
        };
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("Segmentation"), "{said}");
        let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("Error")).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}
