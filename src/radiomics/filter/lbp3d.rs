//! Local binary patterns on a sphere around each voxel, after Banerjee et al. 2013 (ACCV 2012, LNCS 7728), as PyRadiomics
//! has them: which samples are at least the centre, condensed into the power of spherical harmonics level by level; and the
//! kurtosis of the samples.
//!
//! Samples come from a cubic spline and are stored in the image's own number type, as SciPy's `map_coordinates` does: a
//! sample of an integer image is an integer, so that ties with the centre are common, and they count.

mod harmonics;
mod moments;
mod number;
mod sampler;
mod sphere;
mod spline;

use rayon::prelude::*;

use super::wavelet::Real;
use super::{Derived, Scene};
use crate::base::widest;
use crate::radiomics::RadiomicsError;
use crate::radiomics::image_type::ImageType;
use crate::radiomics::region::Values;
use crate::volume::Voxels;
use harmonics::Harmonics;
use moments::{COLUMNS, kurtosis};
use number::Number;
use sampler::{Sampler, Samples};

/// The images that the filter makes: one a level of harmonics, then the kurtosis.
pub(super) fn images(levels: u8, radius: f64, subdivision: u8, scene: Scene) -> Result<Vec<Derived>, RadiomicsError> {
    let sphere = sphere::icosphere(subdivision, radius);
    let harmonics = Harmonics::on(&sphere, radius, levels);
    let voxels = scene.volume.voxels();
    let number = Number::of(scene.volume);
    let sampler = match voxels {
        Voxels::I16(image) => Sampler::new(image.view(), number, scene, sphere),
        Voxels::I32(image) => Sampler::new(image.view(), number, scene, sphere),
        Voxels::F32(image) => Sampler::new(image.view(), number, scene, sphere),
        Voxels::F64(image) => Sampler::new(image.view(), number, scene, sphere),
    }?;
    let images = match number {
        Number::F32 => patterns::<f32>(&sampler, &harmonics, scene)?,
        _ => patterns::<f64>(&sampler, &harmonics, scene)?,
    };
    let names = (1..=levels).map(ImageType::Lbp3dLevel).chain([ImageType::Lbp3dKurtosis]);
    names
        .zip(images)
        .map(|(image, gray)| {
            // Equal samples have no kurtosis; that is a fact about the voxel, and PyRadiomics goes on with it.
            let values = match image {
                ImageType::Lbp3dKurtosis => Values { gray, is_f32: false },
                _ => Values::checked(gray, false, scene.region)?,
            };
            Ok(Derived { image, values })
        })
        .collect()
}

/// Voxels beyond the VOI that the spline is fitted on, and that samples are taken from.
pub(super) fn reach(radius: f64) -> [usize; 2] {
    let margin = sampler::margin(radius);
    [margin + spline::REACH, margin]
}

/// One image a level and the kurtosis, at the places of the region. `T` is the precision in which SciPy takes moments.
fn patterns<T: Real>(sampler: &Sampler, harmonics: &Harmonics, scene: Scene) -> Result<Vec<Vec<f64>>, RadiomicsError> {
    let region = scene.region;
    let slices: Vec<&[[u32; 3]]> = region.places.chunk_by(|a, b| a[0] == b[0]).collect();
    let of_slices = slices.into_par_iter().map(|places| {
        scene.progress.check()?;
        Ok(of_slice(places, sampler, harmonics, scene, T::rounded(harmonics.vertices() as f64)))
    });
    let of_slices: Vec<Vec<Vec<f64>>> = of_slices.collect::<Result<_, RadiomicsError>>()?;
    let mut images: Vec<Vec<f64>> = vec![Vec::with_capacity(region.places.len()); harmonics.levels() + 1];
    for of_slice in of_slices {
        images.iter_mut().zip(of_slice).for_each(|(image, part)| image.extend(part));
    }
    Ok(images)
}

widest! {
/// The images at the places of one slice; the number of vertices comes in the precision in which moments are taken.
fn of_slice[T: Real](
    places: &[[u32; 3]],
    sampler: &Sampler,
    harmonics: &Harmonics,
    scene: Scene,
    n_vertices: T,
) -> Vec<Vec<f64>> {
    let levels = harmonics.levels();
    let mut images: Vec<Vec<f64>> = vec![Vec::with_capacity(places.len()); levels + 1];
    let mut samples = Samples::default();
    let mut powers = vec![[0.0; COLUMNS]; levels];
    let mut around: Vec<[f64; COLUMNS]> = Vec::with_capacity(harmonics.vertices());
    for row in places.chunk_by(|a, b| a[1] == b[1]) {
        let first = row[0][2];
        let centres: Vec<f64> = row.iter().map(|&place| centre(scene, place)).collect();
        sampler.sample(row, &centres, &mut samples);
        let columns: Vec<usize> = row.iter().map(|place| (place[2] - first) as usize).collect();
        for (columns, centres) in columns.chunks(COLUMNS).zip(centres.chunks(COLUMNS)) {
            // Columns that are missing at the end of a row are those of its last place.
            let last = columns.len() - 1;
            let mut centre = [0.0; COLUMNS];
            let mut column = [0; COLUMNS];
            for i in 0..COLUMNS {
                (centre[i], column[i]) = (centres[i.min(last)], columns[i.min(last)]);
            }
            around.clear();
            for vertex in 0..harmonics.vertices() {
                let row = samples.of(vertex);
                let mut several = [0.0; COLUMNS];
                for i in 0..COLUMNS {
                    several[i] = row[column[i]];
                }
                around.push(several);
            }
            harmonics.powers(&centre, &around, &mut powers);
            let sample = |vertex: usize| {
                let mut several = [T::zero(); COLUMNS];
                for i in 0..COLUMNS {
                    several[i] = T::rounded(around[vertex][i]);
                }
                several
            };
            let kurtosis = kurtosis(harmonics.vertices(), n_vertices, sample);
            for i in 0..columns.len() {
                powers.iter().zip(&mut images).for_each(|(power, image)| image.push(power[i]));
                images[levels].push(kurtosis[i].as_());
            }
        }
    }
    images
}
}

fn centre(scene: Scene, place: [u32; 3]) -> f64 {
    scene.volume.voxels().at(scene.region.in_volume(place))
}
