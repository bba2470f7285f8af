//! How far each pixel of a slice lies from the outline of a structure, in mm: exact Euclidean distances in the plane.
//!
//! Squared distances as lower envelopes of parabolas, along columns and then along rows (Felzenszwalb and Huttenlocher, Theory of
//! Computing 2012;8:415, doi 10.4086/toc.2012.v008a019).

/// Stands for infinitely far away; its square roots are beyond any image and its sums still exact enough to compare.
const FAR_MM2: f64 = 1e12;

/// Signed distances of one slice, row by row, negative inside. They are to the nearest pixel centre across the outline less half
/// a pixel, so that both sides of a straight edge lie half a pixel off it. A slice that is empty (or full) is far outside (inside).
pub(super) fn signed_mm(inside: &[bool], columns: usize, [column_mm, row_mm]: [f64; 2]) -> Vec<f64> {
    let half = (column_mm + row_mm) / 4.0;
    let to = |wanted: bool| squared_mm2(inside, wanted, columns, [column_mm, row_mm]);
    let (to_inside, to_outside) = (to(true), to(false));
    let signed = |(&outer, &inner): (&f64, &f64)| if outer > 0.0 { outer.sqrt() - half } else { half - inner.sqrt() };
    to_inside.iter().zip(&to_outside).map(signed).collect()
}

/// Squared distances to the nearest pixel whose side is the wanted one.
fn squared_mm2(inside: &[bool], wanted: bool, columns: usize, [column_mm, row_mm]: [f64; 2]) -> Vec<f64> {
    let mut squared: Vec<f64> = inside.iter().map(|&is| if is == wanted { 0.0 } else { FAR_MM2 }).collect();
    if columns == 0 || squared.iter().all(|&value| value > 0.0) {
        return squared;
    }
    let rows = squared.len() / columns;
    let mut envelope = Envelope::default();
    let mut line = vec![0.0; rows];
    for column in 0..columns {
        for (row, value) in line.iter_mut().enumerate() {
            *value = squared[row * columns + column];
        }
        envelope.transform(&mut line, row_mm);
        for (row, value) in line.iter().enumerate() {
            squared[row * columns + column] = *value;
        }
    }
    for row in squared.chunks_exact_mut(columns) {
        envelope.transform(row, column_mm);
    }
    squared
}

/// The parabolas that are lowest somewhere along a line, each with where it begins to be.
#[derive(Default)]
struct Envelope {
    lowest: Vec<(f64, f64, f64)>,
}

impl Envelope {
    /// Puts min over q of (p - q)^2 + f(q) in place of every f(p).
    fn transform(&mut self, line: &mut [f64], step_mm: f64) {
        self.lowest.clear();
        for (index, &height) in line.iter().enumerate() {
            let at = index as f64 * step_mm;
            let mut begins = f64::NEG_INFINITY;
            while let Some(&(before, its_height, its_begin)) = self.lowest.last() {
                begins = ((height + at * at) - (its_height + before * before)) / (2.0 * (at - before));
                if begins > its_begin {
                    break;
                }
                self.lowest.pop();
                begins = f64::NEG_INFINITY;
            }
            self.lowest.push((at, height, begins));
        }
        let mut parabolas = self.lowest.iter().peekable();
        let Some(mut current) = parabolas.next() else { return };
        for (index, value) in line.iter_mut().enumerate() {
            let at = index as f64 * step_mm;
            while let Some(next) = parabolas.next_if(|next| next.2 < at) {
                current = next;
            }
            *value = (at - current.0).powi(2) + current.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;

    #[test]
    fn distances_are_those_of_the_nearest_pixel_across() {
        let (columns, rows, step) = (13, 11, [0.7, 1.3]);
        let mut draw = Stream::new(3, 0);
        let inside: Vec<bool> = (0..columns * rows).map(|_| draw.between(0.0, 1.0) < 0.3).collect();
        for (pixel, found) in signed_mm(&inside, columns, step).into_iter().enumerate() {
            let away = |other: usize| {
                let dx = (pixel % columns).abs_diff(other % columns) as f64 * step[0];
                let dy = (pixel / columns).abs_diff(other / columns) as f64 * step[1];
                dx.hypot(dy)
            };
            let across = (0..inside.len()).filter(|&other| inside[other] != inside[pixel]).map(away);
            let nearest = across.fold(f64::INFINITY, f64::min) - 0.5;
            let expected = if inside[pixel] { -nearest } else { nearest };
            assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
        }
    }

    #[test]
    fn an_empty_slice_is_far_outside_and_a_full_one_far_inside() {
        assert!(signed_mm(&[false; 6], 3, [1.0; 2]).iter().all(|&mm| mm > 1e5));
        assert!(signed_mm(&[true; 6], 3, [1.0; 2]).iter().all(|&mm| mm < -1e5));
    }
}
