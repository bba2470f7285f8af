//! What a journal gives back: of work that ended, that was stopped, that was damaged, and of drives that come and go.

use super::read::replay;
use super::*;
use crate::base::Stream;
use crate::case::{Beginning, Case, Extent, Identity, Made, Operation, Technique};
use crate::segment::{Brush, SliceOfGrid, disc};
use crate::volume::{Label, LabelMap, Volume, Voxels};
use std::fs;

/// Far longer than a disk takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn case(root: &Path) -> Case {
    let geometry = Geometry::axial([200, 160, 4], [0.0; 3], [1.0; 3]).unwrap();
    let voxels = Voxels::I16(ndarray::Array3::zeros(geometry.shape()));
    let mut case = Case::new(Identity::default(), Arc::new(Volume::new(geometry, voxels).unwrap()));
    let subject = Subject::new("1.2.3", Path::new("/data/series"), "Li");
    case.keep_journal(Journal::begin(root, subject, &geometry, || {}));
    case
}

fn paint(case: &mut Case, at: [f64; 2]) {
    case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: 1 });
    case.draw(&disc(at, Brush { radius_mm: 4.0, spacing_mm: [1.0; 2] }), Label::Liver, Operation::Add);
    case.end_stroke();
}

fn settled(case: &Case) -> bool {
    case.journal().unwrap().settle(PATIENCE)
}

/// Ends the work as a program that is left does.
fn end(case: Case) {
    assert!(settled(&case));
    drop(case);
}

fn files(root: &Path) -> Vec<PathBuf> {
    let inside = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = inside(root.to_owned()).flat_map(inside).collect();
    files.sort();
    files
}

/// A journal of a few edits, and the states that it went through.
fn written(root: &Path) -> (PathBuf, Vec<LabelMap>) {
    let mut case = case(root);
    let mut states = Vec::new();
    for n in 0..5 {
        paint(&mut case, [20.0 + 7.0 * n as f64, 30.0]);
        states.push(case.label_map().clone());
        assert!(settled(&case));
    }
    case.undo();
    states.push(case.label_map().clone());
    case.set_reviewed(1, true);
    end(case);
    (files(root).remove(0), states)
}

#[test]
fn an_image_is_known_again_elsewhere_by_its_series_or_its_name() {
    let of = |uid: &str, path: &str| Subject::new(uid, Path::new(path), "Li");
    assert!(of("1.2", "/a/x").is_same_image(&of("1.2", "/b/y")));
    assert!(!of("1.2", "/a/x").is_same_image(&of("1.3", "/a/x")));
    assert!(of("", "/a/x.nii").is_same_image(&of("", "/b/x.nii")));
    assert!(!of("", "/a/x.nii").is_same_image(&of("", "/a/y.nii")));
    assert!(!of("", "/a/x.nii").is_same_image(&of("1.2", "/a/x.nii")));
}

#[test]
fn looking_leaves_no_trace_and_removing_leaves_none_either() {
    let root = tempfile::tempdir().unwrap();
    let mut case = case(root.path());
    assert!(settled(&case) && files(root.path()).is_empty());
    paint(&mut case, [30.0, 30.0]);
    assert!(settled(&case));
    assert_eq!(files(root.path()).len(), 2);
    assert!(case.take_journal().unwrap().remove());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn a_journal_dropped_in_the_middle_of_work_gives_it_back() {
    let root = tempfile::tempdir().unwrap();
    let mut work = case(root.path());
    (0..300).for_each(|n| paint(&mut work, [n as f64 / 2.0, 50.0]));
    work.undo();
    let (map, names) = (work.label_map().clone(), work.history().undo_name().map(str::to_owned));
    end(work);
    let found = recover(root.path());
    let recovered = &found.recovered[0];
    assert_eq!((recovered.labels.label_map(), recovered.names.last()), (map, names.as_ref()));
    assert_eq!((recovered.names.len(), recovered.n_left_out), (199, 0), "of 200 that are kept, one was undone");
    assert!(recovered.n_edits > 200 && recovered.changed >= recovered.started);
}

#[test]
fn a_jump_in_the_undo_list_is_kept_edit_by_edit() {
    let root = tempfile::tempdir().unwrap();
    let mut work = case(root.path());
    let mut states = Vec::new();
    for n in 0..6 {
        paint(&mut work, [20.0 + 9.0 * n as f64, 50.0]);
        states.push((work.revision(), work.label_map().clone()));
    }
    assert_eq!([1, 4].map(|n: usize| work.go_to(states[n].0)), [4, 3]);
    end(work);
    let recovered = &recover(root.path()).recovered[0];
    assert_eq!((recovered.labels.label_map(), recovered.names.len()), (states[4].1.clone(), 5));
}

#[test]
fn several_steps_undone_to_nothing_are_work_and_a_try_taken_back_is_none() {
    let root = tempfile::tempdir().unwrap();
    let mut work = case(root.path());
    paint(&mut work, [30.0, 30.0]);
    work.undo();
    end(work);
    assert!(recover(root.path()).recovered.is_empty() && files(root.path()).is_empty());
    let mut work = case(root.path());
    (0..3).for_each(|n| paint(&mut work, [30.0 + 9.0 * f64::from(n), 30.0]));
    work.set_reviewed(3, true);
    let (drawn, kept) = (work.label_map().clone(), work.review().kept());
    assert!(settled(&work), "they are written before they are undone");
    (0..3).for_each(|_| _ = work.undo());
    end(work);
    let recovered = &recover(root.path()).recovered[0];
    assert_eq!((recovered.labels.label_map(), recovered.n_edits), (drawn.clone(), 3));
    assert_eq!(recovered.kept, kept, "as they were before it was undone");
    let other = tempfile::tempdir().unwrap();
    let mut work = case(other.path());
    let replacement = crate::case::Replacement::recovered(&work.drawn(), recovered).unwrap();
    assert!(work.replace(replacement) && settled(&work));
    work.undo();
    end(work);
    assert_eq!(recover(other.path()).recovered[0].labels.label_map(), drawn, "what is nowhere else is no try");
}

#[test]
fn what_is_in_a_file_with_another_edge_is_offered_with_the_reader_who_said_his_name_later() {
    let root = tempfile::tempdir().unwrap();
    let mut work = case(root.path());
    paint(&mut work, [30.0, 30.0]);
    let note = |work: &Case, edge_margin_mm| {
        work.journal_notes(Notes { reader: "Wang".into(), edge_margin_mm, times: Vec::new() });
    };
    note(&work, Some(2.5));
    work.journal_saved(work.revision());
    note(&work, Some(4.0));
    end(work);
    let recovered = &recover(root.path()).recovered[0];
    assert_eq!((recovered.notes.edge_margin_mm, recovered.subject.reader.as_str()), (Some(4.0), "Wang"));
}

#[test]
fn what_is_in_a_file_is_not_offered_until_it_is_drawn_on() {
    let root = tempfile::tempdir().unwrap();
    let mut work = case(root.path());
    paint(&mut work, [30.0, 30.0]);
    let saved = work.revision();
    paint(&mut work, [50.0, 30.0]);
    work.journal_saved(saved);
    end(work);
    assert_eq!(recover(root.path()).recovered.len(), 1, "an older state is in the file");
    fs::remove_dir_all(root.path()).unwrap();
    let mut work = case(root.path());
    paint(&mut work, [30.0, 30.0]);
    work.journal_saved(work.revision());
    end(work);
    assert!(recover(root.path()).recovered.is_empty() && files(root.path()).is_empty());
}

#[test]
fn recovered_work_is_journalled_with_the_review_of_all_its_slices() {
    let root = tempfile::tempdir().unwrap();
    let (first, second) = (root.path().join("first"), root.path().join("second"));
    let mut work = case(&first);
    paint(&mut work, [30.0, 30.0]);
    work.set_reviewed(3, true);
    end(work);
    let recovered = recover(&first).recovered.remove(0);
    let mut work = case(&second);
    paint(&mut work, [90.0, 30.0]);
    assert!(settled(&work));
    let replacement = crate::case::Replacement::recovered(&work.drawn(), &recovered).unwrap();
    assert!(work.replace(replacement));
    let kept = work.review().kept();
    end(work);
    assert!(kept[3].is_reviewed, "reviewed, and not a voxel on it");
    assert_eq!(recover(&second).recovered[0].kept, kept);
}

#[test]
fn a_drive_that_comes_back_gets_no_second_folder() {
    let root = tempfile::tempdir().unwrap();
    let (root, away) = (root.path().join("journal"), root.path().join("away"));
    let mut work = case(&root);
    paint(&mut work, [30.0, 30.0]);
    assert!(settled(&work));
    fs::rename(&root, &away).unwrap();
    fs::write(&root, "what the system shows where the drive was").unwrap();
    paint(&mut work, [60.0, 30.0]);
    while work.journal().unwrap().status().trouble.is_none() {
        std::thread::yield_now();
    }
    fs::remove_file(&root).unwrap();
    fs::rename(&away, &root).unwrap();
    assert!(settled(&work));
    let map = work.label_map().clone();
    end(work);
    let found = recover(&root).recovered;
    assert_eq!((found.len(), found[0].labels.label_map()), (1, map));
}

#[test]
fn work_whose_lock_someone_deleted_is_offered_all_the_same() {
    let root = tempfile::tempdir().unwrap();
    let (path, _) = written(root.path());
    fs::remove_file(path.with_file_name("lock")).unwrap();
    let found = recover(root.path());
    assert_eq!((found.recovered.len(), found.troubles.len()), (1, 0));
}

#[test]
fn what_is_not_a_journals_stays_in_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("journal");
    let mut work = case(&folder);
    paint(&mut work, [30.0, 30.0]);
    assert!(settled(&work));
    let letter = files(&folder)[0].with_file_name("letter.txt");
    fs::write(&letter, "not ours").unwrap();
    assert!(work.take_journal().unwrap().remove());
    assert_eq!(files(&folder), [letter]);
}

#[test]
fn files_are_private_and_name_nobody() {
    let root = tempfile::tempdir().unwrap();
    let mut case = case(root.path());
    paint(&mut case, [30.0, 30.0]);
    assert!(settled(&case));
    for path in files(root.path()) {
        assert!(!path.strip_prefix(root.path()).unwrap().to_string_lossy().contains("Li"));
        #[cfg(unix)]
        {
            let mode = |path: &Path| std::os::unix::fs::MetadataExt::mode(&path.metadata().unwrap()) & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        }
    }
}

#[test]
fn a_folder_that_vanishes_is_made_anew_with_everything_in_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().join("journal");
    let mut work = case(&root);
    paint(&mut work, [30.0, 30.0]);
    assert!(settled(&work));
    fs::remove_dir_all(&root).unwrap();
    paint(&mut work, [60.0, 30.0]);
    assert!(settled(&work));
    let map = work.label_map().clone();
    end(work);
    assert_eq!(recover(&root).recovered[0].labels.label_map(), map);
}

#[test]
fn a_disk_that_refuses_is_told_once_and_tried_again() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().join("journal");
    fs::write(&root, "a file where the folder would be").unwrap();
    let (told, news) = std::sync::mpsc::channel();
    let mut work = case(&root);
    let geometry = *work.volume().geometry();
    let subject = Subject::new("1.2.3", Path::new("/data/series"), "Li");
    work.keep_journal(Journal::begin(&root, subject, &geometry, move || told.send(()).unwrap_or_default()));
    paint(&mut work, [30.0, 30.0]);
    news.recv_timeout(PATIENCE).unwrap();
    let status = work.journal().unwrap().status();
    assert!(status.trouble.as_ref().is_some_and(|trouble| trouble.contains("in memory alone")), "{status:?}");
    paint(&mut work, [60.0, 30.0]);
    assert_eq!(work.journal().unwrap().status().n_unwritten, 2);
    fs::remove_file(&root).unwrap();
    assert!(settled(&work), "without another stroke");
    news.recv_timeout(PATIENCE).unwrap();
    assert_eq!(work.journal().unwrap().status(), JournalStatus::default());
    assert!(news.try_recv().is_err(), "told when it comes and when it goes");
    let map = work.label_map().clone();
    end(work);
    assert_eq!(recover(&root).recovered[0].labels.label_map(), map);
}

#[test]
fn a_long_journal_begins_anew_and_stays_bounded() {
    let root = tempfile::tempdir().unwrap();
    let mut work = case(root.path());
    let mut stream = Stream::new(3, 0);
    let within = VoxelBox::whole(work.volume().geometry());
    let mut longest = 0;
    for _ in 0..80 {
        work.begin(Beginning { tool: "Noise", extent: Extent::Volume, made: Made::by(Technique::Proposed) });
        let noise = ndarray::Array3::from_shape_fn((4, 160, 200), |_| stream.below(2) == 0);
        work.draw_box(within, noise.view(), Label::Liver, Operation::Replace);
        work.end_stroke();
        assert!(settled(&work));
        longest = longest.max(files(root.path())[0].metadata().unwrap().len());
    }
    assert_eq!(files(root.path())[0].file_name().unwrap(), "000002.journal");
    assert!(longest < 10 << 20, "{longest} bytes");
    let map = work.label_map().clone();
    end(work);
    let found = recover(root.path());
    assert_eq!((found.recovered[0].labels.label_map(), found.recovered[0].n_edits), (map, 80));
}

#[test]
fn a_file_cut_anywhere_gives_the_state_at_its_last_whole_record() {
    let root = tempfile::tempdir().unwrap();
    let (path, states) = written(root.path());
    let bytes = fs::read(&path).unwrap();
    let mut latest = 0;
    for length in 0..=bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let Ok(replayed) = replay(&path) else {
            assert_eq!(latest, 0, "{length}");
            continue;
        };
        let map = replayed.labels.label_map();
        let at = states.iter().skip(latest).position(|state| *state == map);
        latest += at.unwrap_or_else(|| panic!("{length} bytes give a state that never was"));
    }
    assert_eq!(latest, states.len() - 1);
}

#[test]
fn damage_gives_a_sentence_or_an_earlier_state_and_no_panic() {
    let root = tempfile::tempdir().unwrap();
    let (path, _) = written(root.path());
    let bytes = fs::read(&path).unwrap();
    // Where the payloads are: their checksums are made right again, so that the damage comes through.
    let mut payloads = Vec::new();
    let mut at = 12;
    while at < bytes.len() {
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        payloads.push(at + 8..at + 8 + length);
        at += 8 + length;
    }
    let mut stream = Stream::new(9, 0);
    let mut n_refused = 0;
    for _ in 0..3000 {
        let mut bytes = bytes.clone();
        let payload = payloads[stream.below(payloads.len())].clone();
        for _ in 0..1 + stream.below(3) {
            let at = payload.start + stream.below(payload.len());
            bytes[at] = [0, 0xff, 0x80, stream.below(256) as u8][stream.below(4)];
        }
        let sum = record::checksum(&bytes[payload.clone()]);
        bytes[payload.start - 4..payload.start].copy_from_slice(&sum.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        match replay(&path) {
            Ok(replayed) => assert!(replayed.labels.label_map().bits().iter().all(|bits| *bits < 16)),
            Err(refused) => {
                n_refused += 1;
                assert!(refused.to_string().contains("journal"), "{refused}");
            }
        }
    }
    assert!(n_refused > 100, "{n_refused} of 3000");
}

#[test]
fn what_is_no_journal_is_told_and_left_where_it_is() {
    let root = tempfile::tempdir().unwrap();
    let (path, _) = written(root.path());
    let bytes = fs::read(&path).unwrap();
    let mut newer = bytes.clone();
    newer[8] = 2;
    let mut vast = record::MAGIC.to_vec();
    vast.extend(record::VERSION.to_le_bytes());
    let header = String::from_utf8(bytes[20..].split(|b| *b == 0).next().unwrap().to_vec());
    let header = header.unwrap_or_else(|refused| String::from_utf8_lossy(refused.as_bytes()).into_owned());
    let end = header.rfind("]]}").unwrap() + 3;
    let grown = header[..end].replace("[200,160,4]", "[60000,60000,60000]");
    record::framed(grown.as_bytes(), &mut vast).unwrap();
    for (content, word) in [(&newer[..], "version 2"), (b"PK\x03\x04 an archive", "no journal"), (&vast, "damaged")] {
        fs::write(&path, content).unwrap();
        let found = recover(root.path());
        assert!(found.recovered.is_empty() && path.exists());
        assert!(found.troubles[0].to_string().contains(word), "{}", found.troubles[0]);
    }
    let stray = root.path().join("stray");
    fs::create_dir(&stray).unwrap();
    fs::write(stray.join("letter.txt"), "not ours").unwrap();
    recover(root.path());
    assert!(stray.join("letter.txt").exists());
    assert!(recover(&root.path().join("nowhere")).troubles.is_empty());
}
