//! Settings that decide nothing, or that another goes before. PyRadiomics passes over them; here they are refused unless they
//! have the value that they have anyway, because whoever wrote them meant something by it.

use super::ProtocolError;
use super::images::{ImageSection, check_binning};
use super::prepare::PAD_VOXELS;
use super::settings::{Decides, Given, Settings, decides};
use super::yaml::Entry;
use crate::radiomics::protocol::ResegmentMode;

/// Refuses settings of `setting`, whose entries are given, that decide nothing.
pub fn check(global: &Settings, given: &[Entry], sections: &[ImageSection]) -> Result<(), ProtocolError> {
    for entry in given {
        if let Decides::Images(of) = decides(&entry.key)
            && sections.iter().all(|section| section.name != of)
        {
            let without = format!("the image type {of}");
            return Err(ProtocolError::Idle { key: entry.key.clone(), line: entry.line, without });
        }
    }
    check_binning(global.bin_width, global.bin_count)?;
    check_preparation(global)?;
    check_dimension(global, sections)
}

fn check_preparation(global: &Settings) -> Result<(), ProtocolError> {
    if !global.normalize.is_some_and(|normalize| normalize.value) {
        idle("normalizeScale", other_than(1.0, global.normalize_scale), "normalize: true")?;
        idle("removeOutliers", other_than(None, global.remove_outliers), "normalize: true")?;
    }
    let resamples = global.spacing_mm.is_some_and(|spacing| spacing.value.is_some());
    if !resamples && !global.pre_crop.is_some_and(|crop| crop.value) {
        let without = "resampledPixelSpacing or preCrop: true";
        idle("padDistance", other_than(PAD_VOXELS, global.pad_distance), without)?;
    }
    if global.resegment_range.as_ref().is_none_or(|range| range.value.is_none()) {
        idle("resegmentMode", other_than(ResegmentMode::Absolute, global.resegment_mode), "resegmentRange")?;
        idle("resegmentShape", other_than(false, global.resegment_shape), "resegmentRange")?;
    }
    Ok(())
}

/// The axis of planes decides something of images with textures in planes, and of patterns in a plane.
fn check_dimension(global: &Settings, sections: &[ImageSection]) -> Result<(), ProtocolError> {
    let without = "force2D: true";
    if !sections.iter().any(|section| section.uses_dimension(global)) {
        idle("force2Ddimension", other_than(0, global.force_2d_dimension), without)?;
    }
    for section in sections.iter().filter(|section| !section.uses_dimension(global)) {
        idle("force2Ddimension", other_than(0, section.own.force_2d_dimension), without)?;
    }
    Ok(())
}

/// The line of a setting that has another value than it has anyway.
fn other_than<T: PartialEq>(usual: T, given: Option<Given<T>>) -> Option<usize> {
    given.filter(|given| given.value != usual).map(|given| given.line)
}

fn idle(key: &str, line: Option<usize>, without: &str) -> Result<(), ProtocolError> {
    match line {
        Some(line) => Err(ProtocolError::Idle { key: key.to_owned(), line, without: without.to_owned() }),
        None => Ok(()),
    }
}
