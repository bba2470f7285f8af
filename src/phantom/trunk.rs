//! Body wall, chest and skeleton: what every slice has around its organs.

use super::frame::{Frame, Site};
use super::layer::{EVERYWHERE, Layer, around, layer};
use super::random::noise_mm;
use super::shape::{ellipsoid, meet, ramp, tube};
use super::tissue as t;
use crate::base::{Stream, seed_of};

/// Couch, skin, fat, muscle, cavity and lungs, from the outside in.
pub(super) fn wall_and_chest(frame: Frame) -> Vec<Layer> {
    let couch = |inset: f64| {
        move |p: Site| {
            let [x, y, _] = p.at;
            let sag = 128.0 - 14.0 * (x / 190.0).powi(2);
            ((y - sag - 9.0).abs() - 9.0 + inset).max(x.abs() - 196.0 + inset)
        }
    };
    let septa_seed = seed_of(frame.seed, 31);
    let paraspinal = move |p: Site| {
        // Fat between the muscles of the back: thin sheets where bent noise crosses zero.
        let sheet = noise_mm(septa_seed, [p.at[0], p.at[1] * 1.6, p.at[2] * 0.35], 17.0).abs() * 13.0 - 0.9;
        sheet.max(p.wall + 3.0).max(-p.cavity + 3.0).max(52.0 - p.at[1])
    };
    let lateral = move |p: Site| {
        // Fat between the flat muscles of the flank.
        let depth = p.wall;
        ((depth + 4.6).abs() - 0.7).max(-p.at[2] + 8.0).max(30.0 - p.at[0].abs()).max(p.at[1] - 62.0)
    };
    vec![
        layer(t::COUCH_SHELL, EVERYWHERE, couch(0.0)),
        layer(t::COUCH_FOAM, EVERYWHERE, couch(1.6)),
        layer(t::SKIN, EVERYWHERE, move |p| p.skin),
        // Each layer reaches only a little below the next one: what is covered anyway need not be painted.
        layer(t::SUBCUTANEOUS_FAT, EVERYWHERE, move |p| (p.skin + 1.8).max(-4.0 - p.wall)),
        layer(t::MUSCLE, EVERYWHERE, move |p| p.wall.max(-4.0 - p.cavity)),
        layer(t::SUBCUTANEOUS_FAT, EVERYWHERE, paraspinal),
        layer(t::SUBCUTANEOUS_FAT, EVERYWHERE, lateral),
        layer(t::VISCERAL_FAT, EVERYWHERE, move |p| p.cavity),
        // The diaphragm is a sheet of muscle below the lungs.
        layer(t::MUSCLE, EVERYWHERE, move |p| meet(p.cavity, -p.above_diaphragm - 2.5, 2.0)),
        layer(t::LUNG, EVERYWHERE, move |p| meet(p.cavity + 1.5, -p.above_diaphragm, 3.0)),
        layer(t::VISCERAL_FAT, EVERYWHERE, mediastinum(0.0)),
        layer(t::HEART, around([22.0, -42.0, 226.0], [66.0, 46.0, 34.0]), move |p| {
            ellipsoid(p.at, [22.0, -42.0, 226.0], [64.0, 42.0, 31.0], 25.0).max(2.0 - p.above_diaphragm)
        }),
    ]
}

/// Fat around heart, gullet and great vessels above the diaphragm.
fn mediastinum(inset: f64) -> impl Fn(Site) -> f64 + Send + Sync {
    move |p| {
        let heart = ellipsoid(p.at, [20.0, -45.0, 228.0], [72.0, 48.0, 38.0], 25.0);
        let back = ellipsoid(p.at, [2.0, 32.0, p.at[2]], [34.0, 42.0, 60.0], 0.0);
        heart.min(back).max(-p.above_diaphragm).max(p.cavity + 1.0) + inset
    }
}

/// Spine and ribs.
pub(super) fn skeleton(frame: Frame) -> Vec<Layer> {
    let mut draw = Stream::new(frame.seed, 2);
    let (level, pitch) = (draw.between(0.0, 34.0), draw.between(32.0, 36.0));
    // Height within one vertebra and its disc, from -pitch/2 to pitch/2; the disc is at the ends.
    let within = move |z: f64| {
        let u = (z - level) / pitch;
        (u - u.round()) * pitch
    };
    let bounds = [[-80.0, 20.0, -1e3], [80.0, 130.0, 1e3]];
    let body = move |p: Site, shrink: f64| {
        let waist = 1.6 * (1.0 - (within(p.at[2]) / (pitch / 2.0)).powi(2));
        let round = ellipsoid([p.at[0], p.at[1], 0.0], [0.0, 60.0, 0.0], [22.5 - waist, 17.0 - waist, 50.0], 0.0);
        // The back of a vertebral body is hollow towards the canal.
        let hollow = 11.0 - (p.at[0].hypot(p.at[1] - 84.0));
        round.max(hollow) + shrink
    };
    let bone = move |p: Site, shrink: f64| {
        let plate = within(p.at[2]).abs() - (pitch / 2.0 - 4.5);
        let vertebra = (body(p, 0.0)).max(plate);
        let arch = (p.at[0].hypot((p.at[1] - 84.0) * 1.05) - 14.0).max(68.0 - p.at[1]);
        let high = within(p.at[2]);
        let spinous = tube([p.at[0], p.at[1], high], ([0.0, 94.0, 4.0], 4.2), ([0.0, 107.0, -9.0], 3.6));
        let side = [p.at[0].abs(), p.at[1], high];
        let transverse = tube(side, ([11.0, 84.0, 4.0], 4.4), ([34.0, 91.0, 6.0], 3.4));
        let facet = ellipsoid(side, [15.0, 88.0, -10.0], [7.5, 7.0, 10.0], 0.0);
        let arch = arch.max(high.abs() - 0.36 * pitch);
        vertebra.min(arch).min(spinous).min(transverse).min(facet) + shrink
    };
    let psoas = move |p: Site| {
        let grown = 7.0 + 13.0 * ramp(85.0 - p.at[2], 0.0, 80.0);
        ellipsoid([p.at[0].abs(), p.at[1], 0.0], [33.0, 66.0, 0.0], [grown, grown * 1.1, 40.0], 0.0).max(p.at[2] - 92.0)
    };
    let crus = move |p: Site| {
        let ring = tube([p.at[0].abs(), p.at[1], 0.0], ([10.0, 24.0, 0.0], 3.8), ([19.0, 46.0, 0.0], 4.8));
        ring.max(p.at[2] - 172.0).max(40.0 - p.at[2])
    };
    vec![
        layer(t::MUSCLE, bounds, crus),
        layer(t::MUSCLE, bounds, psoas),
        layer(t::DISC, bounds, move |p| body(p, 0.0)),
        layer(t::CORTICAL_BONE, bounds, move |p| bone(p, 0.0)),
        layer(t::TRABECULAR_BONE, bounds, move |p| bone(p, 1.7)),
        layer(t::VISCERAL_FAT, bounds, |p| {
            ellipsoid([p.at[0], p.at[1], 0.0], [0.0, 84.0, 0.0], [10.5, 9.5, 50.0], 0.0)
        }),
        layer(t::SPINAL_CANAL, bounds, |p| ellipsoid([p.at[0], p.at[1], 0.0], [0.0, 83.5, 0.0], [8.6, 7.6, 50.0], 0.0)),
        layer(t::CARTILAGE, EVERYWHERE, move |p| rib(p, 0.0, true)),
        layer(t::CORTICAL_BONE, EVERYWHERE, move |p| rib(p, 0.0, false)),
        layer(t::TRABECULAR_BONE, EVERYWHERE, move |p| rib(p, 1.6, false)),
    ]
}

/// Distance to the nearest rib, which runs in the wall and descends from the spine to the front; its front end is cartilage.
fn rib(p: Site, shrink: f64, cartilage: bool) -> f64 {
    const PITCH_MM: f64 = 29.0;
    // Far inside or outside of the wall there is no rib to be measured.
    let middle = (p.at[0] / 104.0).powi(2) + (p.at[1] / 66.0).powi(2);
    if middle < 1.0 {
        return 40.0;
    }
    // The share of the way from the spine (0) around to the front (1).
    let around = (p.at[0].abs() / 150.0).atan2(p.at[1] / 105.0) / std::f64::consts::PI;
    let descent = 88.0 * ramp(around, 0.05, 0.75) - 40.0 * ramp(around, 0.72, 1.0);
    let u = (p.at[2] + descent - 12.0) / PITCH_MM;
    let number = u.round();
    let off = (u - number) * PITCH_MM * 0.8;
    let depth = p.wall + 6.0;
    let across = (depth / 4.3).hypot(off / 6.4);
    let thickness = (across - 1.0) * 4.3;
    // The lowest ribs end in the flank, the next ones in cartilage that climbs towards the breastbone.
    let end = match number as i64 {
        ..=1 => 0.0,
        2 => 0.34,
        3 => 0.5,
        4 => 0.62,
        _ => 0.68,
    };
    let (from, to) = if cartilage { (end, if number >= 4.0 { 0.9 } else { end }) } else { (0.07, end) };
    let outside = (from - around).max(around - to) * 400.0;
    thickness.max(outside) + shrink
}
