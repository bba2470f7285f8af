//! Files that mean harm: each is read by a process of its own under a limit on its memory, and must give a message that
//! names the file, or load; and the good files beside them still load.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hepatica::base::Progress;
use hepatica::dicom::{load, load_stack, scan, thumbnail};

use crate::{load_series, scan_path, shared};

/// Limits of the task: 1 GiB of address space, 10 s a file.
const MEMORY_KIB: u64 = 1 << 20;
const TIME: Duration = Duration::from_secs(10);
/// Names the file to the process that reads it.
const FILE_VARIABLE: &str = "HEPATICA_TEST_HOSTILE_FILE";

/// Not a test of its own: what the processes run that [`hostile_files_give_clear_messages_within_limits`] starts.
#[test]
fn read_what_the_environment_names() {
    let Some(path) = std::env::var_os(FILE_VARIABLE).map(PathBuf::from) else { return };
    match scan(&[path], &Progress::new(), &|_| {}) {
        Err(error) => println!("\n@refused {error}"),
        Ok(scan) => {
            for file in &scan.skipped {
                println!("\n@skipped {}: {}", file.path.display(), file.reason);
            }
            for series in &scan.series {
                println!("\n@series {}", series.status);
                let names: Vec<&str> = series.frames.iter().map(|frame| frame.file.name.as_str()).collect();
                match thumbnail(series, 32) {
                    Ok(_) => println!("\n@shown {}", names.join(" ")),
                    Err(error) => println!("\n@refused {error}"),
                }
                let _ = load_stack(series, &Progress::new());
                let _ = load(series, &Progress::new(), &|_, _| {});
            }
        }
    }
}

/// The corpus, made by a script that needs Python's standard library alone.
fn corpus(test: &str) -> Option<tempfile::TempDir> {
    let folder = shared(test, "reference/dicom")?;
    let out = tempfile::tempdir().unwrap();
    let made = Command::new("python3")
        .arg(folder.join("gen_malicious.py"))
        .arg(out.path().join("corpus"))
        .stdout(Stdio::null())
        .status();
    match made {
        Ok(status) if status.success() => Some(out),
        Ok(status) => panic!("gen_malicious.py failed: {status}"),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "python3 is absent, and in CI it must be there: {error}");
            println!("skipped: {test}: python3 is absent ({error})");
            None
        }
    }
}

/// Lines marked with @ that reading `path` printed, or why it was killed or failed.
fn read_apart(path: &Path) -> Result<Vec<String>, String> {
    let program = std::env::current_exe().unwrap();
    let begun = Instant::now();
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "ulimit -v {MEMORY_KIB} && exec \"$0\" --exact hostile::read_what_the_environment_names --nocapture"
        ))
        .arg(program)
        .env(FILE_VARIABLE, path)
        // Each thread and each arena of the allocator reserves addresses, which count although they are not used.
        .env("RAYON_NUM_THREADS", "2")
        .env("RUST_TEST_THREADS", "1")
        .env("MALLOC_ARENA_MAX", "2")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > TIME {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(format!("took more than {TIME:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        return Err(format!("ended with {status}"));
    }
    let text = reader.join().unwrap().map_err(|error| error.to_string())?;
    Ok(text.lines().filter(|line| line.starts_with('@')).map(str::to_owned).collect())
}

#[test]
fn hostile_files_give_clear_messages_within_limits() {
    let Some(folder) = corpus("hostile_files_give_clear_messages_within_limits") else { return };
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder.path().join("corpus")).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    assert!(entries.len() > 90, "only {} hostile entries", entries.len());
    let mut faults = Vec::new();
    for entry in &entries {
        let name = entry.file_name().unwrap().to_str().unwrap();
        let lines = match read_apart(entry) {
            Ok(lines) => lines,
            Err(fault) => {
                faults.push(format!("{name}: {fault}"));
                continue;
            }
        };
        println!("{name}: {}", lines.first().map_or("", String::as_str));
        let verdicts: Vec<&String> = lines.iter().filter(|line| !line.starts_with("@series")).collect();
        let unnamed = verdicts.iter().find(|line| !line.contains(name) || line.trim_end().ends_with(':'));
        if verdicts.is_empty() || unnamed.is_some() {
            faults.push(format!("{name}: no message that names it: {lines:?}"));
        }
        let control = name.starts_with("m00") || name.starts_with("m01_preamble") || name.starts_with("m02_group");
        if control && !lines.iter().any(|line| line.starts_with("@shown")) {
            faults.push(format!("{name}: should load: {lines:?}"));
        }
    }
    assert!(faults.is_empty(), "{} of {} faults:\n{}", faults.len(), entries.len(), faults.join("\n"));
    let escaped = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(escaped, 1, "something was written beside the corpus");
}

#[test]
fn good_files_beside_hostile_ones_still_load() {
    let test = "good_files_beside_hostile_ones_still_load";
    let Some(folder) = corpus(test) else { return };
    let Some(good) = shared(test, "reference/dicom/series/s01_base") else { return };
    let alone = scan_path(&good);
    for file in std::fs::read_dir(&good).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join("corpus").join(file.file_name())).unwrap();
    }
    let together = scan_path(&folder.path().join("corpus"));
    let found: Vec<_> =
        together.series.iter().filter(|series| series.instance_uid == alone.series[0].instance_uid).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(load_series(found[0]).volume, load_series(&alone.series[0]).volume);
}

#[test]
fn a_file_cut_off_in_its_pixels_is_named_and_the_others_are_found() {
    let test = "a_file_cut_off_in_its_pixels_is_named_and_the_others_are_found";
    let Some(good) = shared(test, "reference/dicom/series/s01_base") else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&good).unwrap() {
        let file = file.unwrap();
        let mut bytes = std::fs::read(file.path()).unwrap();
        if file.file_name() == "IM0004.dcm" {
            bytes.truncate(bytes.len() - 100);
        }
        std::fs::write(folder.path().join(file.file_name()), bytes).unwrap();
    }
    let scan = scan_path(folder.path());
    assert_eq!(scan.skipped.len(), 1);
    assert!(scan.skipped[0].path.ends_with("IM0004.dcm") && scan.skipped[0].damaged);
    assert!(scan.skipped[0].reason.contains("cut off"), "{}", scan.skipped[0].reason);
    let series = &scan.series[0];
    assert_eq!(series.frames.len(), 9);
    assert!(series.warnings.iter().any(|warning| warning.contains("IM0004.dcm")), "{:?}", series.warnings);
}

#[test]
fn a_cancelled_scan_and_load_stop_at_once() {
    let Some(good) = shared("a_cancelled_scan_and_load_stop_at_once", "reference/dicom/series/s01_base") else {
        return;
    };
    let series = &scan_path(&good).series[0];
    let progress = Progress::new();
    progress.cancel();
    assert!(matches!(scan(&[good], &progress, &|_| {}), Err(hepatica::dicom::DicomError::Cancelled(_))));
    assert!(matches!(load(series, &progress, &|_, _| {}), Err(hepatica::dicom::DicomError::Cancelled(_))));
}
