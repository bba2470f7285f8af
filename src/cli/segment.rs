//! `hepatica segment`: the whole liver from a few points, as the window's Grow proposes it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::input::{self, SeriesChoice};
use super::output::check_nifti;
use super::progress::watched;
use crate::exchange::nifti;
use crate::job::{GrowLiver, Request, voi_doubts};
use crate::segment::Hints;

/// Propose the whole liver from one or a few points in it
///
/// The same as Grow in the window: the whole organ with its vessels and lesions, as one label of a NIfTI file. It is a proposal: look
/// at it, and say with further points where it missed liver or took what is none.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hepatica segment study --seed -80.5,-12,143 --background 20,-40,150 --out liver.nii.gz")]
pub struct Segment {
    /// Folder, file or zip archive with the series, or a NIfTI image
    path: PathBuf,
    #[command(flatten)]
    choice: SeriesChoice,
    /// A point in the liver, in patient millimetres (LPS); the first must lie on liver tissue
    #[arg(long = "seed", value_name = "X,Y,Z", required = true, allow_hyphen_values = true, value_parser = point)]
    seeds: Vec<[f64; 3]>,
    /// A point outside the liver, in patient millimetres (LPS)
    #[arg(long = "background", value_name = "X,Y,Z", allow_hyphen_values = true, value_parser = point)]
    background: Vec<[f64; 3]>,
    /// Where to write (.nii or .nii.gz)
    #[arg(long, value_name = "M.nii.gz")]
    out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Segment {
    /// Loads, grows and writes.
    pub fn run(self) -> anyhow::Result<()> {
        check_nifti(&self.out, &[&self.path], self.force)?;
        let image = input::load_image(&self.path, &self.choice)?;
        input::warn(&image.warnings);
        let of_series = input::of_series(image.series.as_ref());
        let hints = Hints::from_points(&self.seeds, &self.background);
        let request = GrowLiver { volume: Arc::new(image.volume), hints };
        let liver = watched(|progress| request.run(progress))?;
        nifti::write_mask(&self.out, &liver, self.force)?;
        input::warn(&voi_doubts(None, Some(liver.volume_ml())));
        eprintln!("{}: a proposal of {:.1} mL{of_series}", self.out.display(), liver.volume_ml());
        Ok(())
    }
}

/// Farthest from the scanner's origin that anything is, in mm.
const FARTHEST_MM: f64 = 1e6;

/// Three numbers with commas between them.
fn point(text: &str) -> Result<[f64; 3], String> {
    let numbers: Option<Vec<f64>> =
        text.split(',').map(|part| part.trim().parse().ok().filter(|x: &f64| x.abs() < FARTHEST_MM)).collect();
    let point = numbers.and_then(|numbers| <[f64; 3]>::try_from(numbers).ok());
    point.ok_or_else(|| "give three numbers in mm with commas between them, such as -80.5,-12,143".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_three_finite_numbers() {
        assert_eq!(point("-80.5, -12,143"), Ok([-80.5, -12.0, 143.0]));
        for wrong in ["1,2", "1,2,3,4", "1,2,x", "1,2,inf", "1e308,0,0", ""] {
            assert!(point(wrong).is_err(), "{wrong}");
        }
    }
}
