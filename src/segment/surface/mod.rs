//! Surfaces of what is drawn, to look at: one closed mesh of triangles for each label, in patient millimetres (LPS).
//!
//! Surface nets (Gibson 1998): voxels are gathered into cells, every place where eight cells meet and not all are inside gets one
//! vertex, and vertices are relaxed, each held near where eight cells meet, so that the net loses the cells' steps and not what
//! they hold (Frisken 2022 does the same for segmentations). A cell counts by the part of it that is inside, and what is thinner
//! than a cell keeps the cells that it goes through: a vessel of one voxel is drawn somewhat too thick rather than not at all.
//!
//! It is a picture: nothing is measured on it, and it is as coarse as [`MOST_TRIANGLES`] asks for. Images of coarser voxels than a
//! cell keep their voxels.

mod cells;
mod finish;
mod net;

use self::cells::Cells;
use self::net::{Net, Relaxing};
use crate::base::{Cancelled, Progress};
use crate::volume::{Geometry, Label, LabelMap, VoxelBox};

/// Triangles of all labels together, at most: what one core turns at more than a hundred pictures a second.
pub const MOST_TRIANGLES: usize = 60_000;

/// Triangles on the surface of one label.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// Whose surface it is.
    pub label: Label,
    /// Vertices in patient mm.
    pub points: Vec<[f32; 3]>,
    /// Unit vectors out of the label, one for each vertex.
    pub normals: Vec<[f32; 3]>,
    /// Vertices of each triangle, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Sides of the cells along column, row and slice index, in mm.
    pub cell_mm: [f64; 3],
}

/// The surfaces of a label map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surfaces {
    /// Those of the labels that are drawn, in the order of [`Label::ALL`].
    pub list: Vec<Surface>,
    /// The middle of everything, in patient mm.
    pub centre: [f32; 3],
    /// How far the farthest vertex lies from there, in mm.
    pub radius: f32,
}

/// How a label's surface is made.
struct Recipe {
    /// Cells are not made finer than this, in mm.
    finest_mm: f64,
    /// Triangles at most.
    most: usize,
    relaxing: Relaxing,
}

/// The liver is large and smooth; vessels are thin and branch. Slices of 5 mm make terraces several cells wide, which it takes many
/// rounds to slope; the volume that a net of no thin parts loses thereby is given back. Together they have [`MOST_TRIANGLES`].
fn recipe(label: Label) -> Recipe {
    match label {
        Label::Liver => Recipe { finest_mm: 2.5, most: 28_000, relaxing: Relaxing::SMOOTH },
        Label::Vessel => Recipe { finest_mm: 1.25, most: 20_000, relaxing: Relaxing::FAITHFUL },
        Label::Lesion | Label::Caudate => Recipe { finest_mm: 1.5, most: 6_000, relaxing: Relaxing::SMOOTH },
    }
}

/// The surfaces of all labels that are drawn.
pub fn surfaces(map: &LabelMap, progress: &Progress) -> Result<Surfaces, Cancelled> {
    let mut list = Vec::new();
    for label in Label::ALL {
        list.extend(surface(map, label, progress)?);
    }
    let bounds = list.iter().flat_map(|surface: &Surface| &surface.points).fold(None, |bounds, point| {
        let [low, high] = bounds.unwrap_or([*point; 2]);
        Some([std::array::from_fn(|x| point[x].min(low[x])), std::array::from_fn(|x| point[x].max(high[x]))])
    });
    let [low, high]: [[f32; 3]; 2] = bounds.unwrap_or_default();
    let centre = std::array::from_fn(|x| (low[x] + high[x]) / 2.0);
    let distance = |point: &[f32; 3]| (0..3).map(|x| (point[x] - centre[x]).powi(2)).sum::<f32>().sqrt();
    let radius = list.iter().flat_map(|surface| &surface.points).map(distance).fold(0.0, f32::max);
    Ok(Surfaces { list, centre, radius })
}

impl Surfaces {
    /// Triangles in all.
    pub fn n_triangles(&self) -> usize {
        self.list.iter().map(|surface| surface.triangles.len()).sum()
    }
}

/// The surface of one label; `None` where nothing of it is drawn.
fn surface(map: &LabelMap, label: Label, progress: &Progress) -> Result<Option<Surface>, Cancelled> {
    let bit = label.bit();
    let Some(bounds) = VoxelBox::around(map.bits().view(), |bits| bits & bit != 0) else { return Ok(None) };
    let Recipe { finest_mm, most, relaxing } = recipe(label);
    let (spacing, size) = (map.geometry().spacing_mm(), bounds.size());
    let mut side_mm = finest_mm;
    let mut group = grouped(spacing, side_mm, size);
    let net = loop {
        progress.check()?;
        let is_one_cell = group == size;
        let net = (Cells::number(bounds, group) <= Cells::MOST)
            .then(|| Net::around(&Cells::of(map.bits(), bit, bounds, group)));
        let excess = net.as_ref().map_or(2.0, |net| net.n_triangles() as f64 / most as f64);
        if let Some(net) = net.filter(|_| excess <= 1.0 || is_one_cell) {
            break net;
        }
        // The number of triangles falls with the square of the cells' side; a little more than that ends sooner.
        let before = group;
        while group == before {
            side_mm *= (1.03 * excess.sqrt()).clamp(1.05, 2.0);
            group = grouped(spacing, side_mm, size);
        }
    };
    progress.check()?;
    Ok(Some(finished(net, label, map.geometry(), relaxing)))
}

/// Voxels that make a cell along each axis, no more than there are.
fn grouped(spacing_mm: [f64; 3], side_mm: f64, size: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| (side_mm / spacing_mm[axis]).round().clamp(1.0, size[axis] as f64) as usize)
}

fn finished(mut net: Net, label: Label, geometry: &Geometry, relaxing: Relaxing) -> Surface {
    net.relax(relaxing);
    let cell_mm = std::array::from_fn(|axis| net.group[axis] as f64 * geometry.spacing_mm()[axis]);
    let mut points: Vec<[f64; 3]> = net.voxels().map(|voxel| geometry.patient_from_voxel(voxel)).collect();
    let triangles = finish::triangles(&net.quads, &points, is_mirrored(geometry));
    if relaxing.gives_volume_back {
        let volume_mm3 = net.volume * geometry.voxel_volume_mm3();
        let most_mm = cell_mm.into_iter().fold(f64::INFINITY, f64::min) / 2.0;
        finish::give_volume_back(&mut points, &triangles, volume_mm3, most_mm);
    }
    let normals = finish::normals(&points, &triangles);
    let points = points.into_iter().map(|point| point.map(|x| x as f32)).collect();
    Surface { label, points, normals, triangles, cell_mm }
}

/// Whether column, row and slice index make a left-handed system in the patient.
fn is_mirrored(geometry: &Geometry) -> bool {
    let [[a, b, c], [d, e, f], [g, h, i]] = geometry.steps();
    a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0.0
}

#[cfg(test)]
mod tests;
