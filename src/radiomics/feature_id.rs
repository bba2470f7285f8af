//! Names of features, in PyRadiomics' own spelling: `original_glcm_JointEntropy`.
//!
//! A name is parsed to a typed [`FeatureId`] at the edge; inside, features are never looked up by text. Only what can be
//! extracted has a name here.

use std::fmt;
use std::str::FromStr;

use super::feature;
use super::image_type::ImageType;

/// A group of features that share a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FeatureClass {
    /// Size and shape of the VOI.
    Shape,
    /// Distribution of values.
    FirstOrder,
    /// Gray level co-occurrence matrix.
    Glcm,
    /// Gray level size zone matrix.
    Glszm,
    /// Gray level run length matrix.
    Glrlm,
    /// Gray level dependence matrix.
    Gldm,
    /// Neighbouring gray tone difference matrix.
    Ngtdm,
}

/// One feature: image, class and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeatureId {
    /// The image it is computed on.
    pub image: ImageType,
    /// Its class.
    pub class: FeatureClass,
    /// Its name in the class, such as `JointEntropy`.
    pub name: &'static str,
}

/// Text that names no feature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not the name of a feature; names look like original_glcm_JointEntropy")]
pub struct UnknownFeature(String);

impl FeatureClass {
    /// Every class, in the order in which features are listed.
    pub const ALL: [FeatureClass; 7] = [
        FeatureClass::Shape,
        FeatureClass::FirstOrder,
        FeatureClass::Glcm,
        FeatureClass::Glszm,
        FeatureClass::Glrlm,
        FeatureClass::Gldm,
        FeatureClass::Ngtdm,
    ];

    /// Whether it is computed from a matrix of gray levels.
    pub const fn has_matrix(self) -> bool {
        !matches!(self, Self::Shape | Self::FirstOrder)
    }

    /// As PyRadiomics spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::FirstOrder => "firstorder",
            Self::Glcm => "glcm",
            Self::Glszm => "glszm",
            Self::Glrlm => "glrlm",
            Self::Gldm => "gldm",
            Self::Ngtdm => "ngtdm",
        }
    }
}

impl FeatureId {
    /// The 107 features of the original image, in the order in which they are listed.
    pub fn all_original() -> impl Iterator<Item = FeatureId> {
        FeatureClass::ALL.into_iter().flat_map(|class| {
            feature::names(class).into_iter().map(move |name| FeatureId { image: ImageType::Original, class, name })
        })
    }
}

impl fmt::Display for FeatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.image, self.class.as_str(), self.name)
    }
}

impl FromStr for FeatureId {
    type Err = UnknownFeature;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = || {
            let (image, rest) = text.split_once('_')?;
            let (class, name) = rest.split_once('_')?;
            let image = image.parse().ok()?;
            let class = FeatureClass::ALL.into_iter().find(|known| known.as_str() == class)?;
            let name = feature::names(class).into_iter().find(|known| *known == name)?;
            Some(FeatureId { image, class, name })
        };
        parsed().ok_or_else(|| UnknownFeature(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_107_names_are_distinct_and_round_trip() {
        let all: Vec<FeatureId> = FeatureId::all_original().collect();
        assert_eq!(all.len(), 107);
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 107);
        for id in all {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn an_unknown_name_is_quoted() {
        let error = "original_glcm_Homogeneity1".parse::<FeatureId>().unwrap_err();
        assert!(error.to_string().contains("original_glcm_Homogeneity1"));
    }
}
