//! The images that features are computed on, and their names in PyRadiomics' spelling: `wavelet-LLH`, `log-sigma-2-0-mm-3D`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The image that a feature is computed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageType {
    /// The image as it is.
    Original,
    /// Laplacian of Gaussian.
    Log(Sigma),
    /// One sub-band of a stationary wavelet transform.
    Wavelet(SubBand),
    /// Local binary pattern in space: harmonics of this level, from 1 on.
    Lbp3dLevel(u8),
    /// Local binary pattern in space: kurtosis of the samples.
    Lbp3dKurtosis,
    /// Local binary pattern in a plane.
    Lbp2d,
    /// Squares of the values.
    Square,
    /// Square roots of the values.
    SquareRoot,
    /// Logarithms of the values.
    Logarithm,
    /// Exponentials of the values.
    Exponential,
    /// Magnitude of the gradient.
    Gradient,
}

/// Width of a Gaussian in mm. How it was written is kept, as it goes into the name: `2` and `2.0` are one width and two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "serde_json::Number", try_from = "serde_json::Number")]
pub struct Sigma {
    /// Bits of the width, which is above 0, so that bits are ordered as widths are.
    bits: u64,
    is_whole: bool,
}

/// A sub-band: high or low pass along each axis that was transformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubBand {
    /// Level of the decomposition, from 1 on; the first does not show in the name.
    pub level: u8,
    /// Number of axes transformed, at most 3.
    pub axes: u8,
    /// One bit an axis, the highest for the first letter: whether it is high pass.
    pub high: u8,
}

impl Sigma {
    /// A width above 0 mm; `is_whole` when it was written without a decimal point.
    pub fn new(mm: f64, is_whole: bool) -> Option<Self> {
        (mm > 0.0 && mm.is_finite()).then(|| Self { bits: mm.to_bits(), is_whole: is_whole && mm.fract() == 0.0 })
    }

    /// The width in mm.
    pub fn mm(self) -> f64 {
        f64::from_bits(self.bits)
    }
}

impl fmt::Display for Sigma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug keeps the decimal point of whole numbers, as Python's str does.
        if self.is_whole { write!(f, "{}", self.mm()) } else { write!(f, "{:?}", self.mm()) }
    }
}

impl FromStr for Sigma {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let sigma = Self::new(text.parse().map_err(|_| ())?, !text.contains('.')).ok_or(())?;
        // Names are compared as text elsewhere, so that only the usual spelling of a number is one.
        if sigma.to_string() == text { Ok(sigma) } else { Err(()) }
    }
}

impl From<Sigma> for serde_json::Number {
    fn from(sigma: Sigma) -> Self {
        let whole = sigma.is_whole.then(|| serde_json::Number::from(sigma.mm() as u64));
        whole.or_else(|| serde_json::Number::from_f64(sigma.mm())).unwrap_or_else(|| 0.into())
    }
}

impl TryFrom<serde_json::Number> for Sigma {
    type Error = String;

    fn try_from(number: serde_json::Number) -> Result<Self, String> {
        let mm = number.as_f64().unwrap_or(f64::NAN);
        Self::new(mm, !number.is_f64()).ok_or_else(|| format!("sigma {number} is no width; give millimetres above 0"))
    }
}

impl SubBand {
    /// All sub-bands of one level in the order of PyRadiomics' names, the all-low one left out.
    pub fn details(level: u8, axes: u8) -> impl Iterator<Item = SubBand> {
        (1..1u8 << axes).map(move |high| SubBand { level, axes, high })
    }

    /// The sub-band that is low pass along every axis.
    pub fn approximation(level: u8, axes: u8) -> SubBand {
        SubBand { level, axes, high: 0 }
    }

    /// Whether the letter at this place, from 0 on, is high pass.
    pub fn is_high(self, place: u8) -> bool {
        self.high >> (self.axes - 1 - place) & 1 == 1
    }
}

impl fmt::Display for ImageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original => f.write_str("original"),
            Self::Log(sigma) => write!(f, "log-sigma-{}-mm-3D", sigma.to_string().replace('.', "-")),
            Self::Wavelet(band) => {
                f.write_str("wavelet")?;
                if band.level > 1 {
                    write!(f, "{}", band.level)?;
                }
                f.write_str("-")?;
                (0..band.axes).try_for_each(|place| f.write_str(if band.is_high(place) { "H" } else { "L" }))
            }
            Self::Lbp3dLevel(level) => write!(f, "lbp-3D-m{level}"),
            Self::Lbp3dKurtosis => f.write_str("lbp-3D-k"),
            Self::Lbp2d => f.write_str("lbp-2D"),
            Self::Square => f.write_str("square"),
            Self::SquareRoot => f.write_str("squareroot"),
            Self::Logarithm => f.write_str("logarithm"),
            Self::Exponential => f.write_str("exponential"),
            Self::Gradient => f.write_str("gradient"),
        }
    }
}

impl FromStr for ImageType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let plain = [
            Self::Original,
            Self::Lbp3dKurtosis,
            Self::Lbp2d,
            Self::Square,
            Self::SquareRoot,
            Self::Logarithm,
            Self::Exponential,
            Self::Gradient,
        ];
        if let Some(image) = plain.into_iter().find(|image| image.to_string() == text) {
            return Ok(image);
        }
        if let Some(sigma) = text.strip_prefix("log-sigma-").and_then(|rest| rest.strip_suffix("-mm-3D")) {
            return sigma.replacen('-', ".", 1).parse().map(Self::Log);
        }
        if let Some(level) = text.strip_prefix("lbp-3D-m") {
            return level.parse().ok().filter(|level| *level > 0).map(Self::Lbp3dLevel).ok_or(());
        }
        text.strip_prefix("wavelet").and_then(sub_band).map(Self::Wavelet).ok_or(())
    }
}

/// What follows "wavelet": "-LLH", or "2-LLH".
fn sub_band(text: &str) -> Option<SubBand> {
    let (level, letters) = text.split_once('-')?;
    let level = if level.is_empty() { 1 } else { level.parse().ok().filter(|level| *level > 1)? };
    let axes = u8::try_from(letters.len()).ok().filter(|axes| (1..=3).contains(axes))?;
    let bit = |letter| match letter {
        'L' => Some(0),
        'H' => Some(1),
        _ => None,
    };
    let high = letters.chars().try_fold(0, |high, letter| Some(high << 1 | bit(letter)?))?;
    Some(SubBand { level, axes, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pyradiomics_and_round_trip() {
        for name in [
            "original",
            "log-sigma-2-0-mm-3D",
            "log-sigma-2-mm-3D",
            "log-sigma-0-5-mm-3D",
            "wavelet-LLH",
            "wavelet2-HLL",
            "wavelet-HH",
            "lbp-3D-m2",
            "lbp-3D-k",
            "lbp-2D",
            "squareroot",
        ] {
            assert_eq!(name.parse::<ImageType>().map(|image| image.to_string()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn other_names_are_none() {
        for name in ["log-sigma-02-mm-3D", "log-sigma--1-mm-3D", "wavelet-LXH", "wavelet1-LLH", "lbp-3D-m0", "Original"]
        {
            assert_eq!(name.parse::<ImageType>(), Err(()), "{name}");
        }
    }

    #[test]
    fn sigma_keeps_its_spelling_in_json() {
        for text in ["2", "2.0", "1.5"] {
            let sigma: Sigma = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&sigma).unwrap(), text);
        }
    }
}
