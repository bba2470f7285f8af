//! Where the voxels lie: from and to the fields `space`, `space directions` and `space origin`.
//!
//! The format names its spaces by where their axes lead: left-posterior-superior, right-anterior-superior and others (section 4 of
//! the format). Here they are turned to LPS.

use super::header::{Fields, start_of};
use crate::base::Warnings;
use crate::volume::Geometry;

/// The image's grid in LPS mm.
pub(super) fn geometry(
    fields: &Fields,
    size: [usize; 3],
    has_layers: bool,
    warnings: &mut Warnings,
) -> Result<Geometry, String> {
    let n_axes = if has_layers { 4 } else { 3 };
    let signs = signs(fields, warnings)?;
    let steps = match fields.get("space directions") {
        Some(text) => directions(text, n_axes)?,
        None => spacings(fields, n_axes, warnings)?,
    };
    let origin = match fields.get("space origin") {
        Some(text) => match vectors(text).as_deref() {
            Some([Some(origin)]) => *origin,
            _ => return Err(format!("the header's space origin \"{}\" is no point", start_of(text))),
        },
        None => {
            warnings.push("the file does not say where its first voxel lies; it was taken to be at the origin");
            [0.0; 3]
        }
    };
    let unit_mm = unit_mm(fields)?;
    let lps = |v: [f64; 3]| [0, 1, 2].map(|x| v[x] * signs[x] * unit_mm);
    let grid = Geometry::new(size, lps(origin), steps.map(lps));
    grid.map_err(|error| format!("the header's space directions are unusable: {error}"))
}

/// By what each coordinate is multiplied to lead left, to the back and to the head.
fn signs(fields: &Fields, warnings: &mut Warnings) -> Result<[f64; 3], String> {
    let Some(space) = fields.get("space").map(str::to_lowercase) else {
        warnings.push("the file does not say which space its voxels lie in; it was taken as left-posterior-superior");
        return Ok([1.0; 3]);
    };
    match space.as_str() {
        "left-posterior-superior" | "lps" => Ok([1.0, 1.0, 1.0]),
        "right-anterior-superior" | "ras" => Ok([-1.0, -1.0, 1.0]),
        "left-anterior-superior" | "las" => Ok([1.0, -1.0, 1.0]),
        "scanner-xyz" => {
            warnings.push("the file's voxels lie in the scanner's own space (scanner-xyz); it was taken as left-posterior-superior");
            Ok([1.0; 3])
        }
        _ => Err(format!("its space \"{}\" is not read; save it in left-posterior-superior", start_of(&space))),
    }
}

/// Millimetres in one unit of the space.
fn unit_mm(fields: &Fields) -> Result<f64, String> {
    let Some(text) = fields.get("space units") else { return Ok(1.0) };
    let units: Vec<&str> = text.split(['"', ' ']).filter(|unit| !unit.is_empty()).collect();
    match units.first() {
        Some(first) if units.iter().any(|unit| unit != first) => {
            Err(format!("the axes of its space have different units ({})", start_of(text)))
        }
        None | Some(&("mm" | "millimeter")) => Ok(1.0),
        Some(&"cm") => Ok(10.0),
        Some(&"m") => Ok(1000.0),
        Some(&"um") => Ok(0.001),
        Some(_) => Err(format!("the unit of its space ({}) is not read; save it in mm", start_of(text))),
    }
}

/// A step along each of the three axes of space; the axis of layers comes first and leads nowhere.
fn directions(text: &str, n_axes: usize) -> Result<[[f64; 3]; 3], String> {
    let problem = || format!("the header's space directions \"{}\" are not {n_axes} steps", start_of(text));
    let steps = vectors(text).ok_or_else(problem)?;
    match (n_axes, steps.as_slice()) {
        (3, &[Some(x), Some(y), Some(z)]) | (4, &[None, Some(x), Some(y), Some(z)]) => Ok([x, y, z]),
        (4, _) => {
            Err("its four dimensions are not layers first and then columns, rows and slices; save it so".to_owned())
        }
        _ => Err(problem()),
    }
}

/// Steps from the distances between voxels alone, for files that have no directions.
fn spacings(fields: &Fields, n_axes: usize, warnings: &mut Warnings) -> Result<[[f64; 3]; 3], String> {
    let text = fields.get("spacings").ok_or("the header has neither space directions nor spacings")?;
    let numbers: Vec<f64> = text.split_whitespace().map(|part| part.parse().unwrap_or(f64::NAN)).collect();
    warnings.push("the file does not say how its axes lie in the patient; it was taken as axial");
    match numbers.get(n_axes - 3..) {
        Some(&[x, y, z]) => Ok([[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]]),
        _ => Err(format!("the header's spacings \"{}\" are not {n_axes} distances", start_of(text))),
    }
}

/// Vectors such as `(1,0,0) none (0,1,0)`; `None` where they are not such.
fn vectors(text: &str) -> Option<Vec<Option<[f64; 3]>>> {
    let mut rest = text.trim_start();
    let mut found = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("none") {
            found.push(None);
            rest = after.trim_start();
            continue;
        }
        let (inside, after) = rest.strip_prefix('(')?.split_once(')')?;
        let numbers: Option<Vec<f64>> = inside.split(',').map(|number| number.trim().parse().ok()).collect();
        found.push(Some(numbers?.try_into().ok()?));
        rest = after.trim_start();
    }
    Some(found)
}

/// A vector as the format has it, with as many digits as tell the number from every other.
pub(super) fn vector(v: [f64; 3]) -> String {
    format!("({},{},{})", v[0], v[1], v[2])
}
