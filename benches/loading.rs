//! How long 300 slices of 512 x 512 take: headers, uncompressed pixels, JPEG lossless.
//!
//! The slices hold a smooth body with noise of about 10 HU, since noise is what lossless coding spends its time on. JPEG
//! lossless files are made from the uncompressed ones by DCMTK's `dcmcjpeg`; without it that part is skipped by name.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};
use hepatica::base::Progress;
use hepatica::dicom::{load, scan};

const SLICES: usize = 300;
const SIDE: usize = 512;

fn element(tag: (u16, u16), vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(tag.0.to_le_bytes());
    bytes.extend(tag.1.to_le_bytes());
    bytes.extend(vr);
    let padded = value.len() + value.len() % 2;
    if matches!(vr, b"OW" | b"OB") {
        bytes.extend([0, 0]);
        bytes.extend((padded as u32).to_le_bytes());
    } else {
        bytes.extend((padded as u16).to_le_bytes());
    }
    bytes.extend(value);
    if value.len() % 2 == 1 {
        bytes.push(if vr == b"UI" { 0 } else { b' ' });
    }
    bytes
}

fn pixels(k: usize, state: &mut u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * SIDE * SIDE);
    for j in 0..SIDE {
        for i in 0..SIDE {
            let (x, y) = (i as f64 / SIDE as f64 - 0.5, j as f64 / SIDE as f64 - 0.5);
            let inside = x * x / 0.2 + y * y / 0.12 < 1.0;
            let mut noise = 0.0;
            for _ in 0..4 {
                *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                noise += (*state >> 40) as f64 / (1u64 << 24) as f64 - 0.5;
            }
            // Four uniform numbers have a standard deviation of 0.577.
            let hu = if inside { 60.0 + 40.0 * (x * 9.0 + k as f64 / 30.0).sin() } else { -1000.0 } + noise * 17.3;
            bytes.extend(((hu + 1024.0).max(0.0) as u16).to_le_bytes());
        }
    }
    bytes
}

fn write_slices(folder: &Path) {
    let mut state = 7;
    for k in 0..SLICES {
        let class = b"1.2.840.10008.5.1.4.1.1.2";
        let uid = format!("2.25.77{k}");
        let mut meta = element((2, 1), b"OB", &[0, 1]);
        meta.extend(element((2, 2), b"UI", class));
        meta.extend(element((2, 3), b"UI", uid.as_bytes()));
        meta.extend(element((2, 16), b"UI", b"1.2.840.10008.1.2.1"));
        meta.extend(element((2, 18), b"UI", b"2.25.1"));
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        file.extend(element((2, 0), b"UL", &(meta.len() as u32).to_le_bytes()));
        file.extend(meta);
        let word = |n: u16| n.to_le_bytes().to_vec();
        let position = format!("-200\\-200\\{}", k as f64 * 1.25);
        let side = word(SIDE as u16);
        for (tag, vr, value) in [
            ((8, 8), b"CS", b"ORIGINAL\\PRIMARY\\AXIAL".to_vec()),
            ((8, 0x16), b"UI", class.to_vec()),
            ((8, 0x18), b"UI", uid.into_bytes()),
            ((8, 0x60), b"CS", b"CT".to_vec()),
            ((0x10, 0x10), b"PN", b"Simulated^Benchmark".to_vec()),
            ((0x20, 0xD), b"UI", b"2.25.2".to_vec()),
            ((0x20, 0xE), b"UI", b"2.25.3".to_vec()),
            ((0x20, 0x32), b"DS", position.into_bytes()),
            ((0x20, 0x37), b"DS", b"1\\0\\0\\0\\1\\0".to_vec()),
            ((0x20, 0x52), b"UI", b"2.25.4".to_vec()),
            ((0x28, 2), b"US", word(1)),
            ((0x28, 4), b"CS", b"MONOCHROME2".to_vec()),
            ((0x28, 0x10), b"US", side.clone()),
            ((0x28, 0x11), b"US", side),
            ((0x28, 0x30), b"DS", b"0.8\\0.8".to_vec()),
            ((0x28, 0x100), b"US", word(16)),
            ((0x28, 0x101), b"US", word(12)),
            ((0x28, 0x102), b"US", word(11)),
            ((0x28, 0x103), b"US", word(0)),
            ((0x28, 0x1052), b"DS", b"-1024".to_vec()),
            ((0x28, 0x1053), b"DS", b"1".to_vec()),
            ((0x7FE0, 0x10), b"OW", pixels(k, &mut state)),
        ] {
            file.extend(element(tag, vr, &value));
        }
        std::fs::write(folder.join(format!("{k:03}.dcm")), file).unwrap();
    }
}

/// JPEG lossless copies, or `None` where DCMTK is absent.
fn compressed(from: &Path, to: &Path) -> Option<PathBuf> {
    std::fs::create_dir_all(to).unwrap();
    for k in 0..SLICES {
        let name = format!("{k:03}.dcm");
        let made = Command::new("dcmcjpeg").arg("+e1").arg(from.join(&name)).arg(to.join(&name)).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: JPEG lossless: dcmcjpeg (DCMTK) is absent");
            return None;
        }
    }
    Some(to.to_owned())
}

fn read_headers(folder: &Path) -> hepatica::dicom::Scan {
    scan(&[folder.to_owned()], &Progress::new(), &|_| {}).unwrap()
}

fn loading(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::create_dir_all(&plain).unwrap();
    write_slices(&plain);
    let jpeg = compressed(&plain, &folder.path().join("jpeg"));
    let mut group = c.benchmark_group("300 slices of 512 x 512");
    group.sample_size(10);
    group.bench_function("headers", |b| b.iter(|| black_box(read_headers(&plain))));
    for (name, folder) in [("uncompressed", Some(plain)), ("JPEG lossless", jpeg)] {
        let Some(folder) = folder else { continue };
        let series = read_headers(&folder).series.remove(0);
        group.bench_function(name, |b| b.iter(|| black_box(load(&series, &Progress::new(), &|_, _| {}).unwrap())));
    }
    group.finish();
}

criterion_group!(benches, loading);
criterion_main!(benches);
