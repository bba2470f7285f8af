//! What a run knows of how features were extracted from images.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Facts;

impl<'a> Facts<'a> {
    /// Name and fingerprint of the extraction.
    pub fn extraction(&self) -> Option<String> {
        let protocol = self.report.cohort.features.protocol.as_ref()?;
        Some(format!("Protocol {}, fingerprint {}.", protocol.name, protocol.fingerprint))
    }

    fn settings(&self) -> Option<&'a Value> {
        let settings = &self.report.cohort.features.protocol.as_ref()?.settings;
        settings.get("images").and_then(Value::as_array).map(|_| settings)
    }

    /// The images on which features were computed.
    pub fn image_types(&self) -> Option<String> {
        let images = self.settings()?.get("images")?.as_array()?;
        let name = |image: &Value| match image.get("filter") {
            Some(Value::String(name)) => name.clone(),
            Some(Value::Object(filter)) => {
                let one = |(name, settings): (&String, &Value)| format!("{name} ({})", in_words(settings));
                filter.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            _ => "?".to_owned(),
        };
        Some(images.iter().map(name).collect::<Vec<_>>().join("; "))
    }

    /// How gray values were put into bins.
    pub fn binning(&self) -> Option<String> {
        let images = self.settings()?.get("images")?.as_array()?;
        let of = images.iter().filter_map(|image| image.get("texture")?.get("binning"));
        let of: BTreeSet<String> = of.map(in_words).collect();
        Some(of.into_iter().collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
    }

    /// A step of the preparation, in words; `none` where it is not done.
    pub fn preparation(&self, step: &str) -> Option<String> {
        match self.settings()?.get("preparation")?.get(step)? {
            Value::Null => Some("none".to_owned()),
            settings => Some(in_words(settings)),
        }
    }

    /// The features' classes with their numbers; none where names do not tell them.
    pub fn feature_classes(&self) -> Option<String> {
        const CLASSES: [&str; 7] = ["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"];
        let class = |name: &String| name.split('_').nth(1).map(str::to_owned);
        let names = &self.report.cohort.features.names;
        let of = |wanted: &&str| names.iter().filter(|name| class(name).as_deref() == Some(wanted)).count();
        let counts: Vec<String> = CLASSES
            .iter()
            .map(|wanted| (wanted, of(wanted)))
            .filter(|(_, n)| *n > 0)
            .map(|(wanted, n)| format!("{wanted} {n}"))
            .collect();
        (!counts.is_empty()).then(|| counts.join(", "))
    }
}

/// Settings as names and values.
fn in_words(settings: &Value) -> String {
    match settings {
        Value::Object(of) => {
            let known = of.iter().filter(|(_, value)| !value.is_null());
            known.map(|(name, value)| format!("{name} {}", in_words(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Array(of) => of.iter().map(in_words).collect::<Vec<_>>().join("/"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_names_and_values() {
        let settings = serde_json::json!({ "spacing": [1.0, 1.0, 2.5], "interpolator": "bspline", "pad": null });
        assert_eq!(in_words(&settings), "interpolator bspline, spacing 1.0/1.0/2.5");
    }
}
