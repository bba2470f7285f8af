//! Which features are computed: all of a class, or some by name (PyRadiomics' `featureClass`).

use serde::{Deserialize, Serialize};

use crate::radiomics::feature;
use crate::radiomics::feature_id::FeatureClass;

/// Features by class. Classes that are not listed are not computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureChoice(Vec<(FeatureClass, Vec<&'static str>)>);

/// A name that no feature of the class has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{class} has no feature \"{name}\"; its features are {known}")]
pub struct NoSuchFeature {
    class: &'static str,
    name: String,
    known: String,
}

impl Default for FeatureChoice {
    /// All features of all classes.
    fn default() -> Self {
        Self(FeatureClass::ALL.into_iter().map(|class| (class, feature::names(class))).collect())
    }
}

impl FeatureChoice {
    /// Nothing yet.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds features of a class by name; all of them where there is no list of names.
    pub fn add(&mut self, class: FeatureClass, names: Option<&[String]>) -> Result<(), NoSuchFeature> {
        let known = feature::names(class);
        for name in names.unwrap_or_default() {
            if !known.contains(&name.as_str()) {
                return Err(NoSuchFeature { class: class.as_str(), name: name.clone(), known: known.join(", ") });
            }
        }
        // Features are listed in the order of their class, whatever the order in which they are asked for.
        let asked = |name: &&'static str| names.is_none_or(|names| names.iter().any(|asked| asked == name));
        let mut chosen: Vec<&'static str> = known.into_iter().filter(asked).collect();
        match self.0.iter_mut().find(|(listed, _)| *listed == class) {
            Some((_, listed)) => {
                chosen.retain(|name| !listed.contains(name));
                listed.append(&mut chosen);
            }
            None => self.0.push((class, chosen)),
        }
        self.0.sort_by_key(|(class, _)| *class);
        Ok(())
    }

    /// The classes of which any feature is computed, in the order in which features are listed.
    pub fn classes(&self) -> impl Iterator<Item = FeatureClass> {
        self.0.iter().filter(|(_, names)| !names.is_empty()).map(|(class, _)| *class)
    }

    /// Whether a feature is computed.
    pub fn includes(&self, class: FeatureClass, name: &str) -> bool {
        self.0.iter().any(|(listed, names)| *listed == class && names.contains(&name))
    }

    /// The names that are computed of a class; none where all of them are.
    pub fn some_of(&self, class: FeatureClass) -> Option<&[&'static str]> {
        let (_, names) = self.0.iter().find(|(listed, _)| *listed == class)?;
        (names.len() < feature::names(class).len()).then_some(names)
    }
}

/// As it is written: a class and its names, or no names for all of them.
#[derive(Serialize, Deserialize)]
struct Written(Vec<(String, Option<Vec<String>>)>);

impl Serialize for FeatureChoice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = |class| self.some_of(class).map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        Written(self.classes().map(|class| (class.as_str().to_owned(), names(class))).collect()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FeatureChoice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut choice = Self::none();
        for (class, names) in Written::deserialize(deserializer)?.0 {
            let known = FeatureClass::ALL.into_iter().find(|known| known.as_str() == class);
            let known =
                known.ok_or_else(|| serde::de::Error::custom(format!("there is no feature class \"{class}\"")))?;
            choice.add(known, names.as_deref()).map_err(serde::de::Error::custom)?;
        }
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_order_of_their_class() {
        let mut choice = FeatureChoice::none();
        let asked = ["Median".to_owned(), "Energy".to_owned()];
        choice.add(FeatureClass::FirstOrder, Some(&asked)).unwrap();
        assert_eq!(choice.some_of(FeatureClass::FirstOrder), Some(&["Energy", "Median"][..]));
        assert_eq!(choice.classes().collect::<Vec<_>>(), [FeatureClass::FirstOrder]);
        assert!(!choice.includes(FeatureClass::Glcm, "Energy"));
    }

    #[test]
    fn a_name_of_another_class_is_refused() {
        let error = FeatureChoice::none().add(FeatureClass::Shape, Some(&["Energy".to_owned()])).unwrap_err();
        assert!(error.to_string().starts_with("shape has no feature \"Energy\""), "{error}");
    }

    #[test]
    fn a_choice_survives_json() {
        let mut choice = FeatureChoice::none();
        choice.add(FeatureClass::Shape, None).unwrap();
        choice.add(FeatureClass::Glcm, Some(&["MCC".to_owned()])).unwrap();
        let text = serde_json::to_string(&choice).unwrap();
        assert_eq!(text, r#"[["shape",null],["glcm",["MCC"]]]"#);
        assert_eq!(serde_json::from_str::<FeatureChoice>(&text).unwrap(), choice);
    }
}
