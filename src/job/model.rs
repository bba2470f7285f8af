//! Loading a model from its file.

use std::path::PathBuf;

use super::Request;
use crate::base::Progress;
use crate::model::{Model, ModelError};

/// Reads a model file.
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
    type Output = Model;
    type Error = LoadModelError;
    const NAME: &'static str = "Loading the model";

    fn run(self, progress: &Progress) -> Result<Model, LoadModelError> {
        progress.begin(Self::NAME, 0);
        Model::read(&self.path).map_err(|cause| LoadModelError { path: self.path, cause })
    }
}
