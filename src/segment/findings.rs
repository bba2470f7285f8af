//! What inside of the VOI does not look like liver: places brighter or darker than the rest, as vessels, lesions, calcifications,
//! fat and gas are in the portal venous phase.
//!
//! HU are smoothed a little within the VOI (normalised convolution; Knutsson and Westin, CVPR 1993: background does not bleed
//! in), so that noise of single voxels is no finding. Liver is their median, its spread the median absolute deviation
//! times 1.4826 (Hampel, JASA 1974;69:383): both stand up to a tenth of the VOI being something else. What differs by more than
//! [`OUTLYING_SPREADS`] spreads and [`LEAST_CONTRAST_HU`] hangs together across faces to one finding, bright and dark apart.
//! Findings are there for the reader to look at; they decide nothing, what differs by less is not found, and streaks look like
//! lesions. Their volume is that of the smoothed outliers, which for strong contrasts includes up to two standard deviations
//! of blur around.

use ndarray::{Array3, Zip};
use serde::{Deserialize, Serialize};

use super::region::{Components, Connectivity, smoothed_within};
use crate::base::{Cancelled, Progress};
use crate::volume::{GridMismatch, Mask, Volume, VoxelBox, Voxels};

/// Standard deviation of the smoothing in mm. It averages about 70 voxels of 0.7 x 0.7 x 1.25 mm, or 25 of a 5 mm slice, and leaves
/// a vessel of 4 mm two thirds of its contrast.
pub const SMOOTHING_MM: f64 = 1.0;

/// How many spreads from the median count as outlying: three, the usual limit of a robust z-score.
pub const OUTLYING_SPREADS: f64 = 3.0;

/// Least difference from the median in HU, however even the liver is. Enhanced portal and hepatic veins lie 40-80 HU above liver in
/// the portal venous phase, hypovascular metastases 30-60 below; half of the smaller one is left for partial volume.
pub const LEAST_CONTRAST_HU: f64 = 20.0;

/// From here on, in HU, a bright place is calcified: veins of the portal venous phase stay below 250.
pub const CALCIFIED_HU: f64 = 300.0;

/// Up to here, in HU, a dark place is fat: adipose tissue is taken as -190 to -30 HU.
pub const FAT_HU: f64 = -30.0;

/// Up to here, in HU, a dark place is gas, as in bowel or bile ducts: darker than any fat.
pub const GAS_HU: f64 = -200.0;

/// Part of a finding that must be calcified, gas or fat to name the whole so: blurred edges belong to what they surround.
pub const NAMING_PART: f64 = 0.25;

/// Least volume of a finding in mm3: a ball of 6 mm, or 8 mm of a vessel 4 mm wide. Less is noise, or too little to matter.
pub const LEAST_MM3: f64 = 100.0;

/// Least volume of a calcification in mm3, a ball of 3 mm: nothing else is as bright, so that small ones are certain.
pub const LEAST_CALCIFICATION_MM3: f64 = 14.0;

/// Findings listed at most, the largest.
pub const MOST_LISTED: usize = 100;

/// From the median absolute deviation to the standard deviation of a normal distribution.
const NORMAL: f64 = 1.4826;

/// What a finding looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Brighter than liver.
    Vessel,
    /// Darker than liver.
    Lesion,
    /// As bright as calcium.
    Calcification,
    /// As dark as fat.
    Fat,
    /// Darker than fat.
    Gas,
}

impl Likeness {
    /// Every kind.
    pub const ALL: [Likeness; 5] =
        [Likeness::Vessel, Likeness::Lesion, Likeness::Calcification, Likeness::Fat, Likeness::Gas];

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Likeness::Vessel => "Vessel",
            Likeness::Lesion => "Lesion",
            Likeness::Calcification => "Calcification",
            Likeness::Fat => "Fat",
            Likeness::Gas => "Gas",
        }
    }
}

/// A place inside of the VOI that does not look like liver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// What it looks like.
    pub likeness: Likeness,
    /// Its voxel (column, row, slice) that is nearest to its centroid: always a part of it.
    pub voxel: [usize; 3],
    /// That voxel's centre in patient mm.
    pub centre_mm: [f64; 3],
    /// Number of voxels.
    pub n_voxels: usize,
    /// Volume in mm3.
    pub volume_mm3: f64,
    /// Mean HU, as they are in the image.
    pub mean_hu: f64,
    /// The smallest box around it.
    pub bounds: VoxelBox,
}

/// What was found inside of a VOI.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Median HU of the VOI after smoothing; `None` for a VOI without a voxel.
    pub median_hu: Option<f64>,
    /// Robust standard deviation of HU after smoothing; `None` for a VOI without a voxel.
    pub spread_hu: Option<f64>,
    /// The largest findings, the largest first; at most [`MOST_LISTED`].
    pub listed: Vec<Finding>,
    /// Findings in all.
    pub n_found: usize,
}

/// Why nothing was looked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FindingsError {
    /// Whoever asked no longer wants it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The VOI is of another image.
    #[error("the VOI lies on another grid than the image: {0}")]
    Grid(#[from] GridMismatch),
}

/// Looks for what does not look like liver inside of a VOI. Voxels without a number, and padding, are left out.
pub fn findings(volume: &Volume, voi: &Mask, progress: &Progress) -> Result<Findings, FindingsError> {
    volume.geometry().same_grid(voi.geometry())?;
    let nothing = Findings { median_hu: None, spread_hu: None, listed: Vec::new(), n_found: 0 };
    let Some(bounds) = VoxelBox::around(voi.inside().view(), |inside| *inside) else { return Ok(nothing) };
    progress.begin("Looking for outliers in the VOI", 0);
    let mut weights = Array3::<f32>::zeros(bounds.view(voi.inside()).dim());
    Zip::from(&mut weights).and(bounds.view(voi.inside())).par_for_each(|to, &inside| *to = f32::from(inside));
    if let Some(padding) = volume.padding() {
        Zip::from(&mut weights).and(bounds.view(padding)).par_for_each(|to, &padding| {
            *to = if padding { 0.0 } else { *to };
        });
    }
    let hu = hounsfield(volume.voxels(), bounds, &mut weights);
    let spacing = volume.geometry().spacing_mm();
    let smooth = smoothed_within(hu.clone(), weights, spacing, SMOOTHING_MM, progress)?;
    let Some([median, spread]) = median_and_spread(&smooth) else { return Ok(nothing) };
    progress.check()?;
    let limit = (OUTLYING_SPREADS * spread).max(LEAST_CONTRAST_HU);
    let found: Vec<Finding> = [[median + limit, f64::INFINITY], [f64::NEG_INFINITY, median - limit]]
        .iter()
        .flat_map(|&range| in_range(volume, bounds, &smooth, &hu, range))
        .collect();
    Ok(largest(found, [median, spread]))
}

/// The largest findings first; equal ones in the order of the array.
fn largest(mut found: Vec<Finding>, [median, spread]: [f64; 2]) -> Findings {
    found.sort_by_key(|finding| {
        let [i, j, k] = finding.voxel;
        (std::cmp::Reverse(finding.n_voxels), k, j, i)
    });
    let n_found = found.len();
    found.truncate(MOST_LISTED);
    Findings { median_hu: Some(median), spread_hu: Some(spread), listed: found, n_found }
}

/// HU within a box where the weight is 1, and 0 elsewhere; what is no number loses its weight.
pub(super) fn hounsfield(voxels: &Voxels, bounds: VoxelBox, weights: &mut Array3<f32>) -> Array3<f32> {
    fn of<T: Copy + Sync>(
        array: &Array3<T>,
        bounds: VoxelBox,
        weights: &mut Array3<f32>,
        hu: impl Fn(T) -> f32 + Sync,
    ) -> Array3<f32> {
        let mut values = Array3::zeros(weights.dim());
        Zip::from(&mut values).and(weights).and(bounds.view(array)).par_for_each(|to, weight, &value| {
            let value = hu(value);
            *weight = if value.is_finite() { *weight } else { 0.0 };
            *to = if *weight > 0.0 { value } else { 0.0 };
        });
        values
    }
    match voxels {
        Voxels::I16(array) => of(array, bounds, weights, f32::from),
        Voxels::I32(array) => of(array, bounds, weights, |value| value as f32),
        Voxels::F32(array) => of(array, bounds, weights, |value| value),
        Voxels::F64(array) => of(array, bounds, weights, |value| value as f32),
    }
}

/// Median and robust standard deviation of all that is a number; the upper of two middle values.
pub(super) fn median_and_spread(values: &Array3<f32>) -> Option<[f64; 2]> {
    let mut numbers: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let median = *upper_median(&mut numbers)?;
    numbers.iter_mut().for_each(|value| *value = (*value - median).abs());
    let deviation = *upper_median(&mut numbers)?;
    Some([f64::from(median), NORMAL * f64::from(deviation)])
}

fn upper_median(numbers: &mut [f32]) -> Option<&f32> {
    let middle = numbers.len() / 2;
    (middle < numbers.len()).then(|| &*numbers.select_nth_unstable_by(middle, f32::total_cmp).1)
}

/// What is summed over a finding's voxels.
#[derive(Clone, Default)]
struct Sums {
    n: usize,
    places: [usize; 3],
    hu: f64,
    calcified: usize,
    fat: usize,
    gas: usize,
    bounds: Option<VoxelBox>,
    /// The voxel nearest to the centroid so far, and its squared distance in mm2.
    nearest: Option<([usize; 3], f64)>,
}

/// The findings whose smoothed HU lie in a range, ends included.
fn in_range(
    volume: &Volume,
    bounds: VoxelBox,
    smooth: &Array3<f32>,
    hu: &Array3<f32>,
    [least, most]: [f64; 2],
) -> Vec<Finding> {
    let picks = |value: &f32| (least..=most).contains(&f64::from(*value));
    let components = Components::of(smooth.view(), Connectivity::Faces, picks);
    let voxel_mm3 = volume.geometry().voxel_volume_mm3();
    // Components come by size, so that the ones too small for any finding are left out at once.
    let large = components.sizes().partition_point(|n| *n as f64 * voxel_mm3 >= LEAST_CALCIFICATION_MM3);
    let mut sums = vec![Sums::default(); large];
    for run in components.runs() {
        let Some(sums) = sums.get_mut(run.component as usize) else { continue };
        let (k, j) = (run.slice as usize, run.row as usize);
        let here = VoxelBox { low: [run.start as usize, j, k], high: [run.end as usize, j + 1, k + 1] };
        sums.bounds = Some(sums.bounds.map_or(here, |sofar| sofar.union(here)));
        for i in here.range(0) {
            sums.n += 1;
            sums.places = [sums.places[0] + i, sums.places[1] + j, sums.places[2] + k];
            sums.hu += f64::from(hu[(k, j, i)]);
            sums.calcified += usize::from(f64::from(smooth[(k, j, i)]) >= CALCIFIED_HU);
            sums.fat += usize::from(f64::from(smooth[(k, j, i)]) <= FAT_HU);
            sums.gas += usize::from(f64::from(smooth[(k, j, i)]) <= GAS_HU);
        }
    }
    let spacing = volume.geometry().spacing_mm();
    for run in components.runs() {
        let Some(sums) = sums.get_mut(run.component as usize) else { continue };
        for i in run.start as usize..run.end as usize {
            let voxel = [i, run.row as usize, run.slice as usize];
            let away = |a: usize| (voxel[a] as f64 - sums.places[a] as f64 / sums.n as f64) * spacing[a];
            let square = (0..3).map(|a| away(a).powi(2)).sum::<f64>();
            if sums.nearest.is_none_or(|(_, least)| square < least) {
                sums.nearest = Some((voxel, square));
            }
        }
    }
    let bright = most == f64::INFINITY;
    sums.iter().filter_map(|sums| finding(sums, bright, volume, bounds)).collect()
}

/// The finding that sums describe, in the volume's voxels; `None` where it is too small for its kind.
fn finding(sums: &Sums, bright: bool, volume: &Volume, within: VoxelBox) -> Option<Finding> {
    let geometry = volume.geometry();
    let volume_mm3 = sums.n as f64 * geometry.voxel_volume_mm3();
    let names = |part: usize| part as f64 >= NAMING_PART * sums.n as f64;
    let likeness = match bright {
        true if names(sums.calcified) => Likeness::Calcification,
        true => Likeness::Vessel,
        false if names(sums.gas) => Likeness::Gas,
        false if names(sums.fat) => Likeness::Fat,
        false => Likeness::Lesion,
    };
    let least = if likeness == Likeness::Calcification { LEAST_CALCIFICATION_MM3 } else { LEAST_MM3 };
    if volume_mm3 < least {
        return None;
    }
    let shift = |corner: [usize; 3]| -> [usize; 3] { std::array::from_fn(|a| corner[a] + within.low[a]) };
    let (voxel, bounds) = (shift(sums.nearest?.0), sums.bounds?);
    Some(Finding {
        likeness,
        voxel,
        centre_mm: geometry.patient_from_voxel(voxel.map(|x| x as f64)),
        n_voxels: sums.n,
        volume_mm3,
        mean_hu: sums.hu / sums.n as f64,
        bounds: VoxelBox { low: shift(bounds.low), high: shift(bounds.high) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;
    use crate::volume::Geometry;

    const SPACING: [f64; 3] = [0.8, 0.8, 2.0];

    /// Liver of 105 HU with noise, and balls (column, row, slice, radius in mm, HU).
    fn image(noise_hu: f64, balls: &[([usize; 3], f64, f64)]) -> (Volume, Mask) {
        // Oblique and flipped, so that up is not +z.
        let steps = [[0.0, SPACING[0], 0.0], [SPACING[1], 0.0, 0.0], [0.0, 0.0, -SPACING[2]]];
        let geometry = Geometry::new([90, 80, 30], [10.0, -20.0, 30.0], steps).unwrap();
        let mut stream = Stream::new(11, 0);
        let mut hu = |(k, j, i): (usize, usize, usize)| {
            let ball = balls.iter().find(|(centre, radius, _)| {
                let steps = [i, j, k].map(|x| x as f64);
                (0..3).map(|a| ((steps[a] - centre[a] as f64) * SPACING[a]).powi(2)).sum::<f64>() <= radius * radius
            });
            // Four uniform numbers: near enough to a normal distribution.
            let noise: f64 = (0..4).map(|_| stream.between(-1.0, 1.0)).sum::<f64>() * (3.0f64 / 4.0).sqrt();
            (ball.map_or(105.0, |ball| ball.2) + noise_hu * noise).round() as i16
        };
        let voxels = Array3::from_shape_fn(geometry.shape(), &mut hu);
        let inside = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| k > 0 && j > 2 && i > 2 && i < 85);
        (Volume::new(geometry, Voxels::I16(voxels)).unwrap(), Mask::new(geometry, inside).unwrap())
    }

    fn looked(noise_hu: f64, balls: &[([usize; 3], f64, f64)]) -> Findings {
        let (volume, voi) = image(noise_hu, balls);
        findings(&volume, &voi, &Progress::new()).unwrap()
    }

    #[test]
    fn each_kind_is_found_where_it_is_and_named() {
        let balls = [
            ([20, 20, 8], 6.0, 170.0),
            ([60, 20, 8], 10.0, 60.0),
            ([20, 60, 20], 3.0, 700.0),
            ([60, 60, 20], 7.0, -90.0),
        ];
        let found = looked(20.0, &balls);
        let expected = [
            (Likeness::Lesion, 1, 10.0),
            (Likeness::Fat, 3, 7.0),
            (Likeness::Vessel, 0, 6.0),
            (Likeness::Calcification, 2, 3.0),
        ];
        assert_eq!(found.n_found, 4, "{:?}", found.listed);
        for (finding, (likeness, ball, radius)) in found.listed.iter().zip(expected) {
            assert_eq!(finding.likeness, likeness);
            let away = (0..3).map(|a| finding.voxel[a].abs_diff(balls[ball].0[a])).max().unwrap();
            assert!(away <= 1, "{finding:?}");
            // The least contrast is met at most two standard deviations of the smoothing outside of an edge.
            let of_same_volume = (finding.volume_mm3 * 3.0 / 4.0 / std::f64::consts::PI).cbrt();
            assert!((of_same_volume - radius).abs() < 2.0 * SMOOTHING_MM, "{finding:?}: a ball of {of_same_volume} mm");
        }
        assert!((found.median_hu.unwrap() - 105.0).abs() < 1.0);
    }

    #[test]
    fn air_is_gas_and_no_fat() {
        let found = looked(20.0, &[([42, 40, 14], 8.0, -900.0)]);
        let [air] = found.listed[..] else { panic!("{:?}", found.listed) };
        assert_eq!((air.likeness, air.voxel), (Likeness::Gas, [42, 40, 14]));
    }

    #[test]
    fn even_liver_with_noise_has_no_findings() {
        for noise in [0.0, 12.0, 25.0] {
            assert_eq!(looked(noise, &[]).listed, [], "noise of {noise} HU");
        }
    }

    #[test]
    fn what_is_outside_of_the_voi_or_padding_is_not_looked_at() {
        let (volume, voi) = image(10.0, &[([20, 20, 8], 6.0, 170.0)]);
        let padding = Array3::from_shape_fn(volume.geometry().shape(), |(_, j, i)| j < 40 && i < 40);
        let volume = volume.with_padding(padding).unwrap();
        assert_eq!(findings(&volume, &voi, &Progress::new()).unwrap().listed, []);
        let empty = Mask::new(*voi.geometry(), Array3::from_elem(voi.inside().dim(), false)).unwrap();
        assert_eq!(findings(&volume, &empty, &Progress::new()).unwrap().median_hu, None);
    }

    #[test]
    fn the_centre_of_a_ring_lies_on_the_ring_and_in_the_patient() {
        let (volume, voi) = image(0.0, &[([45, 40, 12], 6.0, 105.0), ([45, 40, 12], 12.0, 170.0)]);
        let found = findings(&volume, &voi, &Progress::new()).unwrap();
        let [ring] = found.listed[..] else { panic!("{:?}", found.listed) };
        let away = |a: usize| (ring.voxel[a] as f64 - [45.0, 40.0, 12.0][a]) * SPACING[a];
        let from_middle = (0..3).map(|a| away(a).powi(2)).sum::<f64>().sqrt();
        assert!((4.0..14.0).contains(&from_middle), "{from_middle} mm");
        assert_eq!(ring.centre_mm, volume.geometry().patient_from_voxel(ring.voxel.map(|x| x as f64)));
        assert!((0..3).all(|a| ring.bounds.range(a).contains(&ring.voxel[a])));
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let (volume, voi) = image(20.0, &[([20, 20, 8], 6.0, 170.0), ([60, 60, 20], 9.0, 50.0)]);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| findings(&volume, &voi, &Progress::new()).unwrap())
        };
        assert_eq!(with(1), with(3));
    }
}
