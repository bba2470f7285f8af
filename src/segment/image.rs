//! The image under a pen: the HU of one slice, as the tools that look at them want them.

use ndarray::{Array3, Axis};

use super::SliceOfGrid;
use crate::volume::{Volume, Voxels};

/// What padding counts as: air, as it is shown.
const AIR: f32 = -1024.0;

/// The values of one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceImage {
    values: Vec<f32>,
    size: [usize; 2],
    spacing_mm: [f64; 2],
}

impl SliceImage {
    /// Values of `size` = [pixels along the first axis, along the second], the first axis running fastest; none where there
    /// are more or fewer of them, or where spacing is no distance.
    pub fn new(values: Vec<f32>, size: [usize; 2], spacing_mm: [f64; 2]) -> Option<Self> {
        let sound = spacing_mm.iter().all(|mm| mm.is_finite() && *mm > 0.0);
        (sound && size[0].checked_mul(size[1]) == Some(values.len())).then_some(Self { values, size, spacing_mm })
    }

    /// A slice of a volume; none where the volume has no such slice. Padding is air.
    pub fn of(volume: &Volume, slice: SliceOfGrid) -> Option<Self> {
        let mut values = match volume.voxels() {
            Voxels::I16(voxels) => plane(voxels, slice, |&x| f32::from(x)),
            Voxels::I32(voxels) => plane(voxels, slice, |&x| x as f32),
            Voxels::F32(voxels) => plane(voxels, slice, |&x| x),
            Voxels::F64(voxels) => plane(voxels, slice, |&x| x as f32),
        }?;
        if let Some(padding) = volume.padding() {
            for (value, _) in values.iter_mut().zip(plane(padding, slice, |&x| x)?).filter(|(_, padding)| *padding) {
                *value = AIR;
            }
        }
        Self::new(values, slice.size(volume.geometry()), slice.spacing_mm(volume.geometry()))
    }

    /// Pixels along both axes.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Distance between neighbouring pixels along both axes, in mm.
    pub fn spacing_mm(&self) -> [f64; 2] {
        self.spacing_mm
    }

    /// The values, the first axis running fastest.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The value of a pixel; none beyond the slice.
    pub fn at(&self, a: i64, b: i64) -> Option<f32> {
        let [width, height] = self.size.map(|n| n as i64);
        let within = (0..width).contains(&a) && (0..height).contains(&b);
        within.then(|| self.values.get((b * width + a) as usize).copied()).flatten()
    }
}

fn plane<T, U>(voxels: &Array3<T>, slice: SliceOfGrid, value: impl Fn(&T) -> U) -> Option<Vec<U>> {
    let axis = Axis(2 - slice.axis.min(2));
    (slice.index < voxels.len_of(axis)).then(|| voxels.index_axis(axis, slice.index).iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    fn volume() -> Volume {
        let geometry = Geometry::axial([4, 3, 2], [0.0; 3], [0.5, 0.6, 5.0]).unwrap();
        let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| (100 * k + 10 * j + i) as i16);
        let padding = Array3::from_shape_fn(geometry.shape(), |at| at == (1, 2, 3));
        Volume::new(geometry, Voxels::I16(voxels)).unwrap().with_padding(padding).unwrap()
    }

    #[test]
    fn the_values_of_every_plane_lie_where_its_pixels_do() {
        let volume = volume();
        for axis in 0..3 {
            let slice = SliceOfGrid { axis, index: 1 };
            let image = SliceImage::of(&volume, slice).unwrap();
            let [width, height] = image.size();
            assert_eq!(
                (image.size(), image.spacing_mm()),
                (slice.size(volume.geometry()), slice.spacing_mm(volume.geometry()))
            );
            for (a, b) in (0..width * height).map(|n| (n % width, n / width)) {
                let [i, j, k] = slice.voxel([a as f64, b as f64]);
                let expected = if [i, j, k] == [3.0, 2.0, 1.0] { -1024.0 } else { 100.0 * k + 10.0 * j + i };
                assert_eq!(image.at(a as i64, b as i64), Some(expected as f32));
            }
            assert_eq!((image.at(-1, 0), image.at(0, height as i64)), (None, None));
        }
        assert_eq!(SliceImage::of(&volume, SliceOfGrid { axis: 2, index: 2 }), None);
    }

    #[test]
    fn values_that_do_not_fill_a_slice_make_none() {
        assert!(SliceImage::new(vec![0.0; 3], [2, 2], [1.0; 2]).is_none());
        assert!(SliceImage::new(vec![0.0; 4], [2, 2], [1.0, 0.0]).is_none());
        assert!(SliceImage::new(vec![0.0; 4], [2, 2], [1.0; 2]).is_some());
    }
}
