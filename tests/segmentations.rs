//! Segmentations of other programs, one by one: DICOM SEG, NRRD, RTSTRUCT and ITK-SNAP's label descriptions; what is written reads
//! back, and nothing half-written is left where writing fails.

mod drawn;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use hepatica::base::{FileError, Progress};
use hepatica::dicom::seg::{self, DrawnBy, Fractions, Meaning, SegError, SegOptions, SegSource, Unfit, VoiSegment};
use hepatica::dicom::{self, Series, rtstruct};
use hepatica::exchange::{nifti, nrrd, snap_labels};
use hepatica::volume::{Geometry, Label, LabelMap, Mask};
use ndarray::Array3;

use drawn::{axial, drawn_on, left_handed, oblique, shared, sheared, source_for};

/// The only volume of a folder.
fn series_of(folder: &Path) -> (Geometry, Series) {
    let scan = dicom::scan(&[folder.to_owned()], &Progress::new(), &|_| {}).unwrap();
    let mut volumes = scan.series.into_iter().filter(Series::is_volume);
    let series = volumes.next().unwrap();
    assert!(volumes.next().is_none(), "{}: several volumes", folder.display());
    (series.geometry.unwrap(), series)
}

fn grids() -> [Geometry; 4] {
    [axial(), oblique(), sheared(), left_handed()]
}

/// The VOI with an edge margin: one voxel within the slice.
fn derived_voi(map: &LabelMap) -> VoiSegment {
    let voi = map.voi();
    let there = |k: usize, j: usize, i: usize| voi.inside().get((k, j, i)).is_some_and(|inside| *inside);
    let inside = Array3::from_shape_fn(voi.inside().dim(), |(k, j, i)| {
        i > 0
            && j > 0
            && [(j, i), (j - 1, i), (j + 1, i), (j, i - 1), (j, i + 1)].into_iter().all(|(j, i)| there(k, j, i))
    });
    let region = Mask::new(*map.geometry(), inside).unwrap();
    assert!(region.count() > 0 && region.count() < voi.count());
    VoiSegment::Derived { region: Arc::new(region), edge_margin_mm: 2.5 }
}

/// A reader who drew by hand, found vessels with help, and left the VOI to the protocol.
fn options(map: &LabelMap) -> SegOptions {
    SegOptions {
        creator: "Reader, One".to_owned(),
        drawn_by: BTreeMap::from([(Label::Vessel, DrawnBy::HandWith("Hepatica vesselness".to_owned()))]),
        voi: derived_voi(map),
        ..SegOptions::default()
    }
}

// DICOM SEG: what is written.

#[test]
fn each_segment_says_how_it_came_about_and_who_drew_it() {
    use dicom_dictionary_std::tags;
    let folder = tempfile::tempdir().unwrap();
    let map = drawn_on(axial());
    let path = folder.path().join("seg.dcm");
    seg::write(&path, &map, &source_for(map.geometry()), &options(&map), false).unwrap();
    let object = dicom_object::open_file(&path).unwrap();
    assert_eq!(object.element(tags::CONTENT_CREATOR_NAME).unwrap().to_str().unwrap(), "Reader^One");
    let items = object.element(tags::SEGMENT_SEQUENCE).unwrap().items().unwrap();
    let text = |item: &dicom_object::InMemDicomObject, tag| {
        item.element(tag).ok().map(|element| element.to_str().unwrap().into_owned())
    };
    let said: Vec<_> = items
        .iter()
        .map(|item| (text(item, tags::SEGMENT_ALGORITHM_TYPE).unwrap(), text(item, tags::SEGMENT_ALGORITHM_NAME)))
        .collect();
    let by_hand = ("MANUAL".to_owned(), None);
    let with = |name: &str| ("SEMIAUTOMATIC".to_owned(), Some(name.to_owned()));
    let expected =
        [by_hand.clone(), with("Hepatica vesselness"), by_hand.clone(), by_hand, with("Hepatica VOI by the protocol")];
    assert_eq!(said, expected);
    let voi = text(&items[4], tags::SEGMENT_DESCRIPTION).unwrap();
    assert!(voi.ends_with("shrunk by an edge margin of 2.5 mm"), "{voi}");
}

#[test]
fn a_derived_voi_reads_back_beside_the_labels() {
    for grid in grids() {
        let folder = tempfile::tempdir().unwrap();
        let map = drawn_on(grid);
        let (path, source) = (folder.path().join("seg.dcm"), source_for(&grid));
        let options = SegOptions {
            voi: if grid == left_handed() { VoiSegment::OfLabels } else { derived_voi(&map) },
            ..SegOptions::default()
        };
        seg::write(&path, &map, &source, &options, false).unwrap();
        let read = seg::read(&path, &grid, Some(&source)).unwrap();
        assert_eq!((read.label_map.bits(), read.warnings.is_empty()), (map.bits(), true));
        let number = seg::segments(&path).unwrap().into_iter().find(|s| s.meaning() == Meaning::Voi).unwrap().number;
        let expected = match &options.voi {
            VoiSegment::Derived { region, .. } => Mask::clone(region),
            _ => map.voi(),
        };
        assert_eq!(seg::read_segment(&path, number, &grid, Some(&source)).unwrap(), expected);
    }
}

#[test]
fn a_voi_of_another_grid_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let map = drawn_on(axial());
    let voi = derived_voi(&drawn_on(oblique()));
    let options = SegOptions { voi: voi.clone(), ..SegOptions::default() };
    let source = source_for(map.geometry());
    let path = folder.path().join("a");
    assert!(matches!(seg::write(&path, &map, &source, &options, false), Err(SegError::Unfit(Unfit::OtherVoi { .. }))));
    assert!(nrrd::write_segmentation(&path, &map, &voi, false).is_err());
    assert!(rtstruct::write(&path, &map, &source, &options, false).is_err());
    assert!(!path.exists());
}

// DICOM SEG: what others wrote.

/// The reference liver: slices 2-7, rows 5-14, columns 6-17.
fn reference_liver((k, j, i): (usize, usize, usize)) -> bool {
    (2..8).contains(&k) && (5..15).contains(&j) && (6..18).contains(&i)
}

/// The reference lesion: slices 4-5, rows 8-10, columns 9-11.
fn reference_lesion((k, j, i): (usize, usize, usize)) -> bool {
    (4..6).contains(&k) && (8..11).contains(&j) && (9..12).contains(&i)
}

/// Every segmentation of the reference masks: file, liver voxels, lesion voxels.
const REFERENCE: [(&str, usize, usize); 7] = [
    ("dcmqi_binary", 720, 0),
    ("hd_binary", 720, 18),
    ("hd_binary_keepempty", 720, 0),
    ("hd_binary_liveronly", 720, 0),
    ("hd_fractional", 720, 0),
    ("hd_labelmap", 702, 18),
    ("hd_labelmap_rle", 702, 18),
];

#[test]
fn every_reference_segmentation_loads() {
    let Some(folder) = shared("reference segmentations", "reference/dicom") else { return };
    let (grid, series) = series_of(&folder.join("series/s01_base"));
    let source = series.seg_source();
    for (name, n_liver, n_lesion) in REFERENCE {
        let path = folder.join("masks").join(name).with_extension("dcm");
        let read = match seg::read(&path, &grid, Some(&source)) {
            // Its liver is everywhere as probable as 128 of 255.
            Err(SegError::Fractional { fractions: Fractions::Probability, .. }) => {
                assert_eq!(name, "hd_fractional");
                let above = seg::read_fractional(&path, &grid, Some(&source), 0.51).unwrap();
                assert_eq!(above.label_map.count(Label::Liver), 0);
                seg::read_fractional(&path, &grid, Some(&source), 0.5).unwrap()
            }
            read => read.unwrap_or_else(|error| panic!("{name}: {error}")),
        };
        let counts = (read.label_map.count(Label::Liver), read.label_map.count(Label::Lesion));
        assert_eq!(counts, (n_liver, n_lesion), "{name}");
        let right = read.label_map.bits().indexed_iter().all(|(at, bits)| {
            let lesion = n_lesion > 0 && reference_lesion(at);
            let liver = reference_liver(at) && !(n_liver < 720 && lesion);
            *bits == u8::from(liver) * Label::Liver.bit() + u8::from(lesion) * Label::Lesion.bit()
        });
        assert!(right, "{name}");
        assert!(read.unassigned.is_empty() && read.warnings.is_empty(), "{name}: {:?}", read.warnings);
    }
}

#[test]
fn a_threshold_that_cuts_nothing_is_refused_and_changes_no_binary_segmentation() {
    let Some(folder) = shared("thresholds", "reference/dicom") else { return };
    let (grid, series) = series_of(&folder.join("series/s01_base"));
    let source = series.seg_source();
    let path = folder.join("masks/hd_fractional.dcm");
    for nothing in [0.0, -0.5, 1.01, f64::NAN] {
        let refused = seg::read_fractional(&path, &grid, Some(&source), nothing);
        assert!(matches!(refused, Err(SegError::Threshold(_))), "{nothing}");
    }
    assert_eq!(seg::segments(&path).unwrap().len(), 1, "its segments can be listed before a threshold is chosen");
    let segment = seg::read_fractional_segment(&path, 1, &grid, Some(&source), 0.3).unwrap();
    assert_eq!(segment.count(), 720);
    let binary = folder.join("masks/hd_binary.dcm");
    let read = seg::read_fractional(&binary, &grid, Some(&source), 1.0).unwrap();
    assert_eq!(read, seg::read(&binary, &grid, Some(&source)).unwrap());
}

#[test]
fn every_segmentation_of_dcmqi_on_ct_loads() {
    let Some(folder) = shared("segmentations of dcmqi", "data/dcmqi/data/segmentations") else { return };
    let (grid, series) = series_of(&folder.join("ct-3slice"));
    let source = series.seg_source();
    // Object, its segment, and the image that it came from with the number there.
    let cases = [
        ("liver.dcm", 1, "liver_seg.nrrd", 1),
        ("partial_overlaps.dcm", 1, "partial_overlaps-1.nrrd", 1),
        ("partial_overlaps.dcm", 2, "partial_overlaps-2.nrrd", 2),
        ("partial_overlaps.dcm", 3, "partial_overlaps-3.nrrd", 3),
        ("partial_overlaps.dcm", 4, "partial_overlaps-1.nrrd", 4),
        ("partial_overlaps.dcm", 5, "partial_overlaps-1.nrrd", 5),
    ];
    for (object, number, image, value) in cases {
        let segment = seg::read_segment(&folder.join(object), number, &grid, Some(&source)).unwrap();
        let numbers = nrrd::segments(&folder.join(image)).unwrap();
        let there = numbers.iter().find(|segment| segment.value == value);
        let there = there.unwrap_or_else(|| panic!("{image}: {numbers:?}"));
        let expected = nrrd::read_segment(&folder.join(image), there, &grid).unwrap();
        assert!(expected.count() > 0);
        assert_eq!(segment, expected, "{object} {number}");
    }
    // Without their series: the image they came from gives the grid.
    for (object, image) in [("23x38x3/seg/label.seg", "23x38x3/image"), ("24x38x3/seg/label.seg", "24x38x3/image")] {
        let (grid, series) = series_of(&folder.join(image));
        let read = seg::read(&folder.join(object), &grid, Some(&series.seg_source())).unwrap();
        let numbers = folder.join(object.replace("seg/label.seg", "nrrd/label.nrrd"));
        let expected = nrrd::read(&numbers, &grid).unwrap().label_map;
        assert!(read.label_map.count(Label::Liver) > 0);
        assert_eq!(read.label_map, expected, "{object}");
    }
    let (grid, series) = series_of(&folder.join("24x38x3/image"));
    for (object, image) in [
        ("sparse-labelmap-noppv.dcm", "sparse_labelmap_noppv_seg.nrrd"),
        ("sparse-labelmap-ppv5.dcm", "sparse_labelmap_ppv5_seg.nrrd"),
    ] {
        let segment = seg::read_segment(&folder.join(object), 1, &grid, Some(&series.seg_source())).unwrap();
        let one = nrrd::segments(&folder.join(image)).unwrap().into_iter().find(|segment| segment.value == 1).unwrap();
        assert_eq!(segment, nrrd::read_segment(&folder.join(image), &one, &grid).unwrap(), "{object}");
    }
}

#[test]
fn every_segmentation_of_highdicom_on_ct_loads() {
    let Some(folder) = shared("segmentations of highdicom", "data/highdicom_seg/data/test_files") else { return };
    // 163 slices from the one that lies far away to the last.
    let origin = [-125.0, -128.100_006, -99.480_003];
    let grid = Geometry::axial([16, 16, 165], origin, [0.488_281, 0.488_281, 1.25]).unwrap();
    let n_by_slice = |mask: &Mask| -> Vec<(usize, usize)> {
        let slices = mask.inside().outer_iter().map(|slice| slice.iter().filter(|&&inside| inside).count());
        slices.enumerate().filter(|(_, n)| *n > 0).collect()
    };
    let three = [(162, 127), (163, 256), (164, 255)];
    for name in ["seg_image_ct_binary", "seg_image_ct_binary_fractional"] {
        let mask = seg::read_segment(&folder.join(name).with_extension("dcm"), 1, &grid, None).unwrap();
        assert_eq!(n_by_slice(&mask), three, "{name}");
    }
    // Half of some voxels, a quarter of others.
    let path = folder.join("seg_image_ct_true_fractional.dcm");
    assert!(matches!(seg::read_segment(&path, 1, &grid, None), Err(SegError::Fractional { .. })));
    let n_at = |threshold| seg::read_fractional_segment(&path, 1, &grid, None, threshold).unwrap().count();
    assert!(n_at(0.25) > n_at(0.5) && n_at(0.5) > 0 && n_at(1.0) == 0, "{} {}", n_at(0.25), n_at(0.5));
    let overlap = folder.join("seg_image_ct_binary_overlap.dcm");
    let [first, second] = [1, 2].map(|number| seg::read_segment(&overlap, number, &grid, None).unwrap());
    let both = first.inside().iter().zip(second.inside()).filter(|(a, b)| **a && **b).count();
    assert!(both > 0 && n_by_slice(&first).first().is_some_and(|(slice, _)| *slice == 0));
    let single = folder.join("seg_image_ct_binary_single_frame.dcm");
    let origin = [-158.135_803, -179.035_797, -75.699_997];
    let grid = Geometry::axial([128, 128, 1], origin, [0.661_468, 0.661_468, 5.0]).unwrap();
    assert_eq!(seg::read_segment(&single, 1, &grid, None).unwrap().count(), 1832);
    // Drawn on a radiograph, and so on no slice of a patient.
    assert!(seg::read_segment(&folder.join("seg_image_cr_binary.dcm"), 1, &grid, None).is_err());
}

// NRRD.

#[test]
fn labels_and_voi_read_back_from_nrrd_on_every_grid() {
    for grid in grids() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.seg.nrrd");
        let map = drawn_on(grid);
        nrrd::write_segmentation(&path, &map, &derived_voi_or_labels(&map), false).unwrap();
        let read = nrrd::read(&path, &grid).unwrap();
        assert_eq!(read.label_map, map);
        assert!(read.unassigned.is_empty() && read.warnings.is_empty(), "{:?}", read.warnings);
        let segments = nrrd::segments(&path).unwrap();
        let names: Vec<&str> = segments.iter().map(|segment| segment.name.as_str()).collect();
        assert_eq!(names.len(), 5, "{names:?}");
        let refused = nrrd::write_segmentation(&path, &map, &VoiSegment::None, false).unwrap_err();
        assert!(matches!(refused, nrrd::NrrdError::File(FileError::Exists(_))), "{refused}");
        nrrd::write_segmentation(&path, &LabelMap::empty(grid), &VoiSegment::None, true).unwrap();
        assert_eq!(nrrd::read(&path, &grid).unwrap().label_map, LabelMap::empty(grid));
    }
}

fn derived_voi_or_labels(map: &LabelMap) -> VoiSegment {
    if map.geometry().size()[0] > 7 { derived_voi(map) } else { VoiSegment::OfLabels }
}

#[test]
fn the_reference_nrrd_of_slicers_kind_loads() {
    let Some(folder) = shared("reference NRRD", "reference/dicom") else { return };
    let (grid, _) = series_of(&folder.join("series/s07_oblique"));
    let read = nrrd::read(&folder.join("masks/liver_obl.seg.nrrd"), &grid).unwrap();
    let right = read
        .label_map
        .bits()
        .indexed_iter()
        .all(|(at, bits)| *bits == u8::from(reference_liver(at) && at != (4, 8, 9)) * Label::Liver.bit());
    assert!(right && read.label_map.count(Label::Liver) == 719);
    let nifti = nifti::read_label_map(&folder.join("masks/liver_obl.nii.gz"), &grid).unwrap();
    assert_eq!(nifti.label_map, read.label_map);
}

/// A header with voxels behind it, as other programs may write them.
fn nrrd_bytes(lines: &[&str], voxels: &[u8]) -> Vec<u8> {
    let mut bytes = (lines.join("\n") + "\n\n").into_bytes();
    bytes.extend_from_slice(voxels);
    bytes
}

const PLAIN: [&str; 8] = [
    "NRRD0004",
    "type: unsigned char",
    "dimension: 3",
    "space: left-posterior-superior",
    "sizes: 4 3 2",
    "space directions: (1,0,0) (0,1,0) (0,0,2)",
    "encoding: raw",
    "space origin: (0,0,0)",
];

/// [`PLAIN`] with some lines changed and others added.
fn changed(changes: &[(usize, &'static str)], more: &[&'static str]) -> Vec<&'static str> {
    let mut lines = PLAIN.to_vec();
    changes.iter().for_each(|&(at, line)| lines[at] = line);
    lines.extend(more);
    lines
}

fn read_bytes(folder: &Path, bytes: &[u8], grid: &Geometry) -> Result<nrrd::NrrdContents, nrrd::NrrdError> {
    let path = folder.join("a.nrrd");
    fs::write(&path, bytes).unwrap();
    nrrd::read(&path, grid)
}

#[test]
fn nrrd_of_any_space_kind_of_number_and_layout_gives_the_same_voxels() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Geometry::axial([4, 3, 2], [0.0; 3], [1.0, 1.0, 2.0]).unwrap();
    // Number 1 at (column 1, row 2, slice 0), 3 at (3, 0, 1).
    let numbers: Vec<u8> = (0..24).map(|at| u8::from(at == 9) + 3 * u8::from(at == 15)).collect();
    let expected =
        Array3::from_shape_vec((2, 3, 4), numbers.iter().map(|&n| if n == 3 { 4 } else { n }).collect()).unwrap();
    let words = |bytes: &dyn Fn(u16) -> Vec<u8>| numbers.iter().flat_map(|&n| bytes(u16::from(n))).collect::<Vec<u8>>();
    let big = words(&|n| n.to_be_bytes().to_vec());
    let small = words(&|n| n.to_le_bytes().to_vec());
    let floats = words(&|n| f32::from(n).to_le_bytes().to_vec());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&numbers).unwrap();
    let gzipped = gzip.finish().unwrap();
    // The rows from back to front, in right-anterior-superior.
    let ras = [(3, "space: RAS"), (5, "space directions: (-1,0,0) (0,-1,0) (0,0,2)")];
    // Columns from left to right, in left-anterior-superior.
    let mirrored: Vec<u8> = numbers.chunks(4).flat_map(|row| row.iter().rev().copied()).collect();
    let las = [
        (3, "space: left-anterior-superior"),
        (5, "space directions: (-1,0,0) (0,-1,0) (0,0,2)"),
        (7, "space origin: (3,0,0)"),
    ];
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("plain", nrrd_bytes(&changed(&[], &[]), &numbers)),
        ("gzip", nrrd_bytes(&changed(&[(6, "encoding: gz")], &[]), &gzipped)),
        ("big", nrrd_bytes(&changed(&[(1, "type: ushort")], &["endian: big"]), &big)),
        ("little", nrrd_bytes(&changed(&[(1, "type: int16")], &["endian: little"]), &small)),
        ("float", nrrd_bytes(&changed(&[(1, "type: float")], &["endian: little"]), &floats)),
        ("RAS", nrrd_bytes(&changed(&ras, &[]), &numbers)),
        ("LAS", nrrd_bytes(&changed(&las, &["# comment", "space units: \"mm\" \"mm\" \"mm\""]), &mirrored)),
    ];
    for (name, bytes) in cases {
        let read = read_bytes(folder.path(), &bytes, &grid).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.label_map.bits(), expected, "{name}");
        assert!(read.warnings.is_empty(), "{name}: {:?}", read.warnings);
    }
    let scanner = nrrd_bytes(&changed(&[(3, "space: scanner-xyz")], &[]), &numbers);
    let read = read_bytes(folder.path(), &scanner, &grid).unwrap();
    assert!(read.warnings.iter().any(|said| said.contains("scanner-xyz")), "{:?}", read.warnings);
    let spacings = [(3, "spacings: 1 1 2"), (5, "content: a"), (7, "content: b")];
    let read = read_bytes(folder.path(), &nrrd_bytes(&changed(&spacings, &[]), &numbers), &grid).unwrap();
    assert_eq!((read.label_map.bits(), read.warnings.iter().count()), (&expected, 3));
}

#[test]
fn nrrd_that_slicer_cropped_lies_on_its_part_of_the_image_and_not_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Geometry::axial([6, 5, 4], [0.0; 3], [1.0, 1.0, 2.0]).unwrap();
    let mut voxels = vec![0; 24];
    voxels[9] = 1;
    let lines = changed(&[(7, "space origin: (2,1,2)")], &["Segment0_Name:=Liver", "Segment0_LabelValue:=1"]);
    let read = read_bytes(folder.path(), &nrrd_bytes(&lines, &voxels), &grid).unwrap().label_map;
    assert_eq!((read.count(Label::Liver), read.bits()[(1, 3, 3)]), (1, 1));
    // Larger than the image, with nothing drawn beyond it; then with something.
    let around = [(7, "space origin: (-1,-1,-2)"), (4, "sizes: 8 7 6")];
    let mut larger = vec![0; 8 * 7 * 6];
    larger[8 * 7 + 8 + 1] = 1;
    let read = read_bytes(folder.path(), &nrrd_bytes(&changed(&around, &[]), &larger), &grid).unwrap().label_map;
    assert_eq!((read.count(Label::Liver), read.bits()[(0, 0, 0)]), (1, 1));
    larger[0] = 1;
    let refused =
        read_bytes(folder.path(), &nrrd_bytes(&changed(&around, &[]), &larger), &grid).unwrap_err().to_string();
    assert!(refused.contains("1 of its voxels lie outside the image's 6 x 5 x 4"), "{refused}");
    let half = changed(&[(7, "space origin: (2.5,1,2)")], &[]);
    let refused = read_bytes(folder.path(), &nrrd_bytes(&half, &voxels), &grid).unwrap_err().to_string();
    assert!(refused.contains("another grid"), "{refused}");
}

#[test]
fn nrrd_in_layers_of_old_and_new_slicers_loads() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Geometry::axial([4, 3, 2], [0.0; 3], [1.0, 1.0, 2.0]).unwrap();
    let layered = [(2, "dimension: 4"), (4, "sizes: 2 4 3 2"), (5, "space directions: none (1,0,0) (0,1,0) (0,0,2)")];
    let mut voxels = vec![0; 48];
    voxels[2 * 5] = 1;
    voxels[2 * 5 + 1] = 1;
    voxels[2 * 6] = 1;
    let old = changed(
        &layered,
        &[
            "kinds: list domain domain domain",
            "Segment0_Name:=liver",
            "Segment1_Name:=Tumor 1",
            "Segment2_Name:=spleen",
        ],
    );
    let read = read_bytes(folder.path(), &nrrd_bytes(&old, &voxels), &grid).unwrap();
    assert_eq!((read.label_map.bits()[(0, 1, 1)], read.label_map.bits()[(0, 1, 2)]), (5, 1));
    let unassigned: Vec<String> = read.unassigned.iter().map(nrrd::NrrdSegment::description).collect();
    assert_eq!(unassigned, ["\"spleen\""]);
    // Layer and number are what the keys say, and a number that none has is said.
    voxels[2 * 5 + 1] = 7;
    voxels[2 * 6 + 1] = 9;
    let new = [
        "Segment0_Name:=liver",
        "Segment0_Layer:=0",
        "Segment0_LabelValue:=1",
        "Segment1_Name:=vessel",
        "Segment1_Layer:=1",
        "Segment1_LabelValue:=7",
    ];
    let read = read_bytes(folder.path(), &nrrd_bytes(&changed(&layered, &new), &voxels), &grid).unwrap();
    assert_eq!((read.label_map.bits()[(0, 1, 1)], read.label_map.bits()[(0, 1, 2)]), (3, 1));
    assert!(read.warnings.iter().any(|said| said.contains("no segment has (9)")), "{:?}", read.warnings);
}

#[test]
fn nrrd_headers_that_lie_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Geometry::axial([4, 3, 2], [0.0; 3], [1.0, 1.0, 2.0]).unwrap();
    let voxels = [0u8; 24];
    let of = |changes: &[(usize, &'static str)]| nrrd_bytes(&changed(changes, &[]), &voxels);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"NIfTI".to_vec(), "does not begin with NRRD"),
        (Vec::new(), "does not begin with NRRD"),
        (b"NRRD0004\ntype: uchar\n".to_vec(), "ends within its header"),
        (b"NRRD0004\n".iter().copied().chain(std::iter::repeat_n(b'#', 2 << 20)).collect(), "more than 1024 KiB"),
        (of(&[(1, "content: no type")]), "no field \"type\""),
        (of(&[(1, "type: block")]), "type \"block\" is not read"),
        (of(&[(1, "type: short")]), "order the bytes"),
        (of(&[(2, "dimension: 4")]), "claims 4 dimensions and gives 3 sizes"),
        (of(&[(4, "sizes: 4 3 0")]), "are no counts"),
        (of(&[(4, "sizes: 4 3 -2")]), "are no counts"),
        (of(&[(4, "sizes: 4294967296 4294967296 4294967296")]), "at most 2147483648 are read"),
        (of(&[(4, "sizes: 4000 3000 2")]), "too short for the 4000 x 3000 x 2"),
        (of(&[(4, "sizes: 1000000 1000 2"), (6, "encoding: gzip")]), "too short for the 1000000 x 1000 x 2"),
        (of(&[(2, "dimension: 4"), (4, "sizes: 99 4 3 2")]), "99 numbers a voxel"),
        (of(&[(2, "dimension: 2"), (4, "sizes: 4 3")]), "2 dimensions"),
        (of(&[(5, "space directions: (1,0,0) (0,1,0)")]), "are not 3 steps"),
        (of(&[(5, "space directions: (1,0,0) (0,1,0) (0,nan,2)")]), "unusable"),
        (of(&[(5, "space directions: (1,0,0) (2,0,0) (0,0,2)")]), "unusable"),
        (of(&[(7, "space origin: (0,0)")]), "is no point"),
        (of(&[(3, "space: right-up-time")]), "space \"right-up-time\" is not read"),
        (of(&[(6, "encoding: bzip2")]), "encoding \"bzip2\" is not read"),
        (of(&[(6, "encoding: gzip")]), "voxels end after 0 of 24"),
        (nrrd_bytes(&changed(&[], &["data file: ./other.raw"]), &voxels), "voxels are in another file"),
        (nrrd_bytes(&changed(&[], &["byte skip: -1"]), &voxels), "do not follow the header"),
        (nrrd_bytes(&changed(&[], &["space units: \"furlong\""]), &voxels), "is not read; save it in mm"),
    ];
    for (bytes, reason) in cases {
        let refused = read_bytes(folder.path(), &bytes, &grid).unwrap_err().to_string();
        assert!(refused.contains(reason), "{reason}: {refused}");
    }
    let real: Vec<u8> = [0.5f32; 24].iter().flat_map(|x| x.to_le_bytes()).collect();
    let real = nrrd_bytes(&changed(&[(1, "type: float")], &["endian: little"]), &real);
    assert!(read_bytes(folder.path(), &real, &grid).unwrap_err().to_string().contains("not whole numbers"));
}

// RTSTRUCT.

#[test]
fn contours_written_here_read_back_to_the_same_voxels_on_every_grid() {
    for grid in grids() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rt.dcm");
        let (map, source) = (drawn_on(grid), source_for(&grid));
        let options = SegOptions { voi: derived_voi_or_labels(&map), ..SegOptions::default() };
        let written = rtstruct::write(&path, &map, &source, &options, false).unwrap();
        assert_eq!(written.differing_voxels, 0);
        assert!(written.warnings.iter().any(|said| said.contains("contours are no voxels")), "{:?}", written.warnings);
        let read = rtstruct::read(&path, &grid, Some(&source)).unwrap();
        assert_eq!(read.label_map, map);
        let names: Vec<String> = rtstruct::rois(&path).unwrap().into_iter().map(|roi| roi.name).collect();
        assert_eq!(names, ["Liver", "Vessel", "Lesion", "Caudate lobe", "VOI"]);
        let refused =
            rtstruct::read(&path, &grid, Some(&SegSource { frame_of_reference_uid: "2.25.7".to_owned(), ..source }));
        assert!(refused.unwrap_err().to_string().contains("its frame of reference is 2.25.1002"));
        let none = rtstruct::read_roi(&path, 9, &grid, None).unwrap_err().to_string();
        assert!(none.contains("there is no region 9; it has 1 \"Liver\", 2 \"Vessel\""), "{none}");
    }
}

#[test]
fn contours_on_slices_that_are_not_quite_evenly_spaced_read_back() {
    // Thin slices that drift by up to 1.3 mm, more than six slices, from where the grid has them.
    let grid = Geometry::axial([9, 8, 261], [0.0; 3], [1.0, 1.0, 0.2]).unwrap();
    let (map, mut source) = (drawn_on(grid), source_for(&grid));
    source.grid = Some(grid);
    for (k, image) in source.images.iter_mut().enumerate() {
        let [x, y, z] = grid.patient_from_voxel([0.0, 0.0, k as f64]);
        image.position_mm = Some([x, y, z - 0.01 * k.min(260 - k) as f64]);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rt.dcm");
    let written = rtstruct::write(&path, &map, &source, &SegOptions::default(), false).unwrap();
    assert_eq!(written.differing_voxels, 0);
}

#[test]
fn a_contour_longer_than_any_explicit_value_reads_back() {
    // A comb: 500 teeth with four corners each, about 60 KiB of decimals.
    let grid = Geometry::axial([1001, 40, 3], [-350.123_4, -200.567_8, 0.0], [0.712_3, 0.712_3, 5.0]).unwrap();
    let bits = Array3::from_shape_fn(grid.shape(), |(k, j, i)| u8::from(k == 1 && (j > 30 || i % 2 == 0)));
    let map = LabelMap::from_bits(grid, bits).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rt.dcm");
    let written = rtstruct::write(&path, &map, &source_for(&grid), &SegOptions::default(), false).unwrap();
    assert_eq!((written.differing_voxels, rtstruct::rois(&path).unwrap()[0].n_contours), (0, 1));
    assert!(fs::metadata(&path).unwrap().len() > 1 << 16);
}

#[test]
fn the_reference_structure_set_loads() {
    let Some(folder) = shared("reference structure set", "reference/dicom") else { return };
    let (grid, series) = series_of(&folder.join("series/s01_base"));
    let path = folder.join("masks/rtstruct.dcm");
    let read = rtstruct::read(&path, &grid, Some(&series.seg_source())).unwrap();
    let right = read
        .label_map
        .bits()
        .indexed_iter()
        .all(|(at, bits)| *bits == u8::from(reference_liver(at) && at != (4, 8, 9)) * Label::Liver.bit());
    assert!(right, "{} voxels", read.label_map.count(Label::Liver));
    let image = folder.join("series/s01_base/IM0000.dcm");
    let refused = rtstruct::read(&image, &grid, None).unwrap_err().to_string();
    assert!(refused.contains("not a structure set (Modality \"CT\""), "{refused}");
}

#[test]
fn real_structure_sets_load_on_their_ct() {
    let Some(folder) = shared("real structure sets", "data") else { return };
    // Voxels counted by another program (NumPy) whose centres lie within an odd number of contours; the shoelace formula on the polygons
    // gives 365.0 and 358.7 ml.
    let cases =
        [("sts001", "RS.dcm", "GTV_Mass_CT", 117_145), ("ibsi_ct_phantom", "DCM_RS_00060.dcm", "GTV-1", 125_256)];
    for (name, file, region, n_voxels) in cases {
        let (grid, series) = series_of(&folder.join(name).join("image"));
        let path = folder.join(name).join("mask").join(file);
        let rois = rtstruct::rois(&path).unwrap();
        let number = rois.iter().find(|roi| roi.name == region).unwrap().number;
        let (mask, warnings) = rtstruct::read_roi(&path, number, &grid, Some(&series.seg_source())).unwrap();
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        assert_eq!(mask.count(), n_voxels, "{name}");
        let unassigned = rtstruct::read(&path, &grid, Some(&series.seg_source())).unwrap().unassigned;
        assert_eq!(unassigned.len(), 1, "its name does not say which label it is");
    }
}

// ITK-SNAP.

#[test]
fn a_label_description_beside_a_label_map_says_what_its_numbers_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii.gz");
    let map = drawn_on(axial());
    nifti::write_label_map(&path, &map, false).unwrap();
    let plain = nifti::read_label_map(&path, map.geometry()).unwrap();
    // The same description as our own changes nothing.
    let beside = snap_labels::path_beside(&path);
    snap_labels::write(&beside, &snap_labels::own(), false).unwrap();
    assert_eq!(nifti::read_label_map(&path, map.geometry()).unwrap(), plain);
    // Others' numbers: 1 is a tumour, 2 the liver, 3 has the name that the program gave, and 4 is none of ours.
    let mut theirs = snap_labels::own();
    for (index, name) in [(1, "Liver tumour"), (2, "Whole liver"), (3, "Label 3"), (4, "Spleen")] {
        theirs[index].name = name.to_owned();
    }
    snap_labels::write(&beside, &theirs, true).unwrap();
    let read = nifti::read_label_map(&path, map.geometry()).unwrap();
    let counts = |map: &LabelMap| Label::ALL.map(|label| map.count(label));
    let [liver, vessel, lesion, caudate] = counts(&plain.label_map);
    assert_eq!(counts(&read.label_map), [vessel, 0, liver + lesion, 0]);
    assert_eq!(read.unassigned, [(4, "Spleen".to_owned())]);
    assert_eq!(nifti::read_mask(&path, Some(4), map.geometry()).unwrap().mask.count(), caudate);
    // One that cannot be read is said, and the numbers are taken as they are.
    fs::write(&beside, "1 liver").unwrap();
    let read = nifti::read_label_map(&path, map.geometry()).unwrap();
    assert_eq!(read.label_map, plain.label_map);
    assert!(read.warnings.iter().any(|said| said.contains("names of the labels were not read")), "{:?}", read.warnings);
}

#[test]
fn the_reference_label_description_loads() {
    let Some(path) = shared("reference label description", "reference/dicom/masks/liver.label") else { return };
    let labels = snap_labels::read(&path).unwrap();
    let liver = labels.last().unwrap();
    assert_eq!((labels.len(), liver.index, liver.rgb, liver.name.as_str()), (2, 1, [221, 130, 101], "Whole liver"));
}

// Where writing fails.

/// One way to save each format.
type Save = fn(&Path, &LabelMap, bool) -> Result<(), String>;

const FORMATS: [(&str, Save); 6] = [
    ("seg.dcm", |path, map, force| {
        said(seg::write(path, map, &source_for(map.geometry()), &SegOptions::default(), force).map(drop))
    }),
    ("rt.dcm", |path, map, force| {
        said(rtstruct::write(path, map, &source_for(map.geometry()), &SegOptions::default(), force).map(drop))
    }),
    ("a.seg.nrrd", |path, map, force| said(nrrd::write_segmentation(path, map, &VoiSegment::OfLabels, force))),
    ("a.nii", |path, map, force| said(nifti::write_label_map(path, map, force))),
    ("a.nii.gz", |path, map, force| said(nifti::write_label_map(path, map, force))),
    ("a.label", |path, _, force| said(snap_labels::write(path, &snap_labels::own(), force))),
];

fn said<E: std::fmt::Display>(result: Result<(), E>) -> Result<(), String> {
    result.map_err(|error| error.to_string())
}

#[test]
fn a_folder_that_takes_no_file_and_one_that_is_gone_are_said_by_name() {
    let map = drawn_on(axial());
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    for (name, save) in FORMATS {
        // A folder in which no file can be made, even by the superuser.
        let refused = save(&Path::new("/proc").join(name), &map, true).unwrap_err();
        assert!(refused.starts_with(&format!("/proc/{name} could not be written: ")), "{refused}");
        let refused = save(&gone.join(name), &map, true).unwrap_err();
        assert!(refused.contains("does not exist; make it first"), "{refused}");
    }
}

/// Set in the process whose files may not grow.
const LIMITED: &str = "HEPATICA_TEST_LIMITED_FOLDER";

#[test]
fn a_disk_that_is_full_leaves_the_old_file_and_no_part_of_the_new_one() {
    // Voxels without a pattern, so that no format makes them small.
    let grid = Geometry::axial([64, 64, 24], [0.0; 3], [1.0; 3]).unwrap();
    let mut state = 1u64;
    let bits = Array3::from_shape_fn(grid.shape(), |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 << (state >> 33 & 3)
    });
    let map = LabelMap::from_bits(grid, bits).unwrap();
    if let Some(folder) = std::env::var_os(LIMITED) {
        for (name, save) in FORMATS.into_iter().filter(|(name, _)| *name != "a.label") {
            let path = Path::new(&folder).join(name);
            let refused = save(&path, &map, true).unwrap_err();
            assert!(refused.starts_with(&format!("{} could not be written: ", path.display())), "{refused}");
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in FORMATS {
        fs::write(folder.path().join(name), "the old file").unwrap();
    }
    // No file of the process may grow beyond 8 KiB: the system then refuses to write, as it does on a full disk.
    let limited = "ulimit -f 8 && trap '' XFSZ && exec \"$0\" --exact \"$1\"";
    let test = "a_disk_that_is_full_leaves_the_old_file_and_no_part_of_the_new_one";
    let program = std::env::current_exe().unwrap();
    let shell = Command::new("bash").args(["-c", limited]).arg(program).arg(test).env(LIMITED, folder.path()).output();
    let Ok(output) = shell else {
        println!("skipped: a full disk: bash is not installed");
        return;
    };
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut expected = FORMATS.map(|(name, _)| name.to_owned());
    expected.sort();
    assert_eq!(names, expected);
    for name in names {
        assert_eq!(fs::read_to_string(folder.path().join(&name)).unwrap(), "the old file", "{name}");
    }
}

#[test]
fn dciodvfy_finds_no_error_in_what_is_written() {
    for (n, grid) in grids().into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let map = drawn_on(grid);
        let options = if n == 3 { SegOptions::default() } else { options(&map) };
        let [segmentation, structures] = ["seg.dcm", "rt.dcm"].map(|name| folder.path().join(name));
        seg::write(&segmentation, &map, &source_for(&grid), &options, false).unwrap();
        rtstruct::write(&structures, &map, &source_for(&grid), &options, false).unwrap();
        for (path, kind) in [(segmentation, "Segmentation"), (structures, "RTStructureSet")] {
            let Ok(output) = Command::new("dciodvfy").arg(&path).output() else {
                assert!(std::env::var_os("CI").is_none(), "dciodvfy is not installed, and in CI it must be");
                println!("skipped: dciodvfy finds no error in what is written: dciodvfy is not installed");
                return;
            };
            let told =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(told.contains(kind), "{told}");
            let errors: Vec<&str> = told.lines().filter(|line| line.starts_with("Error")).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }
}
