//! Loading a model on features of the image.

use std::path::PathBuf;

use super::Request;
use crate::base::Progress;
use crate::model::{Model, ModelError, RadiomicsSlot};

/// Reads a model file for the place of the radiomics model; one without features is refused.
pub struct LoadModel {
    /// Where from.
    pub path: PathBuf,
}

/// Why a model was not loaded.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct LoadModelError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: ModelError,
}

impl Request for LoadModel {
    type Output = RadiomicsSlot;
    type Error = LoadModelError;
    const NAME: &'static str = "Loading the model";

    fn run(self, progress: &Progress) -> Result<RadiomicsSlot, LoadModelError> {
        progress.begin(Self::NAME, 0);
        let loaded = Model::read(&self.path).and_then(RadiomicsSlot::load);
        loaded.map_err(|cause| LoadModelError { path: self.path, cause })
    }
}
