//! Letters for directions in the patient: R L, A P, H F.

/// Parts of a unit vector below this are not named: 15 degrees off an axis.
const NAMED_FROM: f64 = 0.2588;

/// Letters of the direction that a vector in patient space (LPS) points to, the largest part first, three at most: "L",
/// "AL" when it leans, "" for a zero vector. H and F (head, feet) as in DICOM PS3.3 C.7.6.1.1.1.
pub(super) fn letters(direction: [f64; 3]) -> String {
    const NAMES: [[char; 2]; 3] = [['R', 'L'], ['A', 'P'], ['F', 'H']];
    let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length == 0.0 || !length.is_finite() {
        return String::new();
    }
    let mut parts: Vec<(f64, char)> = (0..3)
        .map(|axis| (direction[axis].abs() / length, NAMES[axis][usize::from(direction[axis] > 0.0)]))
        .filter(|(part, _)| *part > NAMED_FROM)
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_and_leaning_directions_are_named_by_their_largest_part_first() {
        assert_eq!(letters([1.0, 0.0, 0.0]), "L");
        assert_eq!(letters([0.0, 0.1, -2.0]), "F");
        assert_eq!(letters([0.5, -0.8, 0.0]), "AL");
        assert_eq!(letters([-0.7, 0.6, 0.4]), "RPH");
        assert_eq!(letters([0.0; 3]), "");
    }
}
