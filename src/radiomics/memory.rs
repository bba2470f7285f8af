//! Memory that an extraction takes, from what it works on and how: for whoever lets several run side by side.
//!
//! The parts follow the code that takes them; what they come to was held against measurements (`docs/performance.md`), and lies above
//! them. Gray levels are not known before they are made: of bins of a fixed width a usual number is taken.

use super::discretize::MOST_PRESENT;
use super::feature_id::FeatureClass;
use super::filter::Filter;
use super::filter::memory::{images, work};
use super::prepare::reach_of;
use super::protocol::{Binning, FeatureChoice, Preparation, Protocol, Resample, TextureSettings};

/// An image and a VOI on its grid, as far as memory is concerned. Axes are slice, row, column.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Voxels of the image along each axis.
    pub image: [usize; 3],
    /// Bytes that each takes.
    pub bytes_each: u64,
    /// Spacing along each axis.
    pub spacing_mm: [f64; 3],
    /// Voxels of the VOI's bounding box along each axis.
    pub voi: [usize; 3],
    /// Voxels of the VOI.
    pub n_inside: u64,
}

/// Bytes of a 64-bit number.
pub(super) const DOUBLE: f64 = 8.0;
/// Bytes a voxel of the VOI and derived image: its value, also while the parts of an image are put together. Measured, as the next,
/// and rounded up.
const DERIVED_BYTES: f64 = 10.0;
/// Bytes a voxel of the VOI that each thread takes which counts textures.
const TEXTURE_BYTES: f64 = 24.0;
/// Bytes a cell of the frame in which they are counted: ranks, and gray levels.
const CELL_BYTES: f64 = 4.0;
/// Bytes a pair of gray levels that each thread takes: counts, probabilities and what is made of them.
const PAIR_BYTES: f64 = 32.0;
/// Bytes a gray level and number of neighbours.
const NEIGHBOURS_BYTES: f64 = 16.0;
/// Gray levels that bins of fixed width usually make.
const USUAL_LEVELS: f64 = 128.0;

/// Bytes that an extraction takes at its most with so many threads, the image and the VOI's mask among them.
pub fn bytes_to_extract(sizes: &Sizes, protocol: &Protocol, n_threads: usize) -> u64 {
    let prepared = Prepared::of(sizes, &protocol.preparation);
    let measuring = measuring(&prepared, protocol, n_threads.max(1));
    let loaded = voxels(sizes.image) * (sizes.bytes_each as f64 + MASK_BYTES);
    // A conversion from a real number stops at the largest integer.
    (loaded + prepared.bytes + prepared.passing_bytes.max(measuring)) as u64
}

/// Bytes a voxel of a mask.
const MASK_BYTES: f64 = 1.0;

/// What filters and textures see, and what making it takes.
struct Prepared {
    image: [usize; 3],
    spacing_mm: [f64; 3],
    voi: [usize; 3],
    n_inside: f64,
    /// Of the prepared image, where it is not the image itself.
    bytes: f64,
    /// While it is made.
    passing_bytes: f64,
}

impl Prepared {
    fn of(sizes: &Sizes, preparation: &Preparation) -> Self {
        let Sizes { image, bytes_each, spacing_mm, voi, n_inside } = *sizes;
        let is_scaled = preparation.normalize.is_some();
        let each = if is_scaled { DOUBLE } else { bytes_each as f64 };
        let n_inside = n_inside as f64;
        let same = Self { image, spacing_mm, voi, n_inside, bytes: 0.0, passing_bytes: 0.0 };
        match (&preparation.resample, preparation.crop) {
            (Some(resample), _) => same.resampled(resample, each),
            (None, Some(pad)) => {
                let image = around(voi, [pad as usize; 3], image);
                Self { image, bytes: voxels(image) * each, ..same }
            }
            (None, None) => Self { bytes: if is_scaled { voxels(image) * DOUBLE } else { 0.0 }, ..same },
        }
    }

    /// On the grid of another spacing; a spacing of 0 and an axis along which the VOI is flat keep what they are.
    fn resampled(self, resample: &Resample, each: f64) -> Self {
        let [column, row, slice] = resample.spacing_mm;
        let asked = [slice, row, column];
        let is_kept = |axis: usize| asked[axis] == 0.0 || self.voi[axis] == 1;
        let wanted: [f64; 3] =
            std::array::from_fn(|axis| if is_kept(axis) { self.spacing_mm[axis] } else { asked[axis] });
        let pad = resample.pad_voxels as usize;
        let finer: [f64; 3] = std::array::from_fn(|axis| self.spacing_mm[axis] / wanted[axis]);
        let along = |size: [usize; 3], axis: usize| (size[axis] as f64 * finer[axis]).ceil() as usize;
        let voi = std::array::from_fn(|axis| along(self.voi, axis).saturating_add(1));
        let image = around(voi, [pad; 3], std::array::from_fn(|axis| along(self.image, axis)));
        // What the interpolator looks at, as 64-bit numbers.
        let reach = reach_of(resample.interpolator);
        let seen = std::array::from_fn(|axis| (pad as f64 / finer[axis]).ceil() as usize + 1 + reach);
        Self {
            image,
            spacing_mm: wanted,
            voi,
            n_inside: self.n_inside * finer.iter().product::<f64>(),
            bytes: voxels(image) * each,
            passing_bytes: voxels(around(self.voi, seen, self.image)) * DOUBLE + voxels(image) * MASK_BYTES,
        }
    }
}

/// Bytes of all filters and of the threads that count textures.
fn measuring(prepared: &Prepared, protocol: &Protocol, n_threads: usize) -> f64 {
    let images: usize = protocol.images.iter().map(|settings| images(&settings.filter)).sum();
    let Prepared { image, spacing_mm, voi, .. } = *prepared;
    let filter = |filter: &Filter| work(filter, voi, image, spacing_mm, n_threads);
    let filters: f64 = protocol.images.iter().map(|settings| filter(&settings.filter)).sum();
    let counting = protocol
        .images
        .iter()
        .map(|settings| counting(&settings.texture, &protocol.features, prepared))
        .fold(0.0, f64::max);
    // Beyond its images an extraction has nothing more to count at once.
    filters + images as f64 * DERIVED_BYTES * prepared.n_inside + n_threads.min(images) as f64 * counting
}

/// Bytes that a thread takes which counts the textures of an image.
fn counting(texture: &TextureSettings, choice: &FeatureChoice, prepared: &Prepared) -> f64 {
    let frame = prepared.voi.map(|side| side as f64 + 2.0 * texture.reach() as f64).iter().product::<f64>();
    let levels = match texture.binning {
        Binning::BinWidth(_) => USUAL_LEVELS,
        Binning::BinCount(bins) => f64::from(bins).min(MOST_PRESENT as f64),
    };
    let of_shell =
        |distance: u32| (2.0 * f64::from(distance) + 1.0).powi(3) - (2.0 * f64::from(distance) - 1.0).powi(3);
    let neighbours = texture.distances.iter().copied().map(of_shell).sum::<f64>().min(frame) + 1.0;
    let has_any = |of: &[FeatureClass]| choice.classes().any(|class| of.contains(&class));
    let pairs = if has_any(&[FeatureClass::Glcm]) { levels * levels * PAIR_BYTES } else { 0.0 };
    let looks_around = has_any(&[FeatureClass::Gldm, FeatureClass::Ngtdm]);
    let around = if looks_around { levels * neighbours * NEIGHBOURS_BYTES } else { 0.0 };
    prepared.n_inside * TEXTURE_BYTES + frame * CELL_BYTES + pairs + around
}

/// A box and some voxels on each side of it, as far as an image of this size goes.
pub(super) fn around(inner: [usize; 3], reach: [usize; 3], size: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| inner[axis].saturating_add(reach[axis].saturating_mul(2)).min(size[axis]))
}

/// Voxels of a box, without an end to what can be counted.
pub(super) fn voxels(size: [usize; 3]) -> f64 {
    size.map(|side| side as f64).iter().product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::{ImageSettings, Interpolator, Normalize, Sigma};

    const LIVER: Sizes = Sizes {
        image: [100, 512, 512],
        bytes_each: 2,
        spacing_mm: [5.0, 0.8, 0.8],
        voi: [40, 200, 250],
        n_inside: 700_000,
    };

    fn need(change: impl Fn(&mut Sizes, &mut Protocol)) -> f64 {
        let (mut sizes, mut protocol) = (LIVER, Protocol::liang2022());
        change(&mut sizes, &mut protocol);
        bytes_to_extract(&sizes, &protocol, 2) as f64
    }

    /// What a change of the study's protocol takes more.
    fn more(change: impl Fn(&mut Protocol)) -> f64 {
        need(|_, protocol| change(protocol)) - need(|_, _| {})
    }

    fn with_distances(protocol: &mut Protocol, distances: &[u32]) {
        protocol.images.iter_mut().for_each(|image| image.texture.distances = distances.to_vec());
    }

    #[test]
    fn need_grows_with_image_voi_box_and_threads() {
        let base = need(|_, _| {});
        assert!(need(|sizes, _| sizes.image[0] = 200) > base && need(|sizes, _| sizes.bytes_each = 4) > base);
        assert!(need(|sizes, _| sizes.n_inside = 900_000) > base && need(|sizes, _| sizes.voi[0] = 80) > base);
        let with = |n_threads| bytes_to_extract(&LIVER, &Protocol::liang2022(), n_threads);
        assert!(with(1) < with(2) && with(2) < with(14) && with(14) == with(64));
        let endless = Sizes { image: [usize::MAX; 3], voi: [usize::MAX; 3], n_inside: u64::MAX, ..LIVER };
        assert_eq!(bytes_to_extract(&endless, &Protocol::liang2022(), 1), u64::MAX);
    }

    #[test]
    fn a_normalized_image_is_held_in_64_bits_as_far_as_it_is_used() {
        let normalize = Some(Normalize { scale: 100.0, remove_outliers: None });
        let whole = need(|_, protocol| protocol.preparation.normalize = normalize);
        assert_eq!(whole - need(|_, _| {}), 8.0 * voxels(LIVER.image));
        let cropped = |pad, normalize| {
            need(|_, protocol| {
                protocol.preparation.normalize = normalize;
                protocol.preparation.crop = Some(pad);
            })
        };
        // 64 bits in place of the 16 of the image.
        assert_eq!(cropped(5, normalize) - cropped(5, None), 6.0 * 50.0 * 210.0 * 260.0);
        assert!(cropped(25, normalize) > cropped(5, normalize) && cropped(5, normalize) < whole);
    }

    #[test]
    fn distances_widen_the_frame_on_every_side() {
        let cells = |reach: f64| (40.0 + 2.0 * reach) * (200.0 + 2.0 * reach) * (250.0 + 2.0 * reach);
        let far = more(|protocol| with_distances(protocol, &[1, 20]));
        assert!(far >= 2.0 * CELL_BYTES * (cells(20.0) - cells(1.0)), "{far}");
        assert!(more(|protocol| with_distances(protocol, &[1, 40])) > far);
    }

    #[test]
    fn a_finer_grid_has_more_voxels_to_measure() {
        let to = |spacing_mm: [f64; 3], pad_voxels| {
            let resample = Resample { spacing_mm, interpolator: Interpolator::BSpline, pad_voxels };
            need(|_, protocol| protocol.preparation.resample = Some(resample))
        };
        assert!(to([0.8, 0.8, 2.5], 5) > 1.5 * to([0.8, 0.8, 5.0], 5));
        // 0 keeps the spacing, as does the image's own.
        assert_eq!(to([0.0, 0.0, 0.0], 5), to([0.8, 0.8, 5.0], 5));
        assert!(to([1.0, 1.0, 1.0], 20) > to([1.0, 1.0, 1.0], 5));
    }

    #[test]
    fn filters_take_what_their_images_and_their_reach_come_to() {
        let one = |filter: Filter| {
            let image = ImageSettings { filter, texture: TextureSettings::default() };
            need(|_, protocol| protocol.images = vec![image.clone()])
        };
        let log = |sigma: &[f64]| {
            let sigma = sigma.iter().map(|&mm| Sigma::new(mm, false).unwrap()).collect();
            one(Filter::LoG { sigma })
        };
        assert!(log(&[1.0, 2.0]) > log(&[2.0]) && log(&[2.0]) > log(&[1.0]) && log(&[1.0]) > one(Filter::Square));
        let wavelet = |name: &str, level| one(Filter::Wavelet { wavelet: name.to_owned(), start_level: 0, level });
        assert!(wavelet("coif1", 2) > wavelet("coif1", 1) && wavelet("dmey", 1) > wavelet("coif1", 1));
        let pattern = |levels, radius| one(Filter::LBP3D { levels, radius, subdivision: 1 });
        assert!(pattern(4, 1.0) > pattern(2, 1.0) && pattern(2, 9.0) > pattern(2, 1.0));
    }

    #[test]
    fn many_bins_make_large_matrices() {
        let bins = |count| more(|protocol| *protocol = protocol.clone().with_binning(Binning::BinCount(count)));
        assert!(bins(1000) > bins(200) + 2.0 * 8.0 * 1000.0 * 1000.0);
    }
}
