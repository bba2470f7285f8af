//! The section `imageType`: which images features are computed on. What an image type sets for itself goes before what is
//! set for all.

use super::settings::{Decides, Given, Settings, decides};
use super::yaml::Entry;
use super::{ProtocolError, entries, wrong};
use crate::radiomics::filter::{Circle, Filter, PatternNumber};
use crate::radiomics::protocol::{Binning, ImageSettings, TextureSettings};

/// The wavelet that PyRadiomics takes when none is named.
const WAVELET: &str = "coif1";

/// The image types, as PyRadiomics names them.
const IMAGE_TYPES: [&str; 10] =
    ["Original", "LoG", "Wavelet", "LBP3D", "LBP2D", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient"];

/// One image type of the file and the settings of its own.
pub struct ImageSection {
    pub name: &'static str,
    line: usize,
    pub own: Settings,
}

impl ImageSection {
    /// The image as it is, which is what there is when a file names no image type.
    pub fn original() -> Self {
        Self { name: "Original", line: 0, own: Settings::default() }
    }
}

/// The image types of a section, in its order.
pub fn image_sections(section: &Entry) -> Result<Vec<ImageSection>, ProtocolError> {
    let wanted = "the image types that are wanted, such as Original: {}, or take the line out for the original image";
    let types = entries(section, wanted)?;
    if types.is_empty() {
        return Err(wrong(section, wanted));
    }
    types.iter().map(image_section).collect()
}

fn image_section(section: &Entry) -> Result<ImageSection, ProtocolError> {
    let Some(name) = IMAGE_TYPES.into_iter().find(|name| *name == section.key) else {
        return Err(ProtocolError::Unknown {
            key: section.key.clone(),
            line: section.line,
            kind: "image type",
            known: format!("the image types are {}", IMAGE_TYPES.join(", ")),
        });
    };
    let mut own = Settings::default();
    for entry in entries(section, "settings of its own, or {} for none")? {
        own.set(entry)?;
        let place = match decides(&entry.key) {
            Decides::Preparation => "setting",
            Decides::Images(other) if other != name => other,
            Decides::Features | Decides::Images(_) => continue,
        };
        return Err(ProtocolError::Misplaced {
            key: entry.key.clone(),
            line: entry.line,
            section: name.to_owned(),
            place,
        });
    }
    Ok(ImageSection { name, line: section.line, own })
}

/// A setting of an image type's own, else the one for all.
struct Layers<'a> {
    own: &'a Settings,
    global: &'a Settings,
}

impl Layers<'_> {
    fn get<T: Clone>(&self, field: fn(&Settings) -> &Option<Given<T>>) -> Option<Given<T>> {
        field(self.own).clone().or_else(|| field(self.global).clone())
    }

    fn value<T: Clone>(&self, field: fn(&Settings) -> &Option<Given<T>>) -> Option<T> {
        self.get(field).map(|given| given.value)
    }

    /// The axis along which there are no neighbours, whether there are or not.
    fn dimension(&self) -> usize {
        self.value(|s| &s.force_2d_dimension).unwrap_or(0)
    }

    fn is_2d(&self) -> bool {
        self.value(|s| &s.force_2d).unwrap_or(false)
    }
}

impl ImageSection {
    /// The images that it makes, and how their features are computed.
    pub fn image(&self, global: &Settings) -> Result<ImageSettings, ProtocolError> {
        let layers = Layers { own: &self.own, global };
        Ok(ImageSettings { filter: self.filter(&layers)?, texture: texture(&layers)? })
    }

    fn filter(&self, layers: &Layers) -> Result<Filter, ProtocolError> {
        Ok(match self.name {
            "LoG" => Filter::LoG {
                sigma: layers.value(|s| &s.sigma).ok_or_else(|| ProtocolError::Value {
                    key: self.name.to_owned(),
                    line: self.line,
                    found: "without sigma".to_owned(),
                    wanted: "its widths in mm, such as sigma: [2.0, 3.0]",
                })?,
            },
            "Wavelet" => Filter::Wavelet {
                wavelet: layers.value(|s| &s.wavelet).unwrap_or_else(|| WAVELET.to_owned()),
                start_level: layers.value(|s| &s.start_level).unwrap_or(0),
                level: layers.value(|s| &s.level).unwrap_or(1),
            },
            "LBP3D" => Filter::LBP3D {
                levels: layers.value(|s| &s.lbp_3d_levels).unwrap_or(2),
                radius: layers.value(|s| &s.lbp_3d_radius).unwrap_or(1.0),
                subdivision: layers.value(|s| &s.lbp_3d_subdivision).unwrap_or(1),
            },
            "LBP2D" => Filter::LBP2D(Circle {
                radius: layers.value(|s| &s.lbp_2d_radius).unwrap_or(1.0),
                samples: layers.value(|s| &s.lbp_2d_samples).unwrap_or(8),
                method: layers.value(|s| &s.lbp_2d_method).unwrap_or(PatternNumber::Uniform),
                // PyRadiomics takes the dimension whether textures are forced to a plane or not.
                normal: layers.dimension(),
            }),
            "Square" => Filter::Square,
            "SquareRoot" => Filter::SquareRoot,
            "Logarithm" => Filter::Logarithm,
            "Exponential" => Filter::Exponential,
            "Gradient" => Filter::Gradient { use_spacing: layers.value(|s| &s.gradient_use_spacing).unwrap_or(true) },
            _ => Filter::Original,
        })
    }

    /// Whether the axis of planes decides anything of these images.
    pub fn uses_dimension(&self, global: &Settings) -> bool {
        self.name == "LBP2D" || Layers { own: &self.own, global }.is_2d()
    }
}

fn texture(layers: &Layers) -> Result<TextureSettings, ProtocolError> {
    let usual = TextureSettings::default();
    Ok(TextureSettings {
        binning: binning(layers)?,
        distances: layers.value(|s| &s.distances).unwrap_or(usual.distances),
        weighting: layers.value(|s| &s.weighting).unwrap_or(usual.weighting),
        symmetrical_glcm: layers.value(|s| &s.symmetrical_glcm).unwrap_or(usual.symmetrical_glcm),
        gldm_alpha: layers.value(|s| &s.gldm_a).map_or(usual.gldm_alpha, f64::from),
        force_2d: layers.is_2d().then(|| layers.dimension()),
        voxel_array_shift: layers.value(|s| &s.voxel_array_shift).map_or(usual.voxel_array_shift, f64::from),
    })
}

fn binning(layers: &Layers) -> Result<Binning, ProtocolError> {
    // An image type's own count is meant to go before the width for all; a count for all before its own width is not.
    let count = layers.get(|s| &s.bin_count);
    check_binning(layers.own.bin_width, count)?;
    Ok(match (count.and_then(|count| count.value), layers.value(|s| &s.bin_width)) {
        (Some(bins), _) => Binning::BinCount(bins),
        (None, Some(width)) => Binning::BinWidth(width),
        (None, None) => TextureSettings::default().binning,
    })
}

/// Refuses a width beside a count, for which PyRadiomics would set it aside.
pub fn check_binning(width: Option<Given<f64>>, count: Option<Given<Option<u32>>>) -> Result<(), ProtocolError> {
    match (width, count) {
        (Some(width), Some(Given { value: Some(_), line: other_line })) => {
            Err(ProtocolError::Contradiction { key: "binWidth", line: width.line, other: "binCount", other_line })
        }
        _ => Ok(()),
    }
}
