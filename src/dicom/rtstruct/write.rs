//! Writing a label map as an RT Structure Set (Implicit VR Little Endian, since a contour may be longer than the 64 KiB that explicit
//! encodings allow a decimal string).

use std::path::Path;

use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use ndarray::{Array3, Axis};
use rayon::prelude::*;

use super::super::seg::elements::{n_elements, put_items};
use super::super::seg::header::{put_frame_of_reference, put_patient_and_study};
use super::super::seg::plan::planned;
use super::super::seg::write::{new_identity, put_object};
use super::super::seg::{SegOptions, SegSource};
use super::outline::outlines;
use super::read::written_bits;
use super::structure::{contour, put_references, put_regions, put_series, region_contours};
use super::{MAX_ELEMENTS, RtError};
use crate::base::{Warnings, check_free, write_checked};
use crate::volume::{Geometry, LabelMap, Structure, differing_voxels};

/// A structure set that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtWritten {
    /// How many voxels are other ones when the contours are read back here.
    pub differing_voxels: usize,
    /// What is odd, and that contours are no voxels.
    pub warnings: Warnings,
}

/// Writes the label map as contours on the images of the series `source`, which are the slices of the label map in order; `options` as for
/// a segmentation.
///
/// The written object is read back and the voxels that differ are counted before it replaces anything. Nothing is replaced without
/// `force`.
pub fn write(
    path: &Path,
    label_map: &LabelMap,
    source: &SegSource,
    options: &SegOptions,
    force: bool,
) -> Result<RtWritten, RtError> {
    check_free(path, force)?;
    let grid = label_map.geometry();
    let (bits, segments) = planned(label_map, source, &options.voi)?;
    let mut warnings = Warnings::new();
    let identity = options.identity.clone().unwrap_or_else(new_identity);

    let mut object = InMemDicomObject::new_empty();
    put_patient_and_study(&mut object, source, &mut warnings);
    put_series(&mut object, options, &identity);
    put_frame_of_reference(&mut object, source, &mut warnings);
    let frame_of_reference_uid = text_of(&object, tags::FRAME_OF_REFERENCE_UID);
    put_references(&mut object, source, &frame_of_reference_uid);
    put_regions(&mut object, &segments, options, &frame_of_reference_uid);
    let numbered = (1..).zip(&segments);
    let regions = numbered
        .map(|(number, (structure, _))| region_contours(number, structure, contours(grid, &bits, structure, source)));
    let regions = regions.collect();
    put_items(&mut object, tags::ROI_CONTOUR_SEQUENCE, regions);
    let n = n_elements(&object);
    if n > MAX_ELEMENTS {
        return Err(RtError::TooLarge(format!("{n} elements and items; at most {MAX_ELEMENTS} are read again")));
    }

    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::IMPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(uids::RT_STRUCTURE_SET_STORAGE)
        .media_storage_sop_instance_uid(identity.sop_instance_uid.as_str());
    let check = |written: &Path| {
        let read = written_bits(written, grid, source).map_err(|error| error.to_string())?;
        Ok(differing_voxels(&read, &bits))
    };
    let differing_voxels = write_checked(path, force, |writer| put_object(object, meta, writer), check)?;
    warnings.push(match differing_voxels {
        0 => "contours are no voxels: read back here, they give the same voxels, but other programs may fill them to others at the edge; a DICOM SEG keeps every voxel".to_owned(),
        n => format!("contours lose voxels: read back, {n} voxels differ; a DICOM SEG keeps every voxel"),
    });
    Ok(RtWritten { differing_voxels, warnings })
}

fn text_of(object: &InMemDicomObject, tag: dicom_core::Tag) -> String {
    let text = object.element(tag).ok().and_then(|element| element.to_str().ok());
    text.map(|text| text.into_owned()).unwrap_or_default()
}

/// The contours of a structure, slice by slice.
fn contours(grid: &Geometry, bits: &Array3<u8>, structure: &Structure, source: &SegSource) -> Vec<InMemDicomObject> {
    let [columns, rows, slices] = grid.size();
    let [along_row, along_column, _] = grid.steps();
    let of_slice = |slice: usize| {
        let plane = bits.index_axis(Axis(0), slice);
        let inside = |i: usize, j: usize| plane.get((j, i)).is_some_and(|bits| bits & structure.bit != 0);
        let polygons = if plane.iter().any(|bits| bits & structure.bit != 0) {
            outlines([columns, rows], inside)
        } else {
            Vec::new()
        };
        let own = source.images.get(slice).and_then(|image| image.position_mm);
        let origin = own.unwrap_or_else(|| grid.patient_from_voxel([0.0, 0.0, slice as f64]));
        let point = |&[x, y]: &[f64; 2]| [0, 1, 2].map(|a| origin[a] + x * along_row[a] + y * along_column[a]);
        let polygons = polygons.iter().map(|polygon| polygon.iter().map(point).collect::<Vec<_>>());
        polygons.map(|points| contour(source, slice, &points)).collect::<Vec<_>>()
    };
    (0..slices).into_par_iter().flat_map_iter(of_slice).collect()
}
