//! What is proposed within a drawn liver from a click: a lesion within a band of HU, and the caudate lobe behind a drawn line.

use std::sync::Arc;

use super::Request;
use crate::base::Progress;
use crate::case::Drawn;
use crate::segment::caudate::{CaudateCut, CaudateError, caudate_lobe};
use crate::segment::lesion::{HuBand, LesionError, LesionOptions, LesionSite};
use crate::volume::{Label, Mask};

/// Proposes the lesion under a voxel, within what is drawn as liver where anything is; what is a lesion already stays one.
pub struct GrowLesion {
    /// The image and what is drawn on it.
    pub drawn: Drawn,
    /// The voxel (column, row, slice).
    pub at: [usize; 3],
    /// HU that belong to the lesion; `None` takes them from around the voxel.
    pub band: Option<HuBand>,
}

/// Proposes a lesion anew within another band of HU.
pub struct RegrowLesion {
    /// What was made ready for it.
    pub growth: Arc<LesionGrowth>,
    /// HU that belong to the lesion; `None` takes them from around the voxel.
    pub band: Option<HuBand>,
}

/// A click in a lesion, made ready for other bands.
pub struct LesionGrowth {
    site: LesionSite,
    /// Lesions that were drawn before.
    others: Option<Mask>,
}

/// A lesion that was grown.
pub struct GrownLesion {
    /// It, and the lesions that were drawn before.
    pub region: Mask,
    /// The HU that it was grown within.
    pub band: HuBand,
    /// Whether it differs from the liver around, as far as can be told.
    pub stands_out: bool,
    /// For other bands.
    pub growth: Arc<LesionGrowth>,
}

impl Request for GrowLesion {
    type Output = GrownLesion;
    type Error = LesionError;
    const NAME: &'static str = "Growing the lesion";

    fn run(self, progress: &Progress) -> Result<GrownLesion, LesionError> {
        let map = self.drawn.labels.label_map();
        let drawn = |label| Some(map.mask(label)).filter(|mask| mask.inside().iter().any(|inside| *inside));
        let liver = drawn(Label::Liver);
        let options = LesionOptions::default();
        let site = LesionSite::prepare(&self.drawn.volume, liver.as_ref(), self.at, &options, progress)?;
        let growth = Arc::new(LesionGrowth { site, others: drawn(Label::Lesion) });
        RegrowLesion { growth, band: self.band }.run(progress)
    }
}

impl Request for RegrowLesion {
    type Output = GrownLesion;
    type Error = LesionError;
    const NAME: &'static str = "Growing the lesion anew";

    fn run(self, progress: &Progress) -> Result<GrownLesion, LesionError> {
        let (lesion, band) = self.growth.site.grow(self.band, progress)?;
        let region = match &self.growth.others {
            None => lesion,
            Some(others) => {
                let mut inside = others.inside().clone();
                ndarray::Zip::from(&mut inside).and(lesion.inside()).par_for_each(|all, new| *all |= new);
                Mask::new(*others.geometry(), inside)?
            }
        };
        Ok(GrownLesion { region, band, stands_out: self.growth.site.stands_out(), growth: self.growth })
    }
}

/// Proposes the caudate lobe: what a cut takes off the drawn liver.
pub struct CutCaudate {
    /// What is drawn.
    pub drawn: Drawn,
    /// The cut.
    pub cut: CaudateCut,
}

impl Request for CutCaudate {
    type Output = Mask;
    type Error = CaudateError;
    const NAME: &'static str = "Cutting off the caudate lobe";

    fn run(self, progress: &Progress) -> Result<Mask, CaudateError> {
        progress.begin(Self::NAME, 0);
        caudate_lobe(&self.drawn.labels.label_map().mask(Label::Liver), &self.cut, progress)
    }
}
