//! ITK-SNAP's label descriptions (`.label`): what the numbers of a label map are called, and their colours.
//!
//! One line a label: number, red, green, blue (0 to 255), opacity (0 to 1), whether it is shown, whether its surface is, and the name in
//! quotes; lines that begin with `#` are comments (the files' own header says so). Number 0 is the clear label.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::{FileError, RESEARCH_USE_ONLY, read_at_most, write_checked};
use crate::volume::Label;
use crate::volume::Structure;

/// The longest file that is read; ITK-SNAP knows 65,535 labels and most files have a dozen.
const MAX_BYTES: usize = 8 << 20;

/// One label of a description.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapLabel {
    /// The number of its voxels.
    pub index: u32,
    /// Its colour.
    pub rgb: [u8; 3],
    /// 0 transparent, 1 opaque.
    pub opacity: f64,
    /// Whether it is shown in slices.
    pub is_visible: bool,
    /// Whether its surface is shown.
    pub has_mesh: bool,
    /// Its name.
    pub name: String,
}

/// Why a label description was not read.
#[derive(Debug, thiserror::Error)]
pub enum SnapLabelsError {
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is longer than any label description.
    #[error("{} is longer than any label description of ITK-SNAP; give the right file", .0.display())]
    TooLong(PathBuf),
    /// A line is no label.
    #[error("{}, line {line}: not \"number red green blue opacity visible mesh \"name\"\"; save it again from ITK-SNAP", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
    },
}

/// Where a label map's description lies: beside it, with `.label` in place of `.nii` or `.nii.gz`.
pub fn path_beside(label_map: &Path) -> PathBuf {
    let without_gz = match label_map.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("gz") => label_map.with_extension(""),
        _ => label_map.to_owned(),
    };
    without_gz.with_extension("label")
}

/// The description of Hepatica's own label maps: 1 liver, 2 vessel, 3 lesion, 4 caudate lobe.
pub fn own() -> Vec<SnapLabel> {
    let clear = SnapLabel {
        index: 0,
        rgb: [0; 3],
        opacity: 0.0,
        is_visible: false,
        has_mesh: false,
        name: "Clear Label".to_owned(),
    };
    let label = |(structure, label): (Structure, Label)| SnapLabel {
        index: u32::from(label.number()),
        rgb: structure.rgb,
        opacity: 1.0,
        is_visible: true,
        has_mesh: true,
        name: structure.name.to_owned(),
    };
    let labels = Structure::ALL.into_iter().filter_map(|structure| Some((structure, structure.label?)));
    std::iter::once(clear).chain(labels.map(label)).collect()
}

/// Writes a label description; nothing is replaced without `force`, and nothing before it was read back and compared.
pub fn write(path: &Path, labels: &[SnapLabel], force: bool) -> Result<(), FileError> {
    let mut text = format!(
        "{rule}\n# ITK-SnAP Label Description File\n# Hepatica {}: {}\n# File format:\n\
         # IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL\n{rule}\n",
        env!("CARGO_PKG_VERSION"),
        RESEARCH_USE_ONLY.replace('–', "-"),
        rule = "################################################",
    );
    // A name ends where its line does, and in quotes.
    let written = |label: &SnapLabel| SnapLabel { name: label.name.replace(['"', '\n', '\r'], "'"), ..label.clone() };
    let labels: Vec<SnapLabel> = labels.iter().map(written).collect();
    for SnapLabel { index, rgb: [red, green, blue], opacity, is_visible, has_mesh, name } in &labels {
        let (visible, mesh) = (u8::from(*is_visible), u8::from(*has_mesh));
        text +=
            &format!("{index:>5} {red:>5} {green:>4} {blue:>4} {opacity:>8} {visible:>2} {mesh:>2}    \"{name}\"\n");
    }
    let check = |written: &Path| match read(written) {
        Ok(read) if read == labels => Ok(()),
        Ok(_) => Err("its labels differ".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    write_checked(path, force, |writer| writer.write_all(text.as_bytes()), check)
}

/// Reads a label description.
pub fn read(path: &Path) -> Result<Vec<SnapLabel>, SnapLabelsError> {
    let bytes = read_at_most(path, MAX_BYTES).map_err(|cause| SnapLabelsError::Io { path: path.to_owned(), cause })?;
    let bytes = bytes.ok_or_else(|| SnapLabelsError::TooLong(path.to_owned()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(text, line)| label(text).ok_or_else(|| SnapLabelsError::Line { path: path.to_owned(), line })).collect()
}

/// The label of a line.
fn label(line: &str) -> Option<SnapLabel> {
    let (numbers, name) = line.split_once('"')?;
    let name = name.rsplit_once('"')?.0;
    let numbers: Vec<&str> = numbers.split_whitespace().collect();
    let [index, red, green, blue, opacity, visible, mesh] = numbers.as_slice() else { return None };
    Some(SnapLabel {
        index: index.parse().ok()?,
        rgb: [red.parse().ok()?, green.parse().ok()?, blue.parse().ok()?],
        opacity: opacity.parse().ok().filter(|opacity: &f64| opacity.is_finite())?,
        is_visible: *visible != "0",
        has_mesh: *mesh != "0",
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_lies_beside_its_label_map() {
        assert_eq!(path_beside(Path::new("a/b.c.nii.gz")), Path::new("a/b.c.label"));
        assert_eq!(path_beside(Path::new("a/b.nii")), Path::new("a/b.label"));
    }

    #[test]
    fn what_is_written_reads_back_whatever_the_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.label");
        let mut labels = own();
        write(&path, &labels, false).unwrap();
        assert_eq!(read(&path).unwrap(), labels);
        assert!(matches!(write(&path, &labels, false), Err(FileError::Exists(_))));
        labels[1].name = "Leber \"ganz\"".to_owned();
        write(&path, &labels, true).unwrap();
        assert_eq!(read(&path).unwrap()[1].name, "Leber 'ganz'");
    }

    #[test]
    fn a_line_that_is_no_label_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.label");
        std::fs::write(&path, "# comment\n 1 221 130 101 1 1 1 \"a \"b\" c\"\n 2 300 0 0 1 1 1 \"red\"\n").unwrap();
        let refused = read(&path).unwrap_err();
        assert!(matches!(refused, SnapLabelsError::Line { line: 3, .. }), "{refused}");
        std::fs::write(&path, " 1 221 130 101 .5 1 0 \"a \"b\" c\"\n").unwrap();
        let read = read(&path).unwrap();
        assert_eq!((read[0].name.as_str(), read[0].opacity, read[0].has_mesh), ("a \"b\" c", 0.5, false));
    }
}
