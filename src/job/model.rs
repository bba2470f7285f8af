//! Loading a model from its file, and saving one.

use std::path::PathBuf;

use super::Request;
use crate::base::{FileError, Progress, write_atomically};
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

/// Writes a model file.
pub struct SaveModel {
    /// The model.
    pub model: Box<Model>,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

impl Request for SaveModel {
    type Output = PathBuf;
    type Error = FileError;
    const NAME: &'static str = "Saving the model";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<PathBuf, FileError> {
        progress.begin(Self::NAME, 0);
        let text = self.model.to_json();
        write_atomically(&self.path, self.force, |file| file.write_all(text.as_bytes()))?;
        Ok(self.path)
    }
}
