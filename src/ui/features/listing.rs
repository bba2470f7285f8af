//! Which features the page lists: the words and groups that narrow them, what is selected of them, and both as text.

use std::ops::RangeInclusive;

use crate::case::VoiState;
use crate::exchange::table::number_text;
use crate::radiomics::{FeatureClass, Features, ImageType};

/// The state of the page's table.
#[derive(Debug, Default)]
pub struct Listing {
    /// What narrows the list.
    pub narrowing: Narrowing,
    /// Rows that the table has room for.
    pub n_visible: usize,
    /// Whether the table is to scroll to the selection.
    pub reveals: bool,
    selection: Option<Selection>,
    listed: Listed,
}

/// Words and groups; a feature is listed when it has every word and is in one of the groups of either kind, where any are chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrowing {
    /// Words that the name has, in any order and case.
    pub words: String,
    /// Chosen groups of images.
    pub images: Vec<&'static str>,
    /// Chosen classes.
    pub classes: Vec<FeatureClass>,
}

/// From where to where features are selected, by their index; the cursor is the end that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Selection {
    anchor: usize,
    cursor: usize,
}

/// What narrowing leaves of some features.
#[derive(Debug, Default)]
struct Listed {
    /// The state that the features came from, and what narrowed them.
    of: Option<(VoiState, Narrowing)>,
    /// Indices of features, ascending.
    rows: Vec<usize>,
    /// Features of each group, were no group of its kind chosen.
    images: Vec<(&'static str, usize)>,
    classes: Vec<(FeatureClass, usize)>,
}

/// A move of the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// By rows, downwards when positive.
    Rows(isize),
    /// By what the table shows at once, downwards when positive.
    Pages(isize),
    /// To the first row.
    First,
    /// To the last.
    Last,
}

/// What is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// Names and values of what is selected.
    Selected,
    /// Every row listed, with a header.
    Listed,
}

impl Listing {
    /// Lists the features of a state.
    pub fn update(&mut self, state: VoiState, features: &Features) {
        let is_known = self.listed.of.as_ref().is_some_and(|(of, by)| *of == state && *by == self.narrowing);
        if !is_known {
            self.listed = Listed::new(state, &self.narrowing, features);
            let rows = &self.listed.rows;
            self.selection = self.selection.filter(|selection| rows.binary_search(&selection.cursor).is_ok());
        }
    }

    /// Lists the same features after they were narrowed.
    pub fn refresh(&mut self, features: &Features) {
        if let Some(state) = self.listed.of.as_ref().map(|(state, _)| *state) {
            self.update(state, features);
        }
    }

    /// Indices of the features that are listed.
    pub fn rows(&self) -> &[usize] {
        &self.listed.rows
    }

    /// Groups of images and how many features each would list.
    pub fn images(&self) -> &[(&'static str, usize)] {
        &self.listed.images
    }

    /// Classes and how many features each would list.
    pub fn classes(&self) -> &[(FeatureClass, usize)] {
        &self.listed.classes
    }

    /// Whether a feature is selected.
    pub fn is_selected(&self, feature: usize) -> bool {
        self.selected().is_some_and(|selected| selected.contains(&feature))
    }

    /// Listed features that are selected.
    pub fn selected_rows(&self) -> &[usize] {
        let Some(selected) = self.selected() else { return &[] };
        let rows = self.rows();
        let from = rows.partition_point(|row| row < selected.start());
        let to = rows.partition_point(|row| row <= selected.end());
        &rows[from..to]
    }

    /// The place in the list of the end of the selection that moves.
    pub fn cursor_place(&self) -> Option<usize> {
        self.selection.and_then(|selection| self.rows().binary_search(&selection.cursor).ok())
    }

    fn selected(&self) -> Option<RangeInclusive<usize>> {
        self.selection.map(|Selection { anchor, cursor }| anchor.min(cursor)..=anchor.max(cursor))
    }

    /// Selects a feature, or with `extends` all from where the selection began to it.
    pub fn select(&mut self, feature: usize, extends: bool) {
        let anchor = self.selection.filter(|_| extends).map_or(feature, |selection| selection.anchor);
        self.selection = Some(Selection { anchor, cursor: feature });
    }

    /// Moves the selection, or with `extends` its end, and shows it; from nowhere to the first row.
    pub fn step(&mut self, step: Step, extends: bool) {
        let Some(last) = self.rows().len().checked_sub(1) else { return };
        let by = |rows: isize| self.cursor_place().map_or(0, |place| place.saturating_add_signed(rows).min(last));
        let place = match step {
            Step::Rows(rows) => by(rows),
            Step::Pages(pages) => by(pages * self.n_visible.max(1) as isize),
            Step::First => 0,
            Step::Last => last,
        };
        self.select(self.rows()[place], extends);
        self.reveals = true;
    }

    /// Takes back what narrows the list, words before groups, then the selection; whether there was any.
    pub fn clear(&mut self) -> bool {
        if !self.narrowing.words.is_empty() {
            self.narrowing.words.clear();
        } else if self.narrowing != Narrowing::default() {
            self.narrowing = Narrowing::default();
        } else {
            return self.selection.take().is_some();
        }
        true
    }

    /// Text for other programs: lines of tab-separated cells, numbers in full.
    pub fn text(&self, copied: Copied, features: &Features) -> String {
        let lines = |rows: &[usize], line: &dyn Fn(usize) -> String| rows.iter().map(|&row| line(row)).collect();
        match copied {
            Copied::Selected => lines(self.selected_rows(), &|row| {
                let (id, value) = &features.values[row];
                format!("{id}\t{}\n", number_text(*value))
            }),
            Copied::Listed => {
                let table: String = lines(self.rows(), &|row| {
                    let (id, value) = &features.values[row];
                    format!("{}\t{}\t{}\t{}\n", id.image, id.class.as_str(), id.name, number_text(*value))
                });
                format!("image\tclass\tfeature\tvalue\n{table}")
            }
        }
    }
}

impl Narrowing {
    /// Takes a group of images in, or out again.
    pub fn toggle_image(&mut self, group: &'static str) {
        toggle(&mut self.images, group);
    }

    /// Takes a class in, or out again.
    pub fn toggle_class(&mut self, class: FeatureClass) {
        toggle(&mut self.classes, class);
    }
}

fn toggle<T: PartialEq>(chosen: &mut Vec<T>, group: T) {
    match chosen.iter().position(|known| *known == group) {
        Some(index) => drop(chosen.remove(index)),
        None => chosen.push(group),
    }
}

impl Listed {
    fn new(state: VoiState, narrowing: &Narrowing, features: &Features) -> Self {
        let words: Vec<String> = narrowing.words.split_whitespace().map(str::to_lowercase).collect();
        let mut listed = Self { of: Some((state, narrowing.clone())), ..Self::default() };
        for (row, (id, _)) in features.values.iter().enumerate() {
            let name = id.to_string().to_lowercase();
            let has_words = words.iter().all(|word| name.contains(word.as_str()));
            let group = group_of(id.image);
            let in_images = narrowing.images.is_empty() || narrowing.images.contains(&group);
            let in_classes = narrowing.classes.is_empty() || narrowing.classes.contains(&id.class);
            count(&mut listed.images, group, has_words && in_classes);
            count(&mut listed.classes, id.class, has_words && in_images);
            if has_words && in_images && in_classes {
                listed.rows.push(row);
            }
        }
        listed
    }
}

/// Counts a feature in its group, which is there even when nothing is counted in it.
fn count<T: PartialEq>(groups: &mut Vec<(T, usize)>, group: T, counts: bool) {
    match groups.iter_mut().find(|(known, _)| *known == group) {
        Some((_, n)) => *n += usize::from(counts),
        None => groups.push((group, usize::from(counts))),
    }
}

/// The group that an image is in: the filter that made it.
fn group_of(image: ImageType) -> &'static str {
    match image {
        ImageType::Original => "original",
        ImageType::Log(_) => "LoG",
        ImageType::Wavelet(_) => "wavelet",
        ImageType::Lbp3dLevel(_) | ImageType::Lbp3dKurtosis | ImageType::Lbp2d => "LBP",
        ImageType::Square => "square",
        ImageType::SquareRoot => "square root",
        ImageType::Logarithm => "logarithm",
        ImageType::Exponential => "exponential",
        ImageType::Gradient => "gradient",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Warnings;
    use crate::case::Revision;
    use crate::radiomics::{Diagnostics, FeatureId};

    /// The original features twice, the second time as those of a sub-band, each with its index as value.
    fn features() -> Features {
        let band: ImageType = "wavelet-LLH".parse().unwrap();
        let original: Vec<FeatureId> = FeatureId::all_original().collect();
        let filtered =
            original.iter().filter(|id| id.class != FeatureClass::Shape).map(|id| FeatureId { image: band, ..*id });
        let ids: Vec<FeatureId> = original.iter().copied().chain(filtered).collect();
        Features {
            values: ids.into_iter().enumerate().map(|(n, id)| (id, n as f64 / 3.0)).collect(),
            diagnostics: Diagnostics {
                protocol: String::new(),
                fingerprint: String::new(),
                settings: serde_json::Value::Null,
                n_voxels: 1,
                bounding_box: [1; 3],
                n_gray_levels: 1,
            },
            warnings: Warnings::new(),
        }
    }

    fn narrowed(words: &str) -> (Listing, Features) {
        let features = features();
        let mut listing = Listing::default();
        listing.narrowing.words = words.to_owned();
        let state = VoiState { revision: Revision::new_state(), edge_margin_mm: 0.0 };
        listing.update(state, &features);
        (listing, features)
    }

    #[test]
    fn words_are_found_in_any_order_and_case() {
        let (listing, features) = narrowed("jointent GLCM llh");
        let names: Vec<String> = listing.rows().iter().map(|&row| features.values[row].0.to_string()).collect();
        assert_eq!(names, ["wavelet-LLH_glcm_JointEntropy"]);
    }

    #[test]
    fn groups_of_one_kind_add_up_and_of_two_kinds_narrow() {
        let (mut listing, features) = narrowed("");
        assert_eq!(listing.images(), [("original", 107), ("wavelet", 93)]);
        listing.narrowing.toggle_image("wavelet");
        listing.narrowing.toggle_class(FeatureClass::Glcm);
        listing.refresh(&features);
        assert_eq!(listing.rows().len(), 24);
        assert_eq!(listing.images(), [("original", 24), ("wavelet", 24)], "as many as a click would list");
        assert_eq!(listing.classes()[0], (FeatureClass::Shape, 0));
        listing.narrowing.toggle_class(FeatureClass::Ngtdm);
        listing.refresh(&features);
        assert_eq!(listing.rows().len(), 24 + 5);
    }

    #[test]
    fn steps_stay_in_the_list_and_shift_keeps_where_the_selection_began() {
        let (mut listing, features) = narrowed("ngtdm");
        listing.step(Step::Rows(1), false);
        assert_eq!(listing.cursor_place(), Some(0), "from nowhere to the first row");
        listing.step(Step::Rows(-1), false);
        assert_eq!(listing.cursor_place(), Some(0));
        listing.step(Step::Rows(2), true);
        assert_eq!(listing.selected_rows().len(), 3);
        listing.step(Step::Last, false);
        assert_eq!((listing.cursor_place(), listing.selected_rows().len()), (Some(9), 1));
        listing.narrowing.words = "shape".to_owned();
        listing.refresh(&features);
        assert!(listing.selected_rows().is_empty(), "what is not listed is not selected");
    }

    #[test]
    fn copied_numbers_read_back_bit_for_bit() {
        let (mut listing, features) = narrowed("ngtdm");
        listing.step(Step::Rows(1), false);
        let text = listing.text(Copied::Selected, &features);
        let (name, value) = text.trim_end().split_once('\t').unwrap();
        let (id, expected) = &features.values[listing.rows()[0]];
        assert_eq!((name, value.parse()), (id.to_string().as_str(), Ok(*expected)));
        let table = listing.text(Copied::Listed, &features);
        assert_eq!(table.lines().next(), Some("image\tclass\tfeature\tvalue"));
        assert_eq!(table.lines().count(), 1 + 10);
        assert!(table.lines().all(|line| line.split('\t').count() == 4));
    }

    #[test]
    fn clearing_takes_words_first_then_groups_then_the_selection() {
        let (mut listing, _) = narrowed("ngtdm");
        listing.narrowing.toggle_image("wavelet");
        listing.select(3, false);
        let steps: Vec<bool> = (0..4).map(|_| listing.clear()).collect();
        assert_eq!(steps, [true, true, true, false]);
    }
}
