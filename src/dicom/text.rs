//! Text in whatever character set a header names (PS3.3 C.12.1.1.2, PS3.5 6.1): ISO 8859, UTF-8, GB18030 and GBK, Shift-JIS
//! and the ISO 2022 code extensions for Japanese, Korean and Chinese.
//!
//! Decoding never fails: a character set that is unknown or wrong falls back to UTF-8 where the bytes are valid UTF-8 and
//! to Latin-1 otherwise, and bytes without a meaning become U+FFFD. Control characters and marks that change the direction
//! of text are dropped, so that no header can play tricks on a terminal or a list.

use encoding_rs::Encoding;

const ESCAPE: u8 = 0x1B;

/// The value of Specific Character Set (0008,0005), understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct CharacterSet {
    scheme: Scheme,
}

#[derive(Debug, Clone, Copy)]
enum Scheme {
    /// One encoding for the whole text, without escapes.
    Whole(&'static Encoding),
    /// ISO 2022: what bytes above 0x7F mean until an escape sequence says otherwise.
    Extensible(Option<High>),
    /// Nothing usable is declared.
    Unknown,
}

/// What the upper half of the code table (G1) holds.
#[derive(Debug, Clone, Copy)]
enum High {
    Single(&'static Encoding),
    Korean,
    Chinese,
}

/// What the lower half (G0) holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Low {
    Ascii,
    Kanji,
    SupplementaryKanji,
}

impl CharacterSet {
    /// From the attribute's bytes; empty when it is absent.
    pub(super) fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value).to_ascii_uppercase();
        let names: Vec<String> =
            text.split('\\').map(|name| name.chars().filter(char::is_ascii_alphanumeric).collect()).collect();
        let first = names.first().map_or("", String::as_str);
        if let Some(whole) = whole_encoding(first) {
            return Self { scheme: Scheme::Whole(whole) };
        }
        let known = names.iter().all(|name| name.is_empty() || is_known(name));
        let extensions = names.len() > 1 || first.starts_with("ISO2022");
        // Some writers leave out the escape sequence before the only character set that they use.
        let high = names.iter().find_map(|name| high_half(name));
        let scheme = match (known, first.is_empty() && !extensions) {
            (true, false) => Scheme::Extensible(high),
            _ => Scheme::Unknown,
        };
        Self { scheme }
    }

    /// The text without padding and control characters.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        let text = match self.scheme {
            Scheme::Whole(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Scheme::Extensible(high) => decode_extensible(bytes, high),
            Scheme::Unknown if bytes.contains(&ESCAPE) => decode_extensible(bytes, None),
            Scheme::Unknown => fallback(bytes),
        };
        clean(&text)
    }
}

/// Encodings that take the whole text. Shift-JIS stands in for JIS X 0201, whose half-width katakana it contains, because
/// some scanners write Shift-JIS under that name.
fn whole_encoding(name: &str) -> Option<&'static Encoding> {
    match name {
        "ISOIR192" => Some(encoding_rs::UTF_8),
        "GB18030" => Some(encoding_rs::GB18030),
        "GBK" | "GB2312" => Some(encoding_rs::GBK),
        "SHIFTJIS" | "SJIS" | "WINDOWS31J" => Some(encoding_rs::SHIFT_JIS),
        _ => None,
    }
}

fn registration(name: &str) -> &str {
    name.strip_prefix("ISO2022IR").or_else(|| name.strip_prefix("ISOIR")).unwrap_or("")
}

fn is_known(name: &str) -> bool {
    matches!(registration(name), "6" | "87" | "159") || high_half(name).is_some()
}

fn high_half(name: &str) -> Option<High> {
    let single = match registration(name) {
        // Windows-1252 and -1254 contain ISO 8859-1 and -9.
        "100" => encoding_rs::WINDOWS_1252,
        "101" => encoding_rs::ISO_8859_2,
        "109" => encoding_rs::ISO_8859_3,
        "110" => encoding_rs::ISO_8859_4,
        "144" => encoding_rs::ISO_8859_5,
        "127" => encoding_rs::ISO_8859_6,
        "126" => encoding_rs::ISO_8859_7,
        "138" => encoding_rs::ISO_8859_8,
        "148" => encoding_rs::WINDOWS_1254,
        "203" => encoding_rs::ISO_8859_15,
        "166" => encoding_rs::WINDOWS_874,
        "13" => encoding_rs::SHIFT_JIS,
        "149" => return Some(High::Korean),
        "58" => return Some(High::Chinese),
        _ => return None,
    };
    Some(High::Single(single))
}

/// Text with ISO 2022 escape sequences (PS3.5 6.1.2.5).
fn decode_extensible(bytes: &[u8], initial: Option<High>) -> String {
    let mut out = String::new();
    let (mut low, mut high) = (Low::Ascii, initial);
    let mut rest = bytes;
    while let Some(&byte) = rest.first() {
        if byte == ESCAPE {
            let (length, new_low, new_high) = escape_sequence(rest);
            low = new_low.unwrap_or(low);
            high = new_high.or(high);
            rest = &rest[length..];
            continue;
        }
        let length = run_length(rest, low);
        let (run, after) = rest.split_at(length);
        decode_run(run, low, high, &mut out);
        // Delimiters bring back the initial state (PS3.5 6.1.2.5.3).
        if low == Low::Ascii && run.iter().any(|b| matches!(b, b'^' | b'=' | b'\\' | b'\r' | b'\n' | b'\t' | 0x0C)) {
            high = initial;
        }
        rest = after;
    }
    out
}

/// Bytes up to and with the next delimiter, or up to the next escape.
fn run_length(bytes: &[u8], low: Low) -> usize {
    let end = bytes.iter().position(|&b| b == ESCAPE).unwrap_or(bytes.len());
    if low != Low::Ascii {
        return end;
    }
    let delimiter = bytes[..end].iter().position(|b| matches!(b, b'^' | b'=' | b'\\' | b'\r' | b'\n' | b'\t' | 0x0C));
    delimiter.map_or(end, |at| at + 1)
}

/// Length of the escape sequence and what it puts into the lower and upper half; an unknown one is passed over.
fn escape_sequence(bytes: &[u8]) -> (usize, Option<Low>, Option<High>) {
    let single = |encoding| (3, None, Some(High::Single(encoding)));
    match bytes.get(1..) {
        Some([b'(', b'B' | b'J', ..]) => (3, Some(Low::Ascii), None),
        Some([b'$', b'B' | b'@', ..]) => (3, Some(Low::Kanji), None),
        Some([b'$', b'(', b'D', ..]) => (4, Some(Low::SupplementaryKanji), None),
        Some([b'$', b')', b'C', ..]) => (4, None, Some(High::Korean)),
        Some([b'$', b')', b'A', ..]) => (4, None, Some(High::Chinese)),
        Some([b')', b'I', ..]) => single(encoding_rs::SHIFT_JIS),
        Some([b'-', b'A', ..]) => single(encoding_rs::WINDOWS_1252),
        Some([b'-', b'B', ..]) => single(encoding_rs::ISO_8859_2),
        Some([b'-', b'C', ..]) => single(encoding_rs::ISO_8859_3),
        Some([b'-', b'D', ..]) => single(encoding_rs::ISO_8859_4),
        Some([b'-', b'L', ..]) => single(encoding_rs::ISO_8859_5),
        Some([b'-', b'G', ..]) => single(encoding_rs::ISO_8859_6),
        Some([b'-', b'F', ..]) => single(encoding_rs::ISO_8859_7),
        Some([b'-', b'H', ..]) => single(encoding_rs::ISO_8859_8),
        Some([b'-', b'M', ..]) => single(encoding_rs::WINDOWS_1254),
        Some([b'-', b'b', ..]) => single(encoding_rs::ISO_8859_15),
        Some([b'-', b'T', ..]) => single(encoding_rs::WINDOWS_874),
        _ => (1, None, None),
    }
}

fn decode_run(run: &[u8], low: Low, high: Option<High>, out: &mut String) {
    match low {
        // The two kanji sets are EUC-JP's with the top bits cleared, the supplementary one behind 0x8F.
        Low::Kanji | Low::SupplementaryKanji => {
            let mut euc = Vec::with_capacity(run.len() * 3 / 2);
            for pair in run.chunks(2) {
                let is_kanji = pair.len() == 2 && pair.iter().all(|b| (0x21..0x7F).contains(b));
                if !is_kanji {
                    euc.extend(pair.iter().filter(|b| b.is_ascii()));
                    continue;
                }
                if low == Low::SupplementaryKanji {
                    euc.push(0x8F);
                }
                euc.extend(pair.iter().map(|b| b | 0x80));
            }
            out.push_str(&encoding_rs::EUC_JP.decode_without_bom_handling(&euc).0);
        }
        Low::Ascii => {
            let encoding = match high {
                Some(High::Single(encoding)) => encoding,
                Some(High::Korean) => encoding_rs::EUC_KR,
                Some(High::Chinese) => encoding_rs::GBK,
                None => return out.push_str(&fallback(run)),
            };
            out.push_str(&encoding.decode_without_bom_handling(run).0);
        }
    }
}

fn fallback(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Without control characters, marks of direction and padding.
fn clean(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|&c| {
            !c.is_control() && !matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
        })
        .collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(set: &str, bytes: &[u8]) -> String {
        CharacterSet::parse(set.as_bytes()).decode(bytes)
    }

    #[test]
    fn the_examples_of_the_standard_decode() {
        // PS3.5 annexes H, I, J.
        assert_eq!(
            decode(
                "\\ISO 2022 IR 87",
                b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"
            ),
            "Yamada^Tarou=山田^太郎=やまだ^たろう"
        );
        assert_eq!(
            decode(
                "ISO 2022 IR 13\\ISO 2022 IR 87",
                b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"
            ),
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"
        );
        assert_eq!(
            decode(
                "\\ISO 2022 IR 149",
                b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"
            ),
            "Hong^Gildong=洪^吉洞=홍^길동"
        );
        assert_eq!(decode("ISO_IR 192", "Wang^XiaoDong=王^小东".as_bytes()), "Wang^XiaoDong=王^小东");
        assert_eq!(decode("GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab"), "Wang^XiaoDong=王^小东");
        assert_eq!(
            decode("\\ISO 2022 IR 58", b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"),
            "Zhang^XiaoDong=张^小东"
        );
    }

    #[test]
    fn single_byte_sets_decode() {
        assert_eq!(decode("ISO_IR 100", b"Buc^J\xe9r\xf4me"), "Buc^Jérôme");
        assert_eq!(decode("ISO_IR 144", b"\xbb\xee\xda\xe1\xd5\xdc\xd1\xe3\xe0\xd3"), "Люксембург");
        assert_eq!(decode("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2"), "Διονυσιος");
        assert_eq!(decode("ISO_IR 148", b"Ya\xfear"), "Yaşar");
        assert_eq!(decode("ISO_IR 101", b"Dvo\xf8\xe1k"), "Dvořák");
    }

    #[test]
    fn a_backslash_byte_inside_a_kanji_does_not_split_it() {
        assert_eq!(decode("ISO_IR 13", b"\x95\x5c\x8e\xa6"), "表示");
        assert_eq!(decode("SHIFT_JIS", b"\x95\x5c\x8e\xa6"), "表示");
    }

    #[test]
    fn wrong_sets_and_bytes_never_fail_and_control_characters_go() {
        assert_eq!(decode("ISO 2022 IR 999\\\\X", b"A\x00\x1b]0;t\x07B"), "A]0;tB");
        assert_eq!(decode("", "Müller".as_bytes()), "Müller");
        assert_eq!(decode("", b"M\xfcller"), "Müller");
        assert_eq!(decode("ISO_IR 192", b"a\xffb"), "a\u{FFFD}b");
        assert_eq!(decode("ISO_IR 192", "a\u{202E}b".as_bytes()), "ab");
    }
}
