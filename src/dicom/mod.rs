//! DICOM in and out: intake of hostile files, scan, series, assembly to a volume, phase ranking, writing CT, SEG and RTSTRUCT. No pixels on screen.
//!
//! Reading goes one way: [`scan()`] finds files and reads their headers without pixels, groups them to [`Series`] and judges
//! each; [`load()`] decodes a series to a volume. Between the two nothing is guessed: what is no volume is rejected with its reason.

pub mod phase;
pub mod rtstruct;
pub mod seg;

mod archive;
mod assemble;
mod attributes;
mod error;
mod group;
mod hounsfield;
mod image;
mod load;
mod origin;
mod part10;
mod pixel;
mod record;
mod scan;
mod series;
mod stack;
mod stream;
mod syntax;
mod text;
mod thumbnail;
mod walk;
mod write;

pub use error::{DicomError, FileFault};
pub use image::ImageFile;
pub use load::{Loaded, SlicePixels, SliceStack, load, load_stack};
pub use scan::scan;
pub use series::{Acquisition, Frame, Patient, Rescale, Scan, Series, SeriesStatus, Skipped, Study};
pub use thumbnail::{Thumbnail, thumbnail};
pub use write::{CtHeader, CtWriteError, named_uid, write_ct};
