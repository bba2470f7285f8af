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

impl Request for LoadModel {
    type Output = RadiomicsSlot;
    type Error = ModelError;
    const NAME: &'static str = "Loading the model";

    fn run(self, progress: &Progress) -> Result<RadiomicsSlot, ModelError> {
        progress.begin(Self::NAME, 0);
        RadiomicsSlot::load(Model::read(&self.path)?)
    }
}
