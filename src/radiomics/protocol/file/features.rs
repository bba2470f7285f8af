//! The section `featureClass`: which features are computed.

use super::yaml::{Entry, Node, Value};
use super::{ProtocolError, entries, wrong};
use crate::radiomics::feature;
use crate::radiomics::feature_id::FeatureClass;
use crate::radiomics::protocol::FeatureChoice;

/// Features that PyRadiomics keeps for old files alone, and what to take instead.
const DEPRECATED: [(FeatureClass, &str, &str); 10] = [
    (FeatureClass::Shape, "Compactness1", "Sphericity, from which it follows"),
    (FeatureClass::Shape, "Compactness2", "Sphericity, of which it is the cube"),
    (FeatureClass::Shape, "SphericalDisproportion", "Sphericity, of which it is the inverse"),
    (FeatureClass::FirstOrder, "StandardDeviation", "Variance, of which it is the root"),
    (FeatureClass::Glcm, "Dissimilarity", "DifferenceAverage, which is the same"),
    (FeatureClass::Glcm, "Homogeneity1", "Id, which is the same"),
    (FeatureClass::Glcm, "Homogeneity2", "Idm, which is the same"),
    (FeatureClass::Glcm, "SumVariance", "ClusterTendency, which is the same"),
    (FeatureClass::Gldm, "GrayLevelNonUniformityNormalized", "firstorder's Uniformity, which is the same"),
    (FeatureClass::Gldm, "DependencePercentage", "nothing: it is always 1"),
];

/// Which features a section asks for.
pub fn features(section: &Entry) -> Result<FeatureChoice, ProtocolError> {
    let classes = entries(section, "the classes that are wanted, or take the line out for all of them")?;
    if classes.is_empty() {
        return Err(wrong(section, "the classes that are wanted, or take the line out for all of them"));
    }
    let mut choice = FeatureChoice::none();
    for entry in classes {
        let names = feature_names(entry)?;
        choice
            .add(class_of(entry)?, names.as_deref())
            .map_err(|error| ProtocolError::Feature { line: entry.line, error })?;
    }
    Ok(choice)
}

fn class_of(entry: &Entry) -> Result<FeatureClass, ProtocolError> {
    if entry.key == "shape2D" {
        return Err(ProtocolError::Unsupported {
            key: entry.key.clone(),
            line: entry.line,
            why: "a VOI's shape is measured in space",
            advice: "take it out, or choose shape".to_owned(),
        });
    }
    FeatureClass::ALL.into_iter().find(|class| class.as_str() == entry.key).ok_or_else(|| ProtocolError::Unknown {
        key: entry.key.clone(),
        line: entry.line,
        kind: "feature class",
        known: format!("the classes are {}", FeatureClass::ALL.map(FeatureClass::as_str).join(", ")),
    })
}

/// The features that are listed of a class; none for all of them, which an empty list means too.
fn feature_names(entry: &Entry) -> Result<Option<Vec<String>>, ProtocolError> {
    let wanted = "a list of features, or nothing for all of the class";
    let items = match &entry.node.value {
        _ if entry.node.is_null() => return Ok(None),
        Value::List(items) if items.is_empty() => return Ok(None),
        Value::List(items) => items,
        _ => return Err(wrong(entry, wanted)),
    };
    let class = class_of(entry)?;
    let name = |item: &Node| {
        let name = item.word().ok_or_else(|| wrong(entry, wanted))?;
        check_feature(class, name, item.line)?;
        Ok(name.to_owned())
    };
    items.iter().map(name).collect::<Result<_, _>>().map(Some)
}

fn check_feature(class: FeatureClass, name: &str, line: usize) -> Result<(), ProtocolError> {
    if feature::names(class).contains(&name) {
        return Ok(());
    }
    if let Some((_, _, instead)) = DEPRECATED.iter().find(|(of, known, _)| *of == class && *known == name) {
        return Err(ProtocolError::Unsupported {
            key: name.to_owned(),
            line,
            why: "PyRadiomics has deprecated it",
            advice: format!("take {instead}"),
        });
    }
    let asked = [name.to_owned()];
    FeatureChoice::none().add(class, Some(&asked)).map_err(|error| ProtocolError::Feature { line, error })
}
