//! Features of many cases on the command line: one table in the cases' order whatever happens on the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::exchange::table::{Table, read_table};
use hepatica::phantom::{PhantomSpec, simulate, write_study};
use hepatica::volume::{Geometry, Mask, Volume, Voxels};
use ndarray::Array3;

/// Small synthetic cases that come with the tests.
const NAMES: [&str; 4] = ["tiny", "islands", "oneslice", "border"];

fn hepatica(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hepatica")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn done(arguments: &[&str]) -> String {
    let output = hepatica(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", message(&output));
    message(&output)
}

/// Wrong input: exit code 2 and one sentence.
fn refused(arguments: &[&str], culprit: &str) {
    let output = hepatica(arguments);
    let said = message(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    let said: Vec<&str> = said.lines().filter(|line| !line.contains("passed over as notes")).collect();
    let said = said.join("\n");
    assert!(said.lines().count() == 1 && said.contains(culprit), "{arguments:?}: {said}");
}

/// Some cases failed: exit code 1.
fn failed_in_part(arguments: &[&str]) -> String {
    let output = hepatica(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", message(&output));
    message(&output)
}

/// A folder with a table of cases.
struct Cohort {
    folder: tempfile::TempDir,
    cases: PathBuf,
}

impl Cohort {
    /// The cases of `NAMES` this many times over; lines of `more` after them.
    fn of(times: usize, more: &[&str]) -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/radiomics");
        let mut lines = vec!["id,image,voi,label,note".to_owned()];
        for round in 0..times {
            lines.extend(NAMES.map(|name| {
                let file = |what: &str| data.join(format!("{name}_{what}.nii.gz")).display().to_string();
                format!("{name} {round},{},{},1,synthetic", file("image"), file("mask"))
            }));
        }
        lines.extend(more.iter().map(|line| (*line).to_owned()));
        let folder = tempfile::tempdir().unwrap();
        let cases = folder.path().join("cases.csv");
        fs::write(&cases, lines.join("\n") + "\n").unwrap();
        Self { folder, cases }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// Arguments that extract into the file `out`.
    fn arguments<'a>(&'a self, out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
        [&["extract", "--cases", text(&self.cases), "--out", text(out)], more].concat()
    }

    fn extract(&self, out: &str, more: &[&str]) -> String {
        done(&self.arguments(&self.file(out), more))
    }
}

fn column(table: &Table, name: &str) -> Vec<String> {
    let column = table.column(name).unwrap();
    (0..table.rows.len()).map(|row| table.text(row, column).to_owned()).collect()
}

fn write_case(folder: &Path, name: &str, values: Array3<f32>, inside: Array3<bool>) {
    let (slices, rows, columns) = values.dim();
    let grid = Geometry::axial([columns, rows, slices], [0.0; 3], [1.0; 3]).unwrap();
    let volume = Volume::new(grid, Voxels::F32(values)).unwrap();
    nifti::write_volume(&folder.join(format!("{name}.nii.gz")), &volume, true).unwrap();
    nifti::write_mask(&folder.join(format!("{name}_voi.nii.gz")), &Mask::new(grid, inside).unwrap(), true).unwrap();
}

/// A case whose image has a slope, and whose VOI is all of it.
fn write_ramp(folder: &Path, name: &str) {
    let shape = (6, 7, 8);
    let ramp = Array3::from_shape_fn(shape, |(slice, row, column)| (slice + row * column) as f32);
    write_case(folder, name, ramp, Array3::from_elem(shape, true));
}

#[test]
fn rows_stand_in_the_order_of_the_cases_and_are_the_same_bytes_for_any_number_of_threads() {
    let cohort = Cohort::of(2, &[]);
    cohort.extract("one.csv", &["--threads", "1"]);
    let said = cohort.extract("four.csv", &["--threads", "4"]);
    assert!(said.contains("passed over as notes: note") && said.contains("8 of 8 cases"), "{said}");
    assert_eq!(cohort.read("one.csv"), cohort.read("four.csv"));
    let table = read_table(&cohort.file("one.csv")).unwrap();
    let expected: Vec<String> = (0..2).flat_map(|round| NAMES.map(|name| format!("{name} {round}"))).collect();
    assert_eq!(column(&table, "id"), expected);
    assert_eq!(column(&table, "diagnostics_Cohort_Case"), ["1", "2", "3", "4", "5", "6", "7", "8"]);
    assert_eq!(table.header.iter().filter(|name| !name.starts_with("diagnostics_")).count(), 1 + 1316);
    // Two copies of a case have the same numbers.
    assert_eq!(column(&table, "wavelet-LLH_glcm_Contrast")[..4], column(&table, "wavelet-LLH_glcm_Contrast")[4..]);
    assert_eq!(cohort.read("one.failed.csv"), "id,line,image,voi,problem,case,cases,cohort\n");
    assert!(!cohort.file("one.csv.partial").exists());
}

#[test]
fn a_row_is_that_of_the_one_case_alone() {
    let cohort = Cohort::of(1, &[]);
    cohort.extract("all.csv", &[]);
    let [image, voi] = ["image", "mask"]
        .map(|what| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/radiomics/islands_{what}.nii.gz")));
    let alone = cohort.file("alone.csv");
    done(&["extract", "--image", text(&image), "--voi", text(&voi), "--label", "1", "--out", text(&alone)]);
    let [all, alone] = [cohort.file("all.csv"), alone].map(|path| read_table(&path).unwrap());
    let shared: Vec<&String> = alone.header.iter().filter(|name| name.starts_with("original_")).collect();
    assert_eq!(shared.len(), 107);
    for name in shared {
        assert_eq!(column(&all, name)[1], column(&alone, name)[0], "{name}");
    }
}

#[test]
fn a_case_that_fails_is_reported_and_the_others_are_finished() {
    let cohort = Cohort::of(1, &["gone,none.nii.gz,none.nii.gz,,"]);
    let said = failed_in_part(&cohort.arguments(&cohort.file("f.csv"), &[]));
    let lines: Vec<&str> = said.lines().filter(|line| line.contains("gone")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(lines[0].contains("case \"gone\" (line 6 of the table of cases)"), "{said}");
    assert!(lines[0].contains("none.nii.gz does not exist"), "{said}");
    assert!(said.contains("1 of 5 cases failed"), "{said}");
    let table = read_table(&cohort.file("f.csv")).unwrap();
    assert_eq!(column(&table, "id"), NAMES.map(|name| format!("{name} 0")));
    let failed = read_table(&cohort.file("f.failed.csv")).unwrap();
    assert_eq!(column(&failed, "id"), ["gone"]);
    assert_eq!(column(&failed, "line"), ["6"]);
    assert!(column(&failed, "problem")[0].contains("does not exist"));
}

#[test]
fn a_run_that_was_killed_goes_on_and_ends_as_if_it_had_not_been() {
    let cohort = Cohort::of(12, &[]);
    cohort.extract("whole.csv", &[]);
    let (out, partial) = (cohort.file("f.csv"), cohort.file("f.csv.partial"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_hepatica"))
        .args(cohort.arguments(&out, &["--threads", "2"]))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let rows = || fs::read_to_string(&partial).map_or(0, |text| text.matches("{\"row\"").count());
    let began = Instant::now();
    while rows() < 3 && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(120), "no row within two minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!out.exists(), "the run ended before it could be killed");
    // What a kill within a write leaves: half a row.
    let mut left = fs::read(&partial).unwrap();
    let kept = rows();
    left.extend(b"{\"row\":{\"case\":48,\"cells\":[\"bor");
    fs::write(&partial, left).unwrap();

    refused(&cohort.arguments(&out, &[]), "go on with --resume, or start over with --force");
    let said = cohort.extract("f.csv", &["--resume"]);
    assert!(said.contains("from an earlier run"), "{said}");
    let n: usize = said.split("cases, ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((1..=kept).contains(&n), "{n} of {kept} rows were kept");
    assert_eq!(cohort.read("f.csv"), cohort.read("whole.csv"));
    assert!(!partial.exists());
    // What is finished is not begun again.
    let said = cohort.extract("f.csv", &["--resume"]);
    assert!(said.contains("48 of them from an earlier run"), "{said}");
}

#[test]
fn a_run_does_not_go_on_with_other_cases() {
    let cohort = Cohort::of(1, &[]);
    let out = cohort.file("f.csv");
    cohort.extract("f.csv", &[]);
    let origin = r#"{"origin":{"version":"0","protocol":"p","fingerprint":"f","settings":{},"cases":"c","shard":null,"replaces":false}}"#;
    fs::write(cohort.file("g.csv.partial"), format!("{origin}\n")).unwrap();
    refused(&cohort.arguments(&cohort.file("g.csv"), &["--resume"]), "was begun with version 0");
    cohort.extract("g.csv", &["--force"]);
    assert_eq!(cohort.read("g.csv"), cohort.read("f.csv"));
    fs::write(&cohort.cases, cohort.read("cases.csv").replace("tiny 0", "tiny")).unwrap();
    refused(
        &cohort.arguments(&out, &["--resume"]),
        "f.csv was made with another table of cases and this run has this one; write to another file",
    );
    assert!(!cohort.file("f.csv.partial").exists());
}

/// A protocol of few features, so that its table is soon made.
const ENERGY: &str = "imageType:\n  Original: {}\nfeatureClass:\n  firstorder: [Energy]\n";

#[test]
fn a_table_of_another_extraction_is_not_gone_on_with_and_the_difference_is_named() {
    let cohort = Cohort::of(1, &[]);
    let [out, protocol, other] = ["f.csv", "energy.yaml", "median.yaml"].map(|name| cohort.file(name));
    fs::write(&protocol, ENERGY).unwrap();
    cohort.extract("f.csv", &["--protocol", text(&protocol)]);
    let finished = cohort.read("f.csv");
    let goes_on = |protocol: &Path, culprit: &str| {
        refused(&cohort.arguments(&out, &["--protocol", text(protocol), "--resume"]), culprit);
        assert_eq!(cohort.read("f.csv"), finished);
        assert!(!cohort.file("f.csv.partial").exists());
    };
    goes_on(Path::new("liang2022"), "f.csv was made with protocol \"energy\" (");
    fs::write(&other, ENERGY).unwrap();
    goes_on(&other, "and this run has protocol \"median\" (");
    // Which features are chosen is not in the fingerprint.
    fs::write(&protocol, ENERGY.replace("Energy", "Energy, Median")).unwrap();
    goes_on(&protocol, "was made with no feature \"original_firstorder_Median\" and this run has that feature");
    fs::write(&protocol, ENERGY.replace("Energy", "Median")).unwrap();
    goes_on(&protocol, "was made with the feature \"original_firstorder_Energy\" and this run has no such feature");
    fs::write(&protocol, ENERGY.replace("firstorder: [Energy]", "shape: []")).unwrap();
    goes_on(&protocol, "with the feature \"original_firstorder_Energy\"");
    fs::write(&protocol, ENERGY).unwrap();
    refused(
        &cohort.arguments(&out, &["--protocol", text(&protocol), "--resume", "--shard", "1/2"]),
        "was made with all cases and this run has shard 1/2",
    );
    fs::write(&out, finished.replace("border 0", "border")).unwrap();
    refused(
        &cohort.arguments(&out, &["--protocol", text(&protocol), "--resume"]),
        "was made with \"border\" as case 4 and this run has another there",
    );
}

#[test]
fn the_label_that_a_protocol_names_is_part_of_the_extraction() {
    let cohort = Cohort::of(0, &["cube,cube.nii.gz,cube_voi.nii.gz,,"]);
    write_ramp(cohort.folder.path(), "cube");
    let (out, protocol) = (cohort.file("f.csv"), cohort.file("energy.yaml"));
    fs::write(&protocol, ENERGY).unwrap();
    cohort.extract("f.csv", &["--protocol", text(&protocol)]);
    fs::write(&protocol, format!("{ENERGY}setting:\n  label: 2\n")).unwrap();
    refused(
        &cohort.arguments(&out, &["--protocol", text(&protocol), "--resume"]),
        "was made with the mask's only label as the VOI of case \"cube\" and this run has label 2",
    );
}

#[test]
fn a_table_without_a_row_is_not_finished() {
    let cohort = Cohort::of(0, &["gone,none.nii.gz,none.nii.gz,,"]);
    let out = cohort.file("f.csv");
    let said = failed_in_part(&cohort.arguments(&out, &[]));
    assert!(said.contains("1 of 1 cases failed"), "{said}");
    // The case is tried again, whatever the protocol.
    let said = failed_in_part(&cohort.arguments(&out, &["--resume", "--protocol", "isotropic-1mm"]));
    assert!(said.contains("case \"gone\" (line 2") && said.contains("none.nii.gz does not exist"), "{said}");
    fs::write(&cohort.cases, cohort.read("cases.csv").replace("gone", "other")).unwrap();
    refused(&cohort.arguments(&out, &["--resume"]), "f.failed.csv was made with another table of cases");
    fs::remove_file(cohort.file("f.failed.csv")).unwrap();
    refused(&cohort.arguments(&out, &["--resume"]), "f.csv exists already");
}

#[test]
fn a_run_that_ended_with_failures_tries_those_alone_again() {
    let cohort = Cohort::of(1, &["late,late.nii.gz,late_voi.nii.gz,,", "gone,none.nii.gz,none.nii.gz,,"]);
    let out = cohort.file("f.csv");
    let protocol = cohort.file("energy.yaml");
    fs::write(&protocol, ENERGY).unwrap();
    let with_it = ["--protocol", text(&protocol)];
    let again = [&with_it[..], &["--resume"]].concat();
    failed_in_part(&cohort.arguments(&out, &with_it));
    // A row that is kept is kept to the letter.
    let column_of_energy = |line: &str| line.rsplit(',').next().unwrap().to_owned();
    let energy = column_of_energy(cohort.read("f.csv").lines().nth(1).unwrap());
    fs::write(&out, cohort.read("f.csv").replacen(&energy, "0.125", 1)).unwrap();
    write_ramp(cohort.folder.path(), "late");

    let said = failed_in_part(&cohort.arguments(&out, &again));
    assert!(said.contains("5 of 6 cases, 4 of them from an earlier run"), "{said}");
    assert!(said.contains("1 of 6 cases failed"), "{said}");
    failed_in_part(&cohort.arguments(&cohort.file("whole.csv"), &with_it));
    assert_eq!(cohort.read("f.csv"), cohort.read("whole.csv").replacen(&energy, "0.125", 1));
    assert_eq!(cohort.read("f.failed.csv"), cohort.read("whole.failed.csv"));
    assert!(!cohort.file("f.csv.partial").exists());

    // A case whose files were changed after the table was written is extracted again, and named.
    let image = fs::File::open(cohort.file("late.nii.gz")).unwrap();
    image.set_modified(std::time::SystemTime::now() + Duration::from_secs(60)).unwrap();
    let said = failed_in_part(&cohort.arguments(&out, &again));
    assert!(said.contains("case \"late\" (line 6 of the table of cases): its files have changed"), "{said}");
    assert!(said.contains("5 of 6 cases, 4 of them from an earlier run"), "{said}");
}

/// As on a disk that is full: files may not grow beyond some kilobytes, which hold what a run begins with and no row.
#[cfg(unix)]
fn on_a_full_disk(arguments: &[&str]) {
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let program = ["-c", limited, "sh", env!("CARGO_BIN_EXE_hepatica")];
    let output = Command::new("sh").args(program).args(arguments).output().unwrap();
    let said = message(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("f.csv.partial could not be written") && !said.contains("failed"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_the_run_goes_on_from_what_is_there() {
    let cohort = Cohort::of(1, &[]);
    on_a_full_disk(&cohort.arguments(&cohort.file("f.csv"), &["--threads", "2"]));
    cohort.extract("f.csv", &["--resume"]);
    cohort.extract("whole.csv", &[]);
    assert_eq!(cohort.read("f.csv"), cohort.read("whole.csv"));
}

#[cfg(unix)]
#[test]
fn a_run_that_was_stopped_while_it_tried_failed_cases_again_keeps_the_rows_of_the_table() {
    let cohort = Cohort::of(1, &["late,late.nii.gz,late_voi.nii.gz,,"]);
    let out = cohort.file("f.csv");
    failed_in_part(&cohort.arguments(&out, &[]));
    let table = cohort.read("f.csv");
    write_ramp(cohort.folder.path(), "late");
    on_a_full_disk(&cohort.arguments(&out, &["--resume"]));
    assert!(cohort.file("f.csv.partial").exists());
    assert_eq!(cohort.read("f.csv"), table);
    let said = cohort.extract("f.csv", &["--resume"]);
    assert!(said.contains("5 of 5 cases, 4 of them from an earlier run"), "{said}");
    cohort.extract("whole.csv", &[]);
    assert_eq!(cohort.read("f.csv"), cohort.read("whole.csv"));
}

#[test]
fn shards_put_together_are_the_whole_byte_for_byte() {
    let cohort = Cohort::of(2, &["gone,none.nii.gz,none.nii.gz,,"]);
    failed_in_part(&cohort.arguments(&cohort.file("whole.csv"), &[]));
    cohort.extract("1.csv", &["--shard", "1/3"]);
    cohort.extract("2.csv", &["--shard", "2/3"]);
    let [one, two, three, all] = ["1.csv", "2.csv", "3.csv", "all.csv"].map(|name| cohort.file(name));
    let merge = |tables: &[&Path], more: &[&'static str]| -> Vec<String> {
        let tables = tables.iter().map(|path| text(path));
        let arguments = ["merge-features"].into_iter().chain(tables).chain(["--out", text(&all)]);
        arguments.chain(more.iter().copied()).map(str::to_owned).collect()
    };
    let words = |arguments: &[String]| arguments.iter().map(|a| a.clone().leak() as &str).collect::<Vec<_>>();
    refused(
        &words(&merge(&[&one, &two], &[])),
        "shard 3 of 3 lacks cases: 3 of 9 cases are in none of the tables (number 3, 6, 9)",
    );
    refused(&words(&merge(&[&one, &two, &one], &[])), "case \"tiny 0\" is in");
    failed_in_part(&cohort.arguments(&three, &["--shard", "3/3"]));
    let said = done(&words(&merge(&[&three, &one, &two], &[])));
    assert!(said.contains("8 cases") && said.contains("1 case failed"), "{said}");
    assert_eq!(cohort.read("all.csv"), cohort.read("whole.csv"));
    assert_eq!(cohort.read("all.failed.csv"), cohort.read("whole.failed.csv"));

    // A shard that is made anew has rows that are not in its table.
    fs::write(cohort.file("2.csv.partial"), "").unwrap();
    refused(&words(&merge(&[&three, &one, &two], &["--force"])), "2.csv is not finished");
    done(&words(&merge(&[&three, &one, &two], &["--force", "--incomplete"])));
    fs::remove_file(cohort.file("2.csv.partial")).unwrap();
    // As a shell finds them: lists of failures among the tables.
    let lists = ["1.failed.csv", "2.failed.csv", "3.failed.csv"].map(|name| cohort.file(name));
    let found: Vec<&Path> = [&one, &lists[0], &two, &lists[1], &three, &lists[2]].map(PathBuf::as_path).to_vec();
    let said = done(&words(&merge(&found, &["--force"])));
    assert!(said.contains("3 of the files list failures and no features"), "{said}");
    assert_eq!(cohort.read("all.csv"), cohort.read("whole.csv"));
    assert_eq!(cohort.read("all.failed.csv"), cohort.read("whole.failed.csv"));
    refused(&words(&merge(&[&one, &cohort.file("all.failed.csv")], &["--force"])), "is where failures will be listed");
    let stale = cohort.file("4.failed.csv");
    let fingerprint = cohort.read("3.failed.csv").trim_end().rsplit(',').next().unwrap().to_owned();
    fs::write(&stale, cohort.read("3.failed.csv").replace(&fingerprint, "ffff")).unwrap();
    refused(
        &words(&merge(&[&one, &two, &three, &stale], &["--force"])),
        "4.failed.csv has ffff; only shards of one run",
    );

    fs::write(&stale, cohort.read("2.csv").replacen(",2,9,", ",22,9,", 1)).unwrap();
    refused(&words(&merge(&[&one, &stale, &three], &["--force"])), "there is no case 22 among 9");
    let other = cohort.read("2.csv").replacen("liang2022", "mine", 1);
    fs::write(&two, other).unwrap();
    refused(&words(&merge(&[&one, &two, &three], &["--force"])), "only shards of one run belong together");
    fs::write(&two, cohort.read("1.csv").replacen("original_glcm_Contrast,", "original_glcm_Kontrast,", 1)).unwrap();
    refused(&words(&merge(&[&one, &two], &["--force"])), "has no column \"original_glcm_Contrast\"");
}

#[test]
fn shards_without_a_row_are_put_together_too() {
    let gone = |id: &str| format!("{id},none.nii.gz,none.nii.gz,,");
    let cohort = Cohort::of(0, &[&gone("a"), &gone("b"), &gone("c")]);
    let [whole, one, two, all] = ["whole.csv", "1.csv", "2.csv", "all.csv"].map(|name| cohort.file(name));
    failed_in_part(&cohort.arguments(&whole, &[]));
    failed_in_part(&cohort.arguments(&one, &["--shard", "1/2"]));
    failed_in_part(&cohort.arguments(&two, &["--shard", "2/2"]));
    refused(&["merge-features", text(&one), "--out", text(&all)], "1 of 3 cases are in none of the tables (number 2)");
    let said = done(&["merge-features", text(&two), text(&one), "--out", text(&all)]);
    assert!(said.contains("0 cases") && said.contains("3 cases failed"), "{said}");
    assert_eq!(cohort.read("all.csv"), cohort.read("whole.csv"));
    assert_eq!(cohort.read("all.failed.csv"), cohort.read("whole.failed.csv"));
    // A list of other cases.
    let other = cohort.read("1.failed.csv").replacen("a,2,", "d,2,", 1);
    let cohort_of = |list: &str| list.lines().nth(1).unwrap().rsplit(',').next().unwrap().to_owned();
    fs::write(cohort.file("1.failed.csv"), other.replace(&cohort_of(&other), "ffff")).unwrap();
    refused(&["merge-features", text(&two), text(&one), "--out", text(&all), "--force"], "the fingerprint of cases");
}

#[test]
fn arguments_that_contradict_each_other_are_refused_before_any_work() {
    let cohort = Cohort::of(1, &[]);
    let out = cohort.file("f.csv");
    refused(&cohort.arguments(&out, &["--force", "--resume"]), "--resume");
    refused(&cohort.arguments(&out, &["--image", "a.nii"]), "--image");
    refused(&cohort.arguments(&out, &["--shard", "5/4"]), "\"5/4\" is no shard");
    refused(&cohort.arguments(&out, &["--memory", "much"]), "\"much\" is no size of memory");
    refused(&cohort.arguments(&out, &["--threads", "0"]), "--threads");
    refused(&cohort.arguments(&cohort.file("f.json"), &[]), "does not end in .csv");
    refused(&cohort.arguments(&cohort.cases, &["--force"]), "is the table of cases");
    refused(&["extract", "--image", "a", "--voi", "b", "--out", "f.csv", "--resume"], "--resume is for many cases");
    refused(&["extract", "--out", "f.csv"], "--image");
    fs::write(&out, "precious").unwrap();
    refused(
        &cohort.arguments(&out, &[]),
        "f.csv exists already; choose another name, or allow it to be replaced (--force)",
    );
    refused(&cohort.arguments(&out, &["--resume"]), "f.csv exists already");
    assert_eq!(cohort.read("f.csv"), "precious");
    assert_eq!(fs::read_dir(cohort.folder.path()).unwrap().count(), 2);
}

#[test]
fn a_table_of_cases_that_is_wrong_is_named_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases.csv");
    let out = folder.path().join("f.csv");
    let wrong = |table: &str, culprit: &str| {
        fs::write(&cases, table).unwrap();
        refused(&["extract", "--cases", text(&cases), "--out", text(&out)], culprit);
    };
    wrong(
        "image,voi,colour\na,b,red\n",
        "there is a column \"colour\"; a table of cases has image, voi, label, id, series",
    );
    wrong("image;voi\na;b\n", "separated by semicolons; save it with commas");
    wrong("image,voi,label\na,b,1\nc,d,two\n", "line 3, column \"label\": \"two\" is no label");
    wrong("image,voi,id\na,b,x\nc,d,x\n", "line 3, column \"id\": \"x\" is the id of line 2 already");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn series_and_nifti_stand_in_one_table_and_are_the_same_from_shards() {
    let cohort = Cohort::of(1, &[]);
    let study = cohort.file("study");
    let spec = PhantomSpec { matrix: 96, ..PhantomSpec::default() };
    let paths = write_study(&simulate(&spec, &Progress::new()).unwrap(), &study, true, &Progress::new()).unwrap();
    let listed =
        Command::new(env!("CARGO_BIN_EXE_hepatica")).args(["series", text(&study), "--json"]).output().unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let mut native = listed["series"].as_array().unwrap().iter();
    let native = native.position(|series| series["description"].as_str().unwrap().contains("NATIVE")).unwrap();
    let mut table = "id,image,voi,label,series\n".to_owned();
    for line in cohort.read("cases.csv").lines().skip(1) {
        table += &(line.trim_end_matches("synthetic").to_owned() + "\n");
    }
    let voi = text(&paths.truth);
    table += &format!("chosen,study,{voi},,\nnative,study,{voi},,{native}\nno such,study,{voi},,77\n");
    fs::write(&cohort.cases, table).unwrap();

    failed_in_part(&cohort.arguments(&cohort.file("f.csv"), &[]));
    let table = read_table(&cohort.file("f.csv")).unwrap();
    assert_eq!(column(&table, "diagnostics_Image-original_Phase"), ["", "", "", "", "portal venous", "native"]);
    assert!(cohort.read("f.failed.csv").contains("has no series 77"));
    let [one, two, all] = ["1.csv", "2.csv", "all.csv"].map(|name| cohort.file(name));
    failed_in_part(&cohort.arguments(&one, &["--shard", "1/2"]));
    done(&cohort.arguments(&two, &["--shard", "2/2"]));
    done(&["merge-features", text(&two), text(&one), "--out", text(&all)]);
    assert_eq!(cohort.read("all.csv"), cohort.read("f.csv"));
}

#[test]
fn memory_that_lets_in_one_case_at_a_time_changes_nothing() {
    let cohort = Cohort::of(1, &[]);
    cohort.extract("f.csv", &[]);
    let said = cohort.extract("g.csv", &["--memory", "1KiB", "--threads", "3"]);
    assert_eq!(said.matches("it runs alone").count(), NAMES.len(), "{said}");
    assert_eq!(cohort.read("f.csv"), cohort.read("g.csv"));
}

#[test]
fn what_is_wrong_with_image_or_voi_is_said_in_words() {
    let cohort = Cohort::of(
        0,
        &[
            "empty,flat.nii.gz,nothing_voi.nii.gz,,",
            "label,flat.nii.gz,flat_voi.nii.gz,7,",
            "grid,flat.nii.gz,small_voi.nii.gz,,",
            "one,flat.nii.gz,one_voi.nii.gz,,",
            "nan,nan.nii.gz,flat_voi.nii.gz,,",
            "spacing,spacing.nii.gz,flat_voi.nii.gz,,",
        ],
    );
    let folder = cohort.folder.path();
    let shape = (6, 7, 8);
    let cube = Array3::from_shape_fn(shape, |(slice, row, column)| slice > 1 && row > 1 && column > 1);
    write_case(folder, "flat", Array3::from_elem(shape, 50.0), cube.clone());
    write_case(folder, "nothing", Array3::zeros(shape), Array3::from_elem(shape, false));
    write_case(folder, "small", Array3::zeros((3, 3, 3)), Array3::from_elem((3, 3, 3), true));
    write_case(folder, "one", Array3::zeros(shape), Array3::from_shape_fn(shape, |at| at == (3, 3, 3)));
    let mut holes = Array3::from_elem(shape, 50.0);
    holes[(4, 5, 6)] = f32::NAN;
    write_case(folder, "nan", holes, cube);
    write_without_spacing(&folder.join("flat.nii.gz"), &folder.join("spacing.nii.gz"));
    failed_in_part(&cohort.arguments(&cohort.file("f.csv"), &[]));
    let failed = read_table(&cohort.file("f.failed.csv")).unwrap();
    let problem = |id: &str| {
        let row = column(&failed, "id").iter().position(|found| found == id).unwrap();
        column(&failed, "problem")[row].clone()
    };
    assert!(problem("empty").contains("the mask is empty: no voxel is above 0; draw the VOI"));
    assert!(problem("label").contains("no voxel has the number 7; there is only the number 1"));
    assert!(problem("grid").contains("drawn on another grid than this image"));
    assert!(problem("one").contains("the VOI has 1 voxel and must be"), "{}", problem("one"));
    assert!(problem("nan").contains("no number at slice 4, row 5, column 6 (counted from 0)"), "{}", problem("nan"));
    assert!(problem("spacing").contains("a step from column to column has no length"), "{}", problem("spacing"));
    // One gray level is no failure: it has the values that PyRadiomics defines for it.
    let [image, voi] = ["flat.nii.gz", "flat_voi.nii.gz"].map(|name| folder.join(name));
    let out = cohort.file("flat.csv");
    done(&["extract", "--image", text(&image), "--voi", text(&voi), "--out", text(&out)]);
    let table = read_table(&out).unwrap();
    assert!(column(&table, "original_firstorder_Entropy")[0].parse::<f64>().unwrap().abs() < f64::EPSILON * 2.0);
    assert_eq!(column(&table, "original_glcm_Correlation"), ["1.0"]);
}

/// A copy of a NIfTI file whose sform has a column of zeros, as a header without voxel sizes has it.
fn write_without_spacing(from: &Path, to: &Path) {
    use std::io::{Read, Write};
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(from).unwrap()).read_to_end(&mut bytes).unwrap();
    // pixdim[1] is at byte 80; srow_x, srow_y and srow_z begin at 280, 296 and 312 (nifti1.h).
    for at in [80, 280, 296, 312] {
        bytes[at..at + 4].copy_from_slice(&0f32.to_le_bytes());
    }
    let mut file = flate2::write::GzEncoder::new(fs::File::create(to).unwrap(), flate2::Compression::fast());
    file.write_all(&bytes).unwrap();
    file.finish().unwrap();
}

#[test]
fn the_workflow_gives_the_table_of_one_run() {
    let Some(python) = std::env::var_os("HEPATICA_PYTHON") else {
        println!("skipped: the workflow gives the table of one run: HEPATICA_PYTHON is not set");
        return;
    };
    let snakemake =
        |arguments: &[&str]| Command::new(&python).args(["-m", "snakemake"]).args(arguments).output().unwrap();
    if !snakemake(&["--version"]).status.success() {
        println!("skipped: the workflow gives the table of one run: {python:?} has no Snakemake");
        return;
    }
    let cohort = Cohort::of(1, &["gone,none.nii.gz,none.nii.gz,,"]);
    failed_in_part(&cohort.arguments(&cohort.file("whole.csv"), &[]));
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/workflow/Snakefile");
    let program = concat!("hepatica=", env!("CARGO_BIN_EXE_hepatica"));
    let run = |settings: &[&str]| {
        let folder = text(cohort.folder.path());
        let always = ["--snakefile", text(&workflow), "--directory", folder, "--cores", "2", "--config", program];
        let output = snakemake(&[&always[..], &["cases=cases.csv", "threads=1"], settings].concat());
        assert!(output.status.success(), "{settings:?}: {}", message(&output));
    };
    run(&["shards=2"]);
    assert_eq!(cohort.read("features.csv"), cohort.read("whole.csv"));
    // Paths are written as they were given.
    let folder = format!("{}/", cohort.folder.path().display());
    assert_eq!(cohort.read("features.failed.csv"), cohort.read("whole.failed.csv").replace(&folder, ""));
    // Other shards have other cases.
    run(&["shards=3"]);
    assert_eq!(cohort.read("features.csv"), cohort.read("whole.csv"));
    let protocol = cohort.file("energy of it.yaml");
    fs::write(&protocol, ENERGY).unwrap();
    failed_in_part(&cohort.arguments(&cohort.file("whole.csv"), &["--force", "--protocol", text(&protocol)]));
    run(&["shards=3", "protocol=energy of it.yaml"]);
    assert_eq!(cohort.read("features.csv"), cohort.read("whole.csv"));
    run(&["shards=1", "protocol=isotropic-1mm"]);
    let protocols = column(&read_table(&cohort.file("features.csv")).unwrap(), "diagnostics_Configuration_Protocol");
    assert_eq!(protocols, ["isotropic-1mm"; NAMES.len()]);
}
