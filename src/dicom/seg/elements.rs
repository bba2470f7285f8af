//! Short ways to put the elements that segmentations are made of.

use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, Length, PrimitiveValue, Tag, VR, dicom_value};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::volume::Known;

/// A text element; empty text makes an element without a value.
pub(in crate::dicom) fn put_text(object: &mut InMemDicomObject, tag: Tag, vr: VR, text: &str) {
    let value = if text.is_empty() { PrimitiveValue::Empty } else { PrimitiveValue::from(text) };
    object.put(DataElement::new(tag, vr, value));
}

/// A text element that is left out when there is no text.
pub(in crate::dicom) fn put_known_text(object: &mut InMemDicomObject, tag: Tag, vr: VR, text: &str) {
    if !text.is_empty() {
        put_text(object, tag, vr, text);
    }
}

/// Several values of text.
pub(in crate::dicom) fn put_texts(object: &mut InMemDicomObject, tag: Tag, vr: VR, texts: &[&str]) {
    let values = texts.iter().map(|&text| text.to_owned()).collect();
    object.put(DataElement::new(tag, vr, PrimitiveValue::Strs(values)));
}

/// Unsigned 16-bit integers.
pub(in crate::dicom) fn put_u16(object: &mut InMemDicomObject, tag: Tag, value: u16) {
    object.put(DataElement::new(tag, VR::US, dicom_value!(U16, [value])));
}

/// Numbers as decimal strings.
pub(in crate::dicom) fn put_decimals(object: &mut InMemDicomObject, tag: Tag, values: &[f64]) {
    let texts = values.iter().map(|&value| decimal_string(value)).collect();
    object.put(DataElement::new(tag, VR::DS, PrimitiveValue::Strs(texts)));
}

/// A sequence of items.
pub(in crate::dicom) fn put_items(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED)));
}

/// A code sequence of one item.
pub(in crate::dicom) fn put_code(object: &mut InMemDicomObject, tag: Tag, (value, scheme, meaning): Known) {
    let mut item = InMemDicomObject::new_empty();
    put_text(&mut item, tags::CODE_VALUE, VR::SH, value);
    put_text(&mut item, tags::CODING_SCHEME_DESIGNATOR, VR::SH, scheme);
    put_text(&mut item, tags::CODE_MEANING, VR::LO, meaning);
    put_items(object, tag, vec![item]);
}

/// The number in at most 16 characters, as VR DS demands (PS3.5 table 6.2-1), with as many digits as fit.
pub(in crate::dicom) fn decimal_string(value: f64) -> String {
    let shortest = format!("{value}");
    if shortest.len() <= 16 {
        return shortest;
    }
    let fitting = |text: String| (text.len() <= 16).then_some(text);
    // Plain digits hold more than an exponent does, unless the number is very small or large.
    let plain = || (0..=14).rev().find_map(|digits| fitting(format!("{value:.digits$}")));
    let with_exponent = || (0..=10).rev().find_map(|digits| fitting(format!("{value:.digits$e}")));
    let text = if (1e-4..1e13).contains(&value.abs()) { plain() } else { with_exponent() };
    text.unwrap_or_else(|| "0".to_owned())
}

/// How many elements and items an object has, with those in its sequences, as the walk over its bytes counts them.
pub(in crate::dicom) fn n_elements(object: &InMemDicomObject) -> usize {
    let within = |items: &[InMemDicomObject]| items.iter().map(|item| 1 + n_elements(item)).sum::<usize>();
    object.iter().map(|element| 1 + element.items().map_or(0, within)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_strings_fit_16_characters_and_keep_what_they_can() {
        let cases = [
            0.0,
            2.5,
            -100.0,
            1.0 / 3.0,
            -1.0 / 3.0,
            -287.123_456_789_012_3,
            1e-17 / 3.0,
            -1e20 / 3.0,
            0.00012345678901234,
        ];
        for value in cases {
            let text = decimal_string(value);
            assert!(text.len() <= 16, "{text}");
            let back: f64 = text.parse().unwrap();
            // Sixteen characters less sign, point and leading zero hold at least 9 significant digits.
            assert!((back - value).abs() <= 1e-9 * value.abs(), "{value} became {text}");
        }
        assert_eq!(decimal_string(2.5), "2.5");
    }
}
