//! DICOM in and out: intake of hostile files, scan, series, assembly to a volume, phase ranking, writing CT and SEG. No pixels on screen.

pub mod seg;
