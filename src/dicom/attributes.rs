//! Typed values of a data set's elements (PS3.5 6.2). Numbers that make no sense are errors that name the attribute.

use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::FileFault;
use super::text::CharacterSet;
use super::walk::{DataSet, Value};

/// Letters of a text that are kept: more than any value that is read here may have, so that a header that disregards it can fill
/// neither memory nor the screen. The longest is a name in three writings, of 64 letters in each of its five parts.
const MAX_LETTERS: usize = 1024;

/// A data set, or an item in it, together with how its values are written.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a> {
    data_set: &'a DataSet,
    big_endian: bool,
    characters: CharacterSet,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(data_set: &'a DataSet, big_endian: bool) -> Self {
        let declared = match data_set.get(tags::SPECIFIC_CHARACTER_SET) {
            Some(Value::Bytes(bytes)) => bytes.as_slice(),
            _ => &[],
        };
        Self { data_set, big_endian, characters: CharacterSet::parse(declared) }
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        self.data_set.get(tag).is_some()
    }

    fn bytes(&self, tag: Tag) -> Option<&'a [u8]> {
        match self.data_set.get(tag) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Text as it is shown; empty when absent.
    pub(super) fn text(&self, tag: Tag) -> String {
        let text = self.bytes(tag).map_or_else(String::new, |bytes| self.characters.decode(bytes));
        text.chars().take(MAX_LETTERS).collect()
    }

    /// Text of the default repertoire (UI, CS, DA, TM ...); empty when absent.
    pub(super) fn ascii(&self, tag: Tag) -> String {
        let bytes = self.bytes(tag).unwrap_or_default();
        let letters = bytes.iter().map(|&b| char::from(b)).filter(|c| c.is_ascii() && !c.is_ascii_control());
        let text: String = letters.take(MAX_LETTERS).collect();
        text.trim().to_owned()
    }

    /// The text of a number (IS, DS), where it holds nothing else: padding is dropped at its ends alone, and a byte that is no
    /// character of a number is not passed over, since what is left would be another number.
    fn number_text(&self, tag: Tag) -> Result<String, FileFault> {
        let bytes = self.bytes(tag).unwrap_or_default();
        let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        let text = text.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
        match text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
            true => Ok(text.to_owned()),
            false => Err(senseless(tag, &text.escape_default().to_string(), "holds bytes that no number has")),
        }
    }

    /// The values of a multi-valued code string.
    pub(super) fn codes(&self, tag: Tag) -> Vec<String> {
        let text = self.ascii(tag);
        if text.is_empty() {
            return Vec::new();
        }
        text.split('\\').map(|code| code.trim().to_ascii_uppercase()).collect()
    }

    /// A US or SS value's 16 bits.
    pub(super) fn word(&self, tag: Tag) -> Option<u16> {
        let bytes: [u8; 2] = self.bytes(tag)?.get(..2)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    /// A UL value's 32 bits.
    pub(super) fn long(&self, tag: Tag) -> Option<u32> {
        let bytes: [u8; 4] = self.bytes(tag)?.get(..4)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// A US value that must be there.
    pub(super) fn needed_word(&self, tag: Tag) -> Result<u16, FileFault> {
        self.word(tag).ok_or_else(|| missing(tag))
    }

    /// An IS value; `None` when it is absent or empty.
    pub(super) fn integer(&self, tag: Tag) -> Result<Option<i64>, FileFault> {
        let text = self.number_text(tag)?;
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = text.parse::<i64>().ok();
        let parsed = parsed.or_else(|| text.parse::<f64>().ok().filter(|x| x.fract() == 0.0).map(|x| x as i64));
        parsed.map(Some).ok_or_else(|| senseless(tag, &text, "is not a whole number"))
    }

    /// `N` decimal values; `None` when the attribute is absent or empty.
    pub(super) fn decimals<const N: usize>(&self, tag: Tag) -> Result<Option<[f64; N]>, FileFault> {
        let text = self.number_text(tag)?;
        if text.is_empty() {
            return Ok(None);
        }
        let parts: Vec<&str> = text.split('\\').collect();
        if parts.len() != N {
            return Err(senseless(tag, &text, &format!("holds {} of {N} values", parts.len())));
        }
        let mut values = [0.0; N];
        for (value, part) in values.iter_mut().zip(parts) {
            *value = part
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .ok_or_else(|| senseless(tag, &text, "is not a finite number"))?;
        }
        Ok(Some(values))
    }

    /// All decimal values; none when the attribute is absent, empty or longer than what is kept.
    pub(super) fn all_decimals(&self, tag: Tag) -> Result<Vec<f64>, FileFault> {
        let text = self.number_text(tag)?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let number = |part: &str| part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let numbers: Option<Vec<f64>> = text.split('\\').map(number).collect();
        numbers.ok_or_else(|| senseless(tag, &text, "holds what is not a finite number"))
    }

    /// `N` decimal values that must be there.
    pub(super) fn needed_decimals<const N: usize>(&self, tag: Tag) -> Result<[f64; N], FileFault> {
        self.decimals(tag)?.ok_or_else(|| missing(tag))
    }

    /// The first of possibly several decimal values, where it can be read.
    pub(super) fn first_decimal(&self, tag: Tag) -> Option<f64> {
        let text = self.number_text(tag).ok()?;
        text.split('\\').next()?.trim().parse::<f64>().ok().filter(|number| number.is_finite())
    }

    /// The items of a sequence.
    pub(super) fn items(&self, tag: Tag) -> impl Iterator<Item = Attributes<'a>> {
        let items: &[DataSet] = match self.data_set.get(tag) {
            Some(Value::Items(items)) => items,
            _ => &[],
        };
        let outer = *self;
        items.iter().map(move |data_set| Attributes { data_set, ..outer })
    }

    /// The first item of a sequence.
    pub(super) fn item(&self, tag: Tag) -> Option<Attributes<'a>> {
        self.items(tag).next()
    }
}

/// The attribute's keyword and tag.
pub(super) fn named(tag: Tag) -> String {
    match StandardDataDictionary.by_tag(tag) {
        Some(entry) => format!("{} {tag}", entry.alias()),
        None => tag.to_string(),
    }
}

pub(super) fn missing(tag: Tag) -> FileFault {
    FileFault::Attribute(format!("{} is missing or empty", named(tag)))
}

fn senseless(tag: Tag, text: &str, what: &str) -> FileFault {
    let shown: String = text.chars().take(48).collect();
    FileFault::Attribute(format!("{} \"{shown}\" {what}", named(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_value(tag: Tag, bytes: &[u8]) -> DataSet {
        let mut data_set = DataSet::default();
        data_set.put(tag, Value::Bytes(bytes.to_vec()));
        data_set
    }

    #[test]
    fn text_that_is_longer_than_any_value_may_be_is_cut() {
        let data_set = one_value(tags::SERIES_DESCRIPTION, &[b'A'; 16_000]);
        let attributes = Attributes::new(&data_set, false);
        assert_eq!(attributes.text(tags::SERIES_DESCRIPTION).len(), MAX_LETTERS);
        assert_eq!(attributes.ascii(tags::SERIES_DESCRIPTION).len(), MAX_LETTERS);
    }

    #[test]
    fn binary_numbers_are_read_in_the_order_of_their_bytes() {
        let data_set = one_value(tags::TEMPORAL_POSITION_INDEX, &[1, 2, 3, 4]);
        let read = |big_endian| Attributes::new(&data_set, big_endian).long(tags::TEMPORAL_POSITION_INDEX);
        assert_eq!((read(false), read(true)), (Some(0x0403_0201), Some(0x0102_0304)));
    }

    #[test]
    fn a_flipped_bit_in_a_number_is_an_error_and_no_other_number() {
        let intercept = |bytes: &[u8]| {
            let data_set = one_value(tags::RESCALE_INTERCEPT, bytes);
            Attributes::new(&data_set, false).needed_decimals::<1>(tags::RESCALE_INTERCEPT)
        };
        assert_eq!(intercept(b"-1024"), Ok([-1024.0]));
        assert_eq!(intercept(b" -1024 \0"), Ok([-1024.0]));
        // 0xB0 is the digit 0 with its highest bit set.
        let flipped = intercept(b"-1\xb024").unwrap_err().to_string();
        assert!(flipped.contains("holds bytes that no number has"), "{flipped}");
        assert!(intercept(b"-1\x0024").is_err());
    }
}
