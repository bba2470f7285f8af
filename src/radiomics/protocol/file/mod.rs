//! Protocols as PyRadiomics 3.0.1's parameter files (YAML), read and written.
//!
//! An absent section means what it means to PyRadiomics: the original image, all features, its defaults. What PyRadiomics would
//! pass over, or set aside for another setting, is an error here: a file must not say one thing and do another. Nothing is
//! read from the disk here.

mod error;
mod features;
mod images;
mod prepare;
mod settings;
mod uses;
mod words;
mod write;
mod yaml;

pub use error::ProtocolError;
use images::ImageSection;
use settings::{Given, Settings};
use yaml::{Entry, Value};

use super::{FeatureChoice, Protocol};

impl Protocol {
    /// Bytes of the longest parameter file that is read.
    pub const MOST_BYTES: usize = yaml::MOST_BYTES;

    /// Reads a parameter file; `name` is what the protocol is called.
    ///
    /// # Errors
    /// What the file asks for and cannot be done, with its line; see [`ProtocolError`].
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, ProtocolError> {
        let root = yaml::read(text)?;
        check_sections(&root)?;
        let section = |key: &str| root.iter().find(|entry| entry.key == key);
        let given = match section("setting") {
            Some(section) => entries(section, "settings, {} for none, or take the line out")?,
            None => &[],
        };
        let global = settings(given)?;
        let sections = match section("imageType") {
            Some(section) => images::image_sections(section)?,
            None => vec![ImageSection::original()],
        };
        let features = match section("featureClass") {
            Some(section) => features::features(section)?,
            None => every_feature(&global)?,
        };
        uses::check(&global, given, &sections)?;
        Ok(Self {
            name: name.to_owned(),
            label: global.label.map(|label| label.value),
            preparation: prepare::preparation(&global)?,
            images: sections.iter().map(|section| section.image(&global)).collect::<Result<_, _>>()?,
            features,
        })
    }
}

fn check_sections(root: &[Entry]) -> Result<(), ProtocolError> {
    for entry in root {
        let (key, line) = (entry.key.clone(), entry.line);
        match key.as_str() {
            "imageType" | "featureClass" | "setting" => {}
            "voxelSetting" => {
                let why = "features are of a whole VOI, not of each voxel";
                return Err(ProtocolError::Unsupported { key, line, why, advice: "take the section out".to_owned() });
            }
            _ => {
                let known = "the sections are imageType, featureClass and setting, and all else stands within them";
                return Err(ProtocolError::Unknown { key, line, kind: "section", known: known.to_owned() });
            }
        }
    }
    Ok(())
}

/// The entries of a section.
fn entries<'a>(section: &'a Entry, wanted: &'static str) -> Result<&'a [Entry], ProtocolError> {
    match &section.node.value {
        Value::Map(entries) => Ok(entries),
        _ => Err(wrong(section, wanted)),
    }
}

fn wrong(entry: &Entry, wanted: &'static str) -> ProtocolError {
    ProtocolError::Value { key: entry.key.clone(), line: entry.line, found: entry.node.in_words(), wanted }
}

fn settings(given: &[Entry]) -> Result<Settings, ProtocolError> {
    let mut settings = Settings::default();
    given.iter().try_for_each(|entry| settings.set(entry))?;
    Ok(settings)
}

/// The features of a file that lists none: all of them. Where textures are in planes, PyRadiomics adds those of a plane's shape.
fn every_feature(global: &Settings) -> Result<FeatureChoice, ProtocolError> {
    match global.force_2d {
        Some(Given { value: true, line }) => Err(ProtocolError::Unsupported {
            key: "force2D".to_owned(),
            line,
            why: "without featureClass PyRadiomics measures shape2D too",
            advice: "list the classes that are wanted under featureClass".to_owned(),
        }),
        _ => Ok(FeatureChoice::default()),
    }
}

#[cfg(test)]
mod tests;
