//! A protocol as a parameter file that PyRadiomics reads too, every setting written out.

use std::fmt::Write as _;

use super::words::{INTERPOLATORS, PATTERN_NUMBERS, RESEGMENT_MODES, WEIGHTINGS, word_for};
use crate::radiomics::feature_id::FeatureClass;
use crate::radiomics::filter::{Circle, Filter};
use crate::radiomics::protocol::{Binning, FeatureChoice, ImageSettings, Preparation, Protocol, TextureSettings};

/// A setting and its value, as they are written.
type Line = (&'static str, String);

impl Protocol {
    /// The protocol as a parameter file. Reading it gives the same protocol again, if this one came from a file: such a file
    /// names each image type once.
    pub fn to_yaml(&self) -> String {
        // What holds for the first image is written for all, and the others' own settings where they differ.
        let common = texture(&self.images.first().map_or_else(TextureSettings::default, |image| image.texture.clone()));
        let mut text = format!("# Protocol with fingerprint {}; every setting is written out.\n", self.fingerprint());
        text += "imageType:\n";
        for image in &self.images {
            text += &image_section(image, &common);
        }
        text += &feature_section(&self.features);
        text += "setting:\n";
        let label = self.label.map(|label| ("label", label.to_string()));
        let all = label.into_iter().chain(preparation(&self.preparation)).chain(common);
        text += &lines(all, 2);
        text
    }
}

fn lines(lines: impl IntoIterator<Item = Line>, indent: usize) -> String {
    let mut text = String::new();
    for (key, value) in lines {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:indent$}{key}: {value}", "");
    }
    text
}

fn image_section(image: &ImageSettings, common: &[Line]) -> String {
    let (name, mut own) = filter(&image.filter, image.texture.force_2d);
    own.extend(texture(&image.texture).into_iter().filter(|line| !common.contains(line)));
    match own.is_empty() {
        true => format!("  {name}: {{}}\n"),
        false => format!("  {name}:\n{}", lines(own, 4)),
    }
}

/// An image type and its settings.
fn filter(filter: &Filter, force_2d: Option<usize>) -> (&'static str, Vec<Line>) {
    match filter {
        Filter::Original => ("Original", Vec::new()),
        Filter::LoG { sigma } => ("LoG", vec![("sigma", listed(sigma))]),
        Filter::Wavelet { wavelet, start_level, level } => (
            "Wavelet",
            vec![("wavelet", wavelet.clone()), ("start_level", start_level.to_string()), ("level", level.to_string())],
        ),
        Filter::LBP3D { levels, radius, subdivision } => (
            "LBP3D",
            vec![
                ("lbp3DLevels", levels.to_string()),
                ("lbp3DIcosphereRadius", radius.to_string()),
                ("lbp3DIcosphereSubdivision", subdivision.to_string()),
            ],
        ),
        Filter::LBP2D(Circle { radius, samples, method, normal }) => {
            let mut lines = vec![
                ("lbp2DRadius", radius.to_string()),
                ("lbp2DSamples", samples.to_string()),
                ("lbp2DMethod", word_for(&PATTERN_NUMBERS, method).to_owned()),
            ];
            // Where textures are in planes, these are the planes of the patterns too.
            lines.extend(force_2d.is_none().then(|| ("force2Ddimension", normal.to_string())));
            ("LBP2D", lines)
        }
        Filter::Square => ("Square", Vec::new()),
        Filter::SquareRoot => ("SquareRoot", Vec::new()),
        Filter::Logarithm => ("Logarithm", Vec::new()),
        Filter::Exponential => ("Exponential", Vec::new()),
        Filter::Gradient { use_spacing } => ("Gradient", vec![("gradientUseSpacing", use_spacing.to_string())]),
    }
}

fn texture(settings: &TextureSettings) -> Vec<Line> {
    let mut lines = match settings.binning {
        // Said too that there is no count, which would go before a width.
        Binning::BinWidth(width) => vec![("binWidth", width.to_string()), ("binCount", "null".to_owned())],
        Binning::BinCount(count) => vec![("binCount", count.to_string())],
    };
    let weighting = settings.weighting.map_or("null", |weighting| word_for(&WEIGHTINGS, &weighting));
    lines.extend([
        ("distances", listed(&settings.distances)),
        ("weightingNorm", weighting.to_owned()),
        ("symmetricalGLCM", settings.symmetrical_glcm.to_string()),
        ("gldm_a", settings.gldm_alpha.to_string()),
        ("voxelArrayShift", settings.voxel_array_shift.to_string()),
        ("force2D", settings.force_2d.is_some().to_string()),
    ]);
    lines.extend(settings.force_2d.map(|axis| ("force2Ddimension", axis.to_string())));
    lines
}

fn feature_section(choice: &FeatureChoice) -> String {
    let mut text = "featureClass:\n".to_owned();
    for class in choice.classes() {
        let names = choice.some_of(class).unwrap_or_default();
        text += &class_lines(class, names);
    }
    text
}

fn class_lines(class: FeatureClass, names: &[&str]) -> String {
    match names {
        [] => format!("  {}: []\n", class.as_str()),
        _ => {
            format!("  {}:\n{}", class.as_str(), names.iter().map(|name| format!("    - {name}\n")).collect::<String>())
        }
    }
}

fn preparation(settings: &Preparation) -> Vec<Line> {
    let mut lines = vec![("minimumROIDimensions", settings.minimum_dimensions.to_string())];
    lines.extend(settings.minimum_voxels.map(|most| ("minimumROISize", most.to_string())));
    lines.push(("normalize", settings.normalize.is_some().to_string()));
    if let Some(normalize) = &settings.normalize {
        lines.push(("normalizeScale", normalize.scale.to_string()));
        lines.extend(normalize.remove_outliers.map(|outliers| ("removeOutliers", outliers.to_string())));
    }
    if let Some(resample) = &settings.resample {
        lines.push(("resampledPixelSpacing", listed(&resample.spacing_mm)));
        lines.push(("interpolator", word_for(&INTERPOLATORS, &resample.interpolator).to_owned()));
        lines.push(("padDistance", resample.pad_voxels.to_string()));
    } else if let Some(pad_voxels) = settings.crop {
        lines.push(("preCrop", "true".to_owned()));
        lines.push(("padDistance", pad_voxels.to_string()));
    }
    if let Some(resegment) = &settings.resegment {
        let ends: Vec<f64> = [resegment.low].into_iter().chain(resegment.high).collect();
        lines.push(("resegmentRange", listed(&ends)));
        lines.push(("resegmentMode", word_for(&RESEGMENT_MODES, &resegment.mode).to_owned()));
        lines.push(("resegmentShape", resegment.shape.to_string()));
    }
    lines
}

fn listed<T: ToString>(items: &[T]) -> String {
    format!("[{}]", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}
