//! Small synthetic bodies: what is grown, what is left out, what is refused.

use ndarray::Array3;

use super::*;
use crate::volume::{Geometry, Voxels as Values};

/// What a body is made of, in HU.
const ORGAN: f64 = 110.0;
const FAT: f64 = -100.0;
/// A ball of 60 mm on voxels of 2 x 2 x 3 mm loses some of its outline to the grid: a shell of half a voxel is 5 % of it.
const ROUND: f64 = 0.95;

/// A body of `size` voxels of 2 x 2 x 3 mm with a deterministic ripple of 4 HU for noise.
fn body(hu: impl Fn([f64; 3]) -> f64) -> Arc<Volume> {
    on(Geometry::axial([90, 70, 40], [-90.0, -70.0, -60.0], [2.0, 2.0, 3.0]).unwrap(), hu)
}

fn on(geometry: Geometry, hu: impl Fn([f64; 3]) -> f64) -> Arc<Volume> {
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        let point = geometry.patient_from_voxel([i as f64, j as f64, k as f64]);
        let ripple = ((i * 7 + j * 13 + k * 29) % 9) as f64 - 4.0;
        (hu(point) + ripple).round() as i16
    });
    Arc::new(Volume::new(geometry, Values::I16(voxels)).unwrap())
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|x| (a[x] - b[x]).powi(2)).sum::<f64>().sqrt()
}

/// The organ: a ball of 30 mm about (-30, 0, 0).
const CENTRE: [f64; 3] = [-30.0, 0.0, 0.0];
fn in_organ(point: [f64; 3]) -> bool {
    distance(point, CENTRE) < 30.0
}

/// A neighbour of another attenuation, which a bridge of the organ's own leads to.
fn with_neighbour(neighbour: f64) -> Arc<Volume> {
    body(|point| {
        let bridge = point[0] > -5.0 && point[0] < 15.0 && point[1].hypot(point[2]) < 5.0;
        if in_organ(point) || bridge {
            ORGAN
        } else if distance(point, [35.0, 0.0, 0.0]) < 25.0 {
            neighbour
        } else {
            FAT
        }
    })
}

fn grow(volume: &Arc<Volume>, hints: &Hints) -> Mask {
    let progress = Progress::new();
    Grower::prepare(volume.clone(), &progress).unwrap().propose(hints, &progress).unwrap()
}

fn refused(volume: &Arc<Volume>, hints: &Hints) -> GrowError {
    let progress = Progress::new();
    Grower::prepare(volume.clone(), &progress).unwrap().propose(hints, &progress).unwrap_err()
}

/// Dice with what `truth` says of each voxel's place.
fn dice(mask: &Mask, truth: impl Fn([f64; 3]) -> bool) -> f64 {
    let (mut both, mut sum) = (0usize, 0usize);
    for ((k, j, i), &inside) in mask.inside().indexed_iter() {
        let own = truth(mask.geometry().patient_from_voxel([i as f64, j as f64, k as f64]));
        both += usize::from(own && inside);
        sum += usize::from(own) + usize::from(inside);
    }
    2.0 * both as f64 / sum as f64
}

fn contains(mask: &Mask, point: [f64; 3]) -> bool {
    let [i, j, k] = hints::voxel_under(mask.geometry(), point).unwrap();
    mask.inside()[[k, j, i]]
}

#[test]
fn a_neighbour_of_30_hu_less_stays_out_across_a_bridge() {
    let mask = grow(&with_neighbour(ORGAN - 30.0), &Hints::from_points(&[CENTRE], &[]));
    assert!(dice(&mask, in_organ) > ROUND, "{}", dice(&mask, in_organ));
    assert!(!contains(&mask, [35.0, 0.0, 0.0]));
}

#[test]
fn a_neighbour_of_the_same_attenuation_stays_out_behind_a_neck_until_a_stroke_says_otherwise() {
    let volume = with_neighbour(ORGAN);
    let mask = grow(&volume, &Hints::from_points(&[CENTRE], &[]));
    assert!(dice(&mask, in_organ) > ROUND, "{}", dice(&mask, in_organ));
    let both = grow(&volume, &Hints::from_points(&[CENTRE, [35.0, 0.0, 0.0]], &[]));
    assert!(contains(&both, [35.0, 10.0, 0.0]) && contains(&both, CENTRE));
}

#[test]
fn vessels_and_lesions_within_are_filled() {
    let inner = |point: [f64; 3]| {
        let vessel = (point[1] - 8.0).hypot(point[2]) < 3.0 && in_organ(point);
        let lesion = distance(point, [-36.0, -8.0, 0.0]) < 8.0;
        if vessel {
            190.0
        } else if lesion {
            50.0
        } else if in_organ(point) {
            ORGAN
        } else {
            FAT
        }
    };
    let mask = grow(&body(inner), &Hints::from_points(&[[-30.0, -5.0, 15.0]], &[]));
    assert!(contains(&mask, [-36.0, -8.0, 0.0]), "lesion, Dice {}", dice(&mask, in_organ));
    assert!(contains(&mask, [-30.0, 8.0, 0.0]), "vessel");
    assert!(dice(&mask, in_organ) > ROUND, "{}", dice(&mask, in_organ));
}

#[test]
fn a_background_stroke_takes_a_neighbour_out_again() {
    let volume = with_neighbour(ORGAN);
    let taken = Hints::from_points(&[CENTRE, [25.0, 0.0, 0.0]], &[]);
    assert!(contains(&grow(&volume, &taken), [45.0, 0.0, 0.0]));
    let given_back = Hints::from_points(&[CENTRE], &[[25.0, 0.0, 0.0]]);
    assert!(!contains(&grow(&volume, &given_back), [45.0, 0.0, 0.0]));
}

/// A lesion at the organ's surface that looks like the muscle on which it lies.
const LESION: [f64; 3] = [-30.0, -20.0, 0.0];
fn with_muscle() -> Arc<Volume> {
    // Room for the rolling ball of 40 mm beyond the muscle.
    let geometry = Geometry::axial([90, 100, 60], [-120.0, -130.0, -90.0], [2.0, 2.0, 3.0]).unwrap();
    on(geometry, |point| {
        let muscle = point[1] < -27.0 && point[1] > -39.0;
        if muscle || (in_organ(point) && distance(point, LESION) < 11.0) {
            55.0
        } else if in_organ(point) {
            ORGAN
        } else {
            FAT
        }
    })
}

#[test]
fn a_stroke_in_a_lesion_at_the_surface_takes_no_muscle_that_looks_like_it() {
    let mask = grow(&with_muscle(), &Hints::from_points(&[[-30.0, 5.0, 0.0], LESION], &[]));
    assert!(contains(&mask, LESION) && contains(&mask, [-30.0, -14.0, 0.0]));
    for far in [[8.0, -33.0, 0.0], [-68.0, -33.0, 0.0]] {
        assert!(!contains(&mask, far), "{far:?}, Dice {}", dice(&mask, in_organ));
    }
}

#[test]
fn a_background_stroke_leaves_a_lesion_of_the_same_attenuation_to_the_nearer_liver_stroke() {
    let hints = Hints::from_points(&[[-30.0, 5.0, 0.0], LESION], &[[-30.0, -35.0, 0.0]]);
    let mask = grow(&with_muscle(), &hints);
    assert!(!contains(&mask, [-30.0, -35.0, 0.0]));
    for near in [[-30.0, -14.0, 0.0], [-24.0, -20.0, 0.0], [-36.0, -20.0, 0.0]] {
        assert!(contains(&mask, near), "{near:?}, Dice {}", dice(&mask, in_organ));
    }
}

#[test]
fn voxels_under_strokes_are_what_the_strokes_say() {
    let volume = with_neighbour(FAT);
    let geometry = volume.geometry();
    let way = |y: f64| Stroke { points: vec![[-40.0, y, 0.0], [-20.0, y, 0.0]], radius_mm: 4.0 };
    let hints = Hints { liver: vec![way(0.0), way(50.0)], background: vec![way(18.0)] };
    let mask = grow(&volume, &hints);
    for (strokes, expected) in [(&hints.liver, true), (&hints.background, false)] {
        for [i, j, k] in strokes.iter().flat_map(|stroke| stroke.voxels(geometry)) {
            assert_eq!(mask.inside()[[k, j, i]], expected, "{i} {j} {k}");
        }
    }
    // 20 mm of way and 4 mm of radius hold at least the voxels of their axis.
    assert!(way(0.0).voxels(geometry).len() > 10);
}

#[test]
fn strokes_that_make_no_sense_are_refused_with_the_reason() {
    let volume = with_neighbour(ORGAN - 30.0);
    let said = |liver: &[[f64; 3]], background: &[[f64; 3]]| refused(&volume, &Hints::from_points(liver, background));
    assert_eq!(said(&[], &[CENTRE]), GrowError::NoSeed);
    assert_eq!(said(&[[500.0, 0.0, 0.0]], &[]), GrowError::Outside([500.0, 0.0, 0.0]));
    let in_fat = said(&[[-30.0, 50.0, 0.0]], &[]).to_string();
    assert!(in_fat.contains("-100 HU, which is fat"), "{in_fat}");
    assert!(matches!(said(&[CENTRE], &[[-28.0, 0.0, 0.0]]), GrowError::Contradiction(_)));
}

#[test]
fn air_and_bone_are_named_with_their_hu() {
    for (hu, name) in [(-1000.0, "air or lung"), (900.0, "bone")] {
        let geometry = Geometry::axial([20, 20, 10], [-60.0, -20.0, -15.0], [2.0, 2.0, 3.0]).unwrap();
        let voxels = Array3::from_elem(geometry.shape(), hu as i16);
        let volume = Arc::new(Volume::new(geometry, Values::I16(voxels)).unwrap());
        let said = refused(&volume, &Hints::from_points(&[CENTRE], &[])).to_string();
        assert!(said.contains(name) && said.contains(&format!("{hu:.0} HU")), "{said}");
    }
}

#[test]
fn a_further_stroke_in_air_is_refused_as_the_first_one_is() {
    let volume = body(|point| {
        if point[0] > 60.0 {
            -1000.0
        } else if in_organ(point) {
            ORGAN
        } else {
            FAT
        }
    });
    let hints = Hints::from_points(&[CENTRE, [75.0, 0.0, 0.0]], &[]);
    assert!(matches!(refused(&volume, &hints), GrowError::NotTissue(hu, "air or lung") if hu < -900.0));
}

#[test]
fn a_cancelled_proposal_ends() {
    let progress = Progress::new();
    let grower = Grower::prepare(with_neighbour(FAT), &progress).unwrap();
    progress.cancel();
    let said = grower.propose(&Hints::from_points(&[CENTRE], &[]), &progress);
    assert_eq!(said.unwrap_err(), GrowError::Cancelled(Cancelled));
}

#[test]
fn the_answer_depends_neither_on_threads_nor_on_what_was_asked_before() {
    let volume = with_neighbour(ORGAN - 30.0);
    let hints = Hints::from_points(&[CENTRE], &[[35.0, 0.0, 0.0]]);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| grow(&volume, &hints));
    let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap().install(|| grow(&volume, &hints));
    assert!(one == three);
    let progress = Progress::new();
    let grower = Grower::prepare(volume, &progress).unwrap();
    grower.propose(&Hints::from_points(&[CENTRE], &[]), &progress).unwrap();
    assert!(grower.propose(&hints, &progress).unwrap() == one);
}

#[test]
fn flipped_coronal_and_oblique_grids_hold_the_same_organ() {
    let hu = |point: [f64; 3]| if in_organ(point) { ORGAN } else { FAT };
    let (c, s) = (0.9, 0.19f64.sqrt());
    let grids = [
        Geometry::new([90, 50, 60], [90.0, 70.0, 75.0], [[-2.0, 0.0, 0.0], [0.0, 0.0, -3.0], [0.0, -2.5, 0.0]])
            .unwrap(),
        Geometry::new(
            [90, 90, 30],
            [-90.0, -90.0, -70.0],
            [[2.0 * c, 2.0 * s, 0.0], [-2.0 * s, 2.0 * c, 0.0], [0.0, 0.0, 5.0]],
        )
        .unwrap(),
    ];
    for geometry in grids {
        let mask = grow(&on(geometry, hu), &Hints::from_points(&[[-25.0, 5.0, 4.0]], &[]));
        assert!(dice(&mask, in_organ) > ROUND, "{}", dice(&mask, in_organ));
    }
}

#[test]
fn an_image_of_one_slice_has_an_organ_too() {
    let geometry = Geometry::axial([90, 70, 1], [-90.0, -70.0, 0.0], [2.0, 2.0, 5.0]).unwrap();
    let mask =
        grow(&on(geometry, |point| if in_organ(point) { ORGAN } else { FAT }), &Hints::from_points(&[CENTRE], &[]));
    assert!(dice(&mask, in_organ) > ROUND, "{}", dice(&mask, in_organ));
}
