//! The models that travel with the program: one list, in one place.
//!
//! Each is read from a file of the program's own. Nothing here looks at a user's files; models loaded from those join the list where
//! it is shown.

use std::sync::{Arc, OnceLock};

use super::{DataKind, Model, clinical};

/// The published clinical model.
pub(super) const CLINICAL: &str = include_str!("../../assets/models/clinical-liang2022.json");
/// Files of the further models, in the order in which they are offered.
const FURTHER: [&str; 1] = [include_str!("../../assets/models/demonstration-combined.json")];

/// The default: the published clinical model on pT.
///
/// It is read from the program's own file; should that file be damaged, the same model is computed anew from the published
/// counts, and a test holds both equal.
pub fn embedded() -> &'static Model {
    published()
}

fn published() -> &'static Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    MODEL.get_or_init(|| Arc::new(Model::from_json(CLINICAL).unwrap_or_else(|_| clinical::from_table1())))
}

/// Every embedded model, the default first.
pub fn library() -> &'static [Arc<Model>] {
    static LIBRARY: OnceLock<Vec<Arc<Model>>> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        // A test reads each; one that were damaged would be missing from the list.
        let further = FURTHER.iter().filter_map(|text| Model::from_json(text).ok()).map(Arc::new);
        std::iter::once(published().clone()).chain(further).collect()
    })
}

/// The model for the demonstration case, which is simulated as the case is; none where none is embedded.
pub fn demonstration() -> Option<&'static Arc<Model>> {
    library().iter().find(|model| model.provenance.data == DataKind::Simulated && model.needs_features())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_a_model_of_its_own() {
        assert_eq!(library().len(), 1 + FURTHER.len(), "a file is damaged");
        for (i, model) in library().iter().enumerate() {
            assert!(library()[..i].iter().all(|other| other.id != model.id), "{} is there twice", model.id);
        }
        assert_eq!(library()[0].as_ref(), embedded());
    }
}
