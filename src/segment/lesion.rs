//! A focal lesion grown from a click: what is connected to it within a band of HU.
//!
//! Grown on slightly smoothed HU (seeded region growing; Adams and Bischof, IEEE TPAMI 1994;16:641, with a fixed band in place of a
//! running mean, so that the answer does not hang on the order of visits). Where the liver is given, the band ends halfway
//! between lesion and liver at the latest: there lies the edge of a blurred lesion. Bridges into other dark places are cut by an opening,
//! holes are filled, the surface smoothed. It deliberately knows no kinds of lesions: the reader clicks, sees the band, and changes it.

use ndarray::{Array3, Zip, s};

use super::findings::{hounsfield, median_and_spread};
use super::region::{Components, Connectivity, Extent, RegionError, Smoothing, fill_holes, smooth, smoothed_within};
use crate::base::{Cancelled, Progress};
use crate::volume::distance::reach_voxels;
use crate::volume::{Geometry, GeometryError, GridMismatch, Mask, Volume, VoxelBox};

/// Standard deviation of the smoothing in mm: noise of single voxels would tear holes.
const SMOOTHING_MM: f64 = 1.0;

/// Least half width of the automatic band in HU, for images with next to no noise.
const LEAST_HALF_WIDTH_HU: f64 = 8.0;

/// Radius of the smoothing of the surface in mm: corners of voxels go, shapes stay.
const SURFACE_MM: f64 = 1.0;

/// A range of HU, ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HuBand {
    /// Least HU.
    pub low: f64,
    /// Most HU.
    pub high: f64,
}

/// How a lesion is grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LesionOptions {
    /// HU that belong to the lesion; `None` takes them from the click's neighbourhood.
    pub band: Option<HuBand>,
    /// Half width of that band in robust standard deviations of the neighbourhood.
    pub spreads: f64,
    /// Radius in mm of the ball around the click that is its neighbourhood.
    pub neighbourhood_mm: f64,
    /// How far from the click the lesion may reach, in mm.
    pub most_radius_mm: f64,
    /// Bridges narrower than twice this many mm are cut; a lesion narrower than that stays as grown.
    pub opening_mm: f64,
}

impl Default for LesionOptions {
    /// A band of 3 spreads around 3 mm, up to 50 mm away, bridges of 3 mm cut.
    fn default() -> Self {
        Self { band: None, spreads: 3.0, neighbourhood_mm: 3.0, most_radius_mm: 50.0, opening_mm: 1.5 }
    }
}

/// Why no lesion was grown.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LesionError {
    /// Whoever asked no longer wants it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The liver was drawn on another image.
    #[error("the liver lies on another grid than the image: {0}")]
    Grid(#[from] GridMismatch),
    /// A number is none.
    #[error("{what} is {value}; give a number {allowed}")]
    Number {
        /// Which number.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// The click is not where a lesion may be.
    #[error("the click on slice {} lies outside of the liver or the image; click inside the lesion", .2 + 1)]
    Outside(usize, usize, usize),
    /// The band leaves nothing at the click.
    #[error("around the click no HU lie from {low:.0} to {high:.0}; widen the band or click elsewhere", low = .0.low, high = .0.high)]
    NothingInBand(HuBand),
    /// The lesion's surface could not be worked on.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The part of the image around the click is no grid.
    #[error(transparent)]
    Geometry(#[from] GeometryError),
}

/// Grows a lesion from the voxel (column, row, slice) that was clicked, inside of the liver where one is given; also says which HU
/// were taken, so that the caller can change them and ask again.
pub fn grow_lesion(
    volume: &Volume,
    liver: Option<&Mask>,
    at: [usize; 3],
    options: &LesionOptions,
    progress: &Progress,
) -> Result<(Mask, HuBand), LesionError> {
    LesionSite::prepare(volume, liver, at, options, progress)?.grow(options.band, progress)
}

/// The surroundings of a click, made ready so that other bands can be tried there without smoothing the image again.
pub struct LesionSite {
    around: Around,
    grid: Geometry,
    options: LesionOptions,
}

impl LesionSite {
    /// Smooths the image around the voxel (column, row, slice) that was clicked, inside of the liver where one is given.
    pub fn prepare(
        volume: &Volume,
        liver: Option<&Mask>,
        at: [usize; 3],
        options: &LesionOptions,
        progress: &Progress,
    ) -> Result<Self, LesionError> {
        let grid = *volume.geometry();
        liver.map_or(Ok(()), |liver| grid.same_grid(liver.geometry()))?;
        check(options)?;
        let [i, j, k] = at;
        let outside = LesionError::Outside(i, j, k);
        if (0..3).any(|a| at[a] >= grid.size()[a]) || liver.is_some_and(|liver| !liver.inside()[(k, j, i)]) {
            return Err(outside);
        }
        progress.begin("Growing a lesion", 0);
        let around = Around::click(volume, liver, at, options.most_radius_mm, progress)?.ok_or(outside)?;
        Ok(Self { around, grid, options: *options })
    }

    /// Whether the click's neighbourhood is darker or brighter than most of what is around it; `true` where no liver was given to tell.
    pub fn stands_out(&self) -> bool {
        !self.around.in_liver || self.around.contrast(&self.options).is_some()
    }

    /// Grows the lesion within a band, or with `None` within that of the click's neighbourhood; also says which HU were taken.
    pub fn grow(&self, band: Option<HuBand>, progress: &Progress) -> Result<(Mask, HuBand), LesionError> {
        let band = band.unwrap_or_else(|| self.around.band(&self.options));
        if (band.low..=band.high).is_empty() {
            return Err(LesionError::NothingInBand(band));
        }
        let lesion = self.around.grow(band, &self.options, progress)?;
        let mut inside = Array3::from_elem(self.grid.shape(), false);
        self.around.bounds.view_mut(&mut inside).assign(lesion.inside());
        Ok((Mask::new(self.grid, inside)?, band))
    }
}

fn check(options: &LesionOptions) -> Result<(), LesionError> {
    let positive = [
        ("the band's width in standard deviations", options.spreads),
        ("the radius of the neighbourhood in mm", options.neighbourhood_mm),
        ("the farthest distance from the click in mm", options.most_radius_mm),
    ];
    for (what, value) in positive {
        if !(value > 0.0 && value.is_finite()) {
            return Err(LesionError::Number { what, value, allowed: "above 0" });
        }
    }
    let value = options.opening_mm;
    if !(value >= 0.0 && value.is_finite()) {
        return Err(LesionError::Number { what: "the radius of the opening in mm", value, allowed: "from 0 on" });
    }
    Ok(())
}

/// The image around a click.
struct Around {
    bounds: VoxelBox,
    geometry: Geometry,
    /// The click within the box.
    at: [usize; 3],
    /// Smoothed HU; no number where no lesion may be.
    hu: Array3<f32>,
    /// Whether a liver was given: then most of what is around the lesion is liver.
    in_liver: bool,
}

impl Around {
    /// `None` where the click itself has no HU.
    fn click(
        volume: &Volume,
        liver: Option<&Mask>,
        at: [usize; 3],
        radius_mm: f64,
        progress: &Progress,
    ) -> Result<Option<Self>, LesionError> {
        let geometry = volume.geometry();
        let spacing = geometry.spacing_mm();
        let click = VoxelBox { low: at, high: at.map(|n| n + 1) };
        let reach = spacing.map(|spacing| reach_voxels(radius_mm, spacing).saturating_add(1));
        let bounds = click.grown(reach, geometry.size()).unwrap_or(click);
        let mut weights = Array3::<f32>::ones((bounds.size()[2], bounds.size()[1], bounds.size()[0]));
        if let Some(liver) = liver {
            weights.zip_mut_with(&bounds.view(liver.inside()), |weight, &inside| *weight *= f32::from(inside));
        }
        if let Some(padding) = volume.padding() {
            weights.zip_mut_with(&bounds.view(padding), |weight, &padding| *weight *= f32::from(!padding));
        }
        let hu = hounsfield(volume.voxels(), bounds, &mut weights);
        let hu = smoothed_within(hu, weights, spacing, SMOOTHING_MM, progress)?;
        let part =
            Geometry::new(bounds.size(), geometry.patient_from_voxel(bounds.low.map(|n| n as f64)), geometry.steps())?;
        let at: [usize; 3] = std::array::from_fn(|a| at[a] - bounds.low[a]);
        let mut around = Self { bounds, geometry: part, at, hu, in_liver: liver.is_some() };
        let far = around.farther_than(radius_mm);
        Zip::from(&mut around.hu).and(&far).par_for_each(|hu, &far| *hu = if far { f32::NAN } else { *hu });
        Ok(around.hu[(at[2], at[1], at[0])].is_finite().then_some(around))
    }

    fn farther_than(&self, mm: f64) -> Array3<bool> {
        let spacing = self.geometry.spacing_mm();
        let away = |a: usize, n: usize| (n.abs_diff(self.at[a]) as f64 * spacing[a]).powi(2);
        Array3::from_shape_fn(self.hu.dim(), |(k, j, i)| away(0, i) + away(1, j) + away(2, k) > mm * mm)
    }

    /// Median and robust spread of HU in the click's neighbourhood.
    fn near(&self, options: &LesionOptions) -> [f64; 2] {
        let mut near = self.hu.clone();
        let far = self.farther_than(options.neighbourhood_mm);
        near.zip_mut_with(&far, |hu, &far| *hu = if far { f32::NAN } else { *hu });
        median_and_spread(&near).unwrap_or([0.0; 2])
    }

    /// Median HU of the liver, where one was given and the click's neighbourhood differs from it by more than two spreads.
    fn contrast(&self, options: &LesionOptions) -> Option<f64> {
        let [median, _] = self.near(options);
        let [liver, spread] = median_and_spread(&self.hu).filter(|_| self.in_liver)?;
        ((liver - median).abs() > 2.0 * spread).then_some(liver)
    }

    /// Median HU of the neighbourhood, and as many spreads to both sides; towards the liver no farther than halfway to its median.
    fn band(&self, options: &LesionOptions) -> HuBand {
        let [median, spread] = self.near(options);
        let half = (options.spreads * spread).max(LEAST_HALF_WIDTH_HU);
        let mut band = HuBand { low: median - half, high: median + half };
        if let Some(liver) = self.contrast(options) {
            let halfway = (liver + median) / 2.0;
            // The far side is open: what is even darker, or brighter, than the click is lesion still less liver.
            match median < liver {
                true => band = HuBand { low: (median - 3.0 * half).min(band.low), high: halfway },
                false => band = HuBand { low: halfway, high: (median + 3.0 * half).max(band.high) },
            }
        }
        band
    }

    fn grow(&self, band: HuBand, options: &LesionOptions, progress: &Progress) -> Result<Mask, LesionError> {
        let in_band = |hu: &f32| (band.low..=band.high).contains(&f64::from(*hu));
        let grown = self.connected(&self.hu.mapv(|hu| in_band(&hu)), options.neighbourhood_mm)?;
        let grown = grown.ok_or(LesionError::NothingInBand(band))?;
        progress.check()?;
        let filled = fill_holes(&grown, Extent::Volume, progress)?;
        let opening = Smoothing::Opening { radius_mm: options.opening_mm };
        let opened = smooth(&filled, opening, Extent::Volume, progress)?.region;
        let whole = self.connected(opened.inside(), options.neighbourhood_mm)?.unwrap_or(filled);
        let round = smooth(&whole, Smoothing::Median { radius_mm: SURFACE_MM }, Extent::Volume, progress)?.region;
        // A surface smoothed away altogether was a lesion of a few voxels.
        let mut round = self.connected(round.inside(), options.neighbourhood_mm)?.unwrap_or(whole).inside().clone();
        round.zip_mut_with(&self.hu, |inside, hu| *inside &= hu.is_finite());
        Ok(Mask::new(self.geometry, round)?)
    }

    /// The part of a set that holds the click, or else its voxel nearest to the click within the neighbourhood.
    fn connected(&self, set: &Array3<bool>, within_mm: f64) -> Result<Option<Mask>, LesionError> {
        let components = Components::of(set.view(), Connectivity::Faces, |inside| *inside);
        let spacing = self.geometry.spacing_mm();
        let away =
            |at: [usize; 3]| -> f64 { (0..3).map(|a| (at[a].abs_diff(self.at[a]) as f64 * spacing[a]).powi(2)).sum() };
        let nearest = components.runs().iter().map(|run| {
            let column = self.at[0].clamp(run.start as usize, run.end as usize - 1);
            (away([column, run.row as usize, run.slice as usize]), run.component)
        });
        let Some((square, component)) = nearest.min_by(|a, b| a.0.total_cmp(&b.0)) else { return Ok(None) };
        if square > within_mm * within_mm {
            return Ok(None);
        }
        let mut inside = Array3::from_elem(set.dim(), false);
        for run in components.runs().iter().filter(|run| run.component == component) {
            inside.slice_mut(s![run.slice as usize, run.row as usize, run.start as usize..run.end as usize]).fill(true);
        }
        Ok(Some(Mask::new(self.geometry, inside)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;
    use crate::volume::Voxels;

    /// A liver of 110 HU with noise of 12 HU, a dark ball of 60 HU and 9 mm radius, and a second one bridged to it by a thin duct.
    fn case() -> (Volume, Mask, Array3<bool>) {
        let geometry = Geometry::axial([100, 90, 40], [0.0; 3], [0.8, 0.8, 2.0]).unwrap();
        let mut noise = Stream::new(3, 0);
        let mut lesion = Array3::from_elem(geometry.shape(), false);
        let hu = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
            let [x, y, z] = [i as f64 * 0.8, j as f64 * 0.8, k as f64 * 2.0];
            let ball = |cx: f64, r: f64| (x - cx).hypot(y - 36.0).hypot(z - 40.0) < r;
            lesion[(k, j, i)] = ball(25.0, 9.0);
            let duct = (y - 36.0).hypot(z - 40.0) < 1.1 && (25.0..60.0).contains(&x);
            let value = if ball(25.0, 9.0) || ball(60.0, 7.0) || duct { 60.0 } else { 110.0 };
            (value + noise.between(-20.0, 20.0)) as i16
        });
        let liver = Mask::new(geometry, Array3::from_elem(geometry.shape(), true)).unwrap();
        (Volume::new(geometry, Voxels::I16(hu)).unwrap(), liver, lesion)
    }

    fn dice(found: &Mask, truth: &Array3<bool>) -> f64 {
        let both = found.inside().iter().zip(truth).filter(|(a, b)| **a && **b).count();
        2.0 * both as f64 / (found.count() + truth.iter().filter(|inside| **inside).count()) as f64
    }

    #[test]
    fn a_click_in_a_lesion_gives_it_and_not_the_one_behind_a_duct() {
        let (volume, liver, truth) = case();
        let (found, band) =
            grow_lesion(&volume, Some(&liver), [31, 45, 20], &LesionOptions::default(), &Progress::new()).unwrap();
        assert!(band.low < 50.0 && (70.0..100.0).contains(&band.high), "{band:?}");
        // A shell of a third of a voxel all around costs 10 % of a ball of 9 mm.
        assert!(dice(&found, &truth) > 0.9, "{}", dice(&found, &truth));
    }

    #[test]
    fn a_lesion_stands_out_and_liver_does_not() {
        let (volume, liver, _) = case();
        let stands_out = |liver, at| {
            LesionSite::prepare(&volume, liver, at, &LesionOptions::default(), &Progress::new()).unwrap().stands_out()
        };
        assert!(stands_out(Some(&liver), [31, 45, 20]));
        assert!(!stands_out(Some(&liver), [31, 80, 20]));
        assert!(stands_out(None, [31, 80, 20]), "nobody knows");
    }

    #[test]
    fn a_band_that_is_given_is_kept_and_one_without_the_click_is_an_error() {
        let (volume, liver, truth) = case();
        let with = |low, high| {
            let options = LesionOptions { band: Some(HuBand { low, high }), ..LesionOptions::default() };
            grow_lesion(&volume, Some(&liver), [31, 45, 20], &options, &Progress::new())
        };
        let (found, band) = with(0.0, 85.0).unwrap();
        assert_eq!(band, HuBand { low: 0.0, high: 85.0 });
        assert!(dice(&found, &truth) > 0.9);
        assert!(matches!(with(300.0, 400.0), Err(LesionError::NothingInBand(_))));
        assert!(matches!(with(80.0, 40.0), Err(LesionError::NothingInBand(_))));
    }

    #[test]
    fn other_bands_are_tried_at_one_site_as_if_from_the_click_anew() {
        let (volume, liver, _) = case();
        let options = LesionOptions::default();
        let site = LesionSite::prepare(&volume, Some(&liver), [31, 45, 20], &options, &Progress::new()).unwrap();
        for band in [None, Some(HuBand { low: 0.0, high: 70.0 }), Some(HuBand { low: 0.0, high: 95.0 })] {
            let options = LesionOptions { band, ..options };
            let anew = grow_lesion(&volume, Some(&liver), [31, 45, 20], &options, &Progress::new());
            assert_eq!(site.grow(band, &Progress::new()), anew);
        }
    }

    #[test]
    fn nothing_reaches_beyond_the_liver_or_the_farthest_distance() {
        let (volume, _, _) = case();
        let geometry = *volume.geometry();
        let half = Array3::from_shape_fn(geometry.shape(), |(_, j, _)| j < 46);
        let liver = Mask::new(geometry, half.clone()).unwrap();
        let grow = |liver: Option<&Mask>, most_radius_mm| {
            let options = LesionOptions { most_radius_mm, ..LesionOptions::default() };
            grow_lesion(&volume, liver, [31, 45, 20], &options, &Progress::new()).unwrap().0
        };
        assert!(grow(Some(&liver), 50.0).inside().iter().zip(&half).all(|(found, half)| !found || *half));
        let reach = |(k, j, i): (usize, usize, usize)| {
            let away = [i as f64 - 31.0, j as f64 - 45.0].map(|n| n * 0.8);
            away[0].hypot(away[1]).hypot((k as f64 - 20.0) * 2.0)
        };
        assert!(grow(None, 5.0).inside().indexed_iter().all(|(at, found)| !found || reach(at) <= 5.0));
        let outside = grow_lesion(&volume, Some(&liver), [31, 60, 20], &LesionOptions::default(), &Progress::new());
        assert_eq!(outside, Err(LesionError::Outside(31, 60, 20)));
    }
}
