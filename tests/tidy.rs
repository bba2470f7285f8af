//! Holds the house plan against the code: floors, module docs, what may know the screen, and sizes.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors of ARCHITECTURE.md, lowest first; a module uses only modules on lower floors, and those listed in `BESIDE`.
const FLOORS: &[&[&str]] = &[
    &["base"],
    &["volume", "stats"],
    &["dicom", "exchange", "phantom", "segment", "radiomics"],
    &["cohort"],
    &["model"],
    &["figure"],
    &["report", "case"],
    &["job"],
    &["render"],
    &["ui", "cli"],
];

/// Uses on one floor that are meant: the phantom is written and read as DICOM like any study, and the command line opens
/// the window.
const BESIDE: &[(&str, &str)] = &[("phantom", "dicom"), ("cli", "ui")];

/// What draws: nothing below `render` may know it.
const SCREEN_CRATES: &[&str] = &["egui", "eframe", "egui_wgpu", "wgpu", "rfd"];

/// Lines of a source file without its tests; beyond this it has outgrown its name.
const LONGEST_FILE: usize = 600;

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&root).unwrap().to_path_buf();
                let module = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
                found.push(Source { text: fs::read_to_string(&path).unwrap(), path: inside, module });
            }
        }
    }
    found
}

/// The file's code without its test modules, which may use anything, and without comments.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]").next().unwrap_or(text);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn modules_used(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for part in code.split("crate::").skip(1) {
        let names: Vec<&str> = match part.strip_prefix('{') {
            Some(list) => list.split(['}', ';']).next().unwrap_or(list).split(',').collect(),
            None => vec![part],
        };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() && !used.contains(&name) {
                used.push(name);
            }
        }
    }
    used
}

#[test]
fn every_module_stands_on_a_floor() {
    for source in sources() {
        if source.path.components().count() > 1 {
            assert!(floor_of(&source.module).is_some(), "{} stands on no floor", source.path.display());
        }
    }
}

#[test]
fn modules_use_only_lower_floors() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = floor_of(&source.module) else { continue };
        for used in modules_used(&code(&source.text)) {
            let Some(other) = floor_of(&used) else { continue };
            let beside = BESIDE.contains(&(source.module.as_str(), used.as_str()));
            if used != source.module && other >= own && !beside {
                wrong.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "not on a lower floor:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_does() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} does not open with //!", source.path.display());
    }
}

#[test]
fn nothing_below_render_knows_the_screen() {
    let render = floor_of("render").unwrap();
    for source in sources() {
        if floor_of(&source.module).is_none_or(|floor| floor >= render) {
            continue;
        }
        let code = code(&source.text);
        for name in SCREEN_CRATES {
            assert!(!code.contains(&format!("{name}::")), "{} uses {name}", source.path.display());
        }
    }
}

#[test]
fn raw_colours_stand_in_the_theme_alone() {
    for source in sources().iter().filter(|source| source.module == "ui" && !source.path.ends_with("theme.rs")) {
        for raw in ["Color32::from_rgb", "Color32::from_gray", "Color32::from_black", "Color32::RED"] {
            assert!(!code(&source.text).contains(raw), "{} has a raw colour", source.path.display());
        }
    }
}

#[test]
fn no_file_has_outgrown_its_name() {
    let long: Vec<_> = sources()
        .iter()
        .map(|source| {
            let own = source.text.split("\n#[cfg(test)]").next().unwrap_or(&source.text);
            (own.lines().count(), source.path.display().to_string())
        })
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .collect();
    assert!(long.is_empty(), "over {LONGEST_FILE} lines without tests: {long:?}");
}

#[test]
fn nothing_is_left_to_do_in_the_source() {
    for source in sources() {
        for mark in ["todo!(", "unimplemented!(", "dbg!("] {
            assert!(!source.text.contains(mark), "{} has {mark}", source.path.display());
        }
    }
}
