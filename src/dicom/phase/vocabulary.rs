//! What series descriptions call the phases, in the languages of the archives that were looked at.
//!
//! Text is folded to lower-case ASCII first. A word counts where no letter stands before it, and, unless it is a stem, none
//! behind it.

use std::ops::RangeInclusive;

use super::Phase;

/// What a description says.
#[derive(Debug, Clone, PartialEq)]
pub struct TextClass {
    /// The one phase that it names, if it names one.
    pub phase: Option<Phase>,
    /// It names a scout, a reformat or another reconstruction.
    pub veto: bool,
    /// It names several phases.
    pub contradicts: bool,
    /// By what it was found, in words.
    pub how: String,
}

/// A word ends here.
const fn w(text: &'static str) -> (&'static str, bool) {
    (text, false)
}

/// A stem: any letters may follow.
const fn stem(text: &'static str) -> (&'static str, bool) {
    (text, true)
}

type Words = &'static [(&'static str, bool)];

const NATIVE: Words = &[
    stem("nativ"),
    w("natif"),
    stem("noncontrast"),
    stem("non contrast"),
    stem("non-contrast"),
    w("noncon"),
    w("non con"),
    w("non-con"),
    w("sin contraste"),
    w("sans"),
    w("without"),
    w("wo"),
    w("w o"),
    w("unenhanced"),
    w("nonenhanced"),
    w("non enhanced"),
    w("non-enhanced"),
    w("plain"),
    stem("precontrast"),
    stem("pre contrast"),
    stem("pre-contrast"),
    w("pre"),
    w("basal"),
    w("blanc"),
    w("ohne km"),
    w("smdc"),
    w("ncct"),
    w("c-"),
];

const ARTERIAL: Words = &[
    w("art"),
    stem("arter"),
    w("hap"),
    stem("aort"),
    stem("angio"),
    w("cta"),
    stem("corticomed"),
    w("early"),
    w("precoz"),
    w("aphase"),
    w("a phase"),
    w("a-phase"),
];

const DELAYED: Words = &[
    stem("delay"),
    w("dly"),
    w("late"),
    stem("tard"),
    stem("equil"),
    stem("spaet"),
    stem("spat"),
    stem("excret"),
    stem("urogra"),
    stem("nephro"),
    stem("interstit"),
    stem("verzog"),
];

const PORTAL_VENOUS: Words = &[
    w("pv"),
    w("pvp"),
    stem("pvph"),
    w("port"),
    stem("portal"),
    stem("porto"),
    w("porte"),
    w("hvp"),
    w("vp"),
    w("ven"),
    w("venous"),
    stem("venos"),
    w("veneux"),
    w("veneuse"),
    w("venoes"),
    stem("vein"),
    stem("parenchym"),
    stem("hepaticven"),
    stem("hepatic ven"),
];

const VETO: Words = &[
    w("scout"),
    stem("topogram"),
    stem("localiz"),
    stem("localis"),
    w("surview"),
    stem("scano"),
    w("survey"),
    w("dose"),
    w("patient protocol"),
    w("screensave"),
    w("screen save"),
    w("mip"),
    w("mpr"),
    w("vr"),
    w("vrt"),
    w("3d"),
    w("cor"),
    w("coronal"),
    w("sag"),
    w("sagittal"),
    w("smartprep"),
    w("smart prep"),
    stem("premonitoring"),
    stem("pre monitoring"),
    stem("monitoring"),
    stem("bolustrack"),
    stem("bolus track"),
    w("testbolus"),
    w("test bolus"),
    w("tracker"),
    w("lung"),
    w("bone"),
    w("sub"),
    w("subtraction"),
    w("iodine map"),
    w("vnc"),
    w("key image"),
    w("key images"),
];

const PHASES: [(Phase, Words); 4] = [
    (Phase::Native, NATIVE),
    (Phase::Arterial, ARTERIAL),
    (Phase::Delayed, DELAYED),
    (Phase::PortalVenous, PORTAL_VENOUS),
];

/// What a series description or protocol name says of the phase.
pub fn text_class(description: &str) -> TextClass {
    let text = folded(description);
    let veto = names_any(&text, VETO, &[]);
    let named: Vec<Phase> = PHASES
        .into_iter()
        .filter(|(phase, words)| {
            // "late arterial" is arterial.
            let not_before: &[&str] = if *phase == Phase::Delayed { &["late art", "lateart"] } else { &[] };
            names_any(&text, words, not_before)
        })
        .map(|(phase, _)| phase)
        .collect();
    match named.as_slice() {
        [] => {
            let mut by_delay: Vec<Phase> = delays_s(&text).into_iter().filter_map(class_of_delay).collect();
            by_delay.dedup();
            let phase = if let [only] = by_delay[..] { Some(only) } else { None };
            TextClass { phase, veto, contradicts: by_delay.len() > 1, how: "delay in the text".into() }
        }
        [only] => TextClass { phase: Some(*only), veto, contradicts: false, how: "by name".into() },
        several => {
            let names: Vec<&str> = several.iter().map(|phase| phase.name()).collect();
            let how = format!("several phases: {}", names.join(", "));
            TextClass { phase: None, veto, contradicts: true, how }
        }
    }
}

/// The phase that is imaged that many seconds after the bolus began.
pub(super) fn class_of_delay(seconds: f64) -> Option<Phase> {
    match seconds {
        s if (15.0..=45.0).contains(&s) => Some(Phase::Arterial),
        s if (55.0..=100.0).contains(&s) => Some(Phase::PortalVenous),
        s if (150.0..=900.0).contains(&s) => Some(Phase::Delayed),
        _ => None,
    }
}

/// Hyphens and dashes that word processors put in the place of `-`.
const DASHES: RangeInclusive<char> = '\u{2010}'..='\u{2015}';

/// Lower-case ASCII: accents are dropped, `_`, `/` and everything else that is not a letter, digit or one of `+.,:-` becomes
/// one space; a space stands at either end.
fn folded(text: &str) -> String {
    let mut out = String::from(" ");
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '+' | '.' | ',' | ':' | '-' => out.push(c),
            _ => match base_letter(c) {
                Some(letter) => out.push(letter),
                None if (c.is_ascii() || c.is_whitespace() || DASHES.contains(&c)) && !out.ends_with(' ') => {
                    out.push(' ')
                }
                // Letters of other scripts and combining marks are dropped.
                None => {}
            },
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// The letter under an accent of the Western and Central European languages.
fn base_letter(c: char) -> Option<char> {
    let letter = match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' => 'd',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' => 's',
        'ť' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => return None,
    };
    Some(letter)
}

fn is_letter(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_lowercase)
}

fn names_any(text: &str, words: Words, not_before: &[&str]) -> bool {
    words.iter().any(|(word, open)| {
        text.match_indices(word).any(|(at, _)| {
            let bytes = text.as_bytes();
            let begins = at == 0 || !is_letter(bytes.get(at - 1));
            let ends = *open || !is_letter(bytes.get(at + word.len()));
            begins && ends && !not_before.iter().any(|longer| text[at..].starts_with(longer))
        })
    })
}

/// Times in seconds that a text names, such as "70s" or "3 min".
fn delays_s(text: &str) -> Vec<f64> {
    const SECONDS: [&str; 5] = ["seconds", "secs", "sec", "sek", "s"];
    const MINUTES: [&str; 3] = ["minutes", "min", "mn"];
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            at += 1;
            continue;
        }
        // What is left of a longer number is no number of its own: a rotation of 0.275 s is no delay of 75 s.
        let begins = at == 0 || !matches!(bytes[at - 1], b'.' | b',' | b':' | b'0'..=b'9');
        let mut end = at + digits;
        // One decimal.
        if let [b'.' | b',', d, ..] = bytes[end..]
            && d.is_ascii_digit()
        {
            end += 2;
        }
        let number = text[at..end].replace(',', ".").parse::<f64>().ok();
        let unit_at = if bytes.get(end) == Some(&b' ') { end + 1 } else { end };
        let unit = |names: &[&str]| {
            names.iter().any(|name| text[unit_at..].starts_with(name) && !is_letter(bytes.get(unit_at + name.len())))
        };
        if let (Some(number), true, 1..=3) = (number, begins, digits) {
            if unit(&SECONDS) {
                found.push(number);
            } else if unit(&MINUTES) {
                found.push(number * 60.0);
            }
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_name_their_phase() {
        let cases: [(Option<Phase>, &[&str]); 5] = [
            (
                Some(Phase::PortalVenous),
                &[
                    "Abdomen PV 2.5 B30f",
                    "Abdomen\u{a0}PV",
                    "Abdomen\u{2013}PV",
                    "PORTAL VENOUS",
                    "ABD/PEL PV 5.0",
                    "venous phase 3.0",
                    "Leber portalvenös 3.0 B30f",
                    "phase portale",
                    "veineux",
                    "FASE PORTAL",
                    "fase venosa",
                    "Abd venoes 1.0",
                    "C+ 70s",
                    "ABDOMEN 70 sec",
                    "Portal-Venous  1.0  Br40",
                    "PVP",
                    "VENOSA PORTALE",
                    "Ax Liver PORT 2.5",
                    "3_LIVER_VEN_2.0",
                    "PARENCHYMAL",
                    "hepatic venous",
                    "HVP 3mm",
                ],
            ),
            (
                Some(Phase::Arterial),
                &[
                    "ARTERIAL 1.25",
                    "LIVER ART 3.0",
                    "late arterial",
                    "CTA AORTA",
                    "30s",
                    "Abdomen art. 2.0",
                    "arterielle 35 sec",
                    "HAP 2.5",
                ],
            ),
            (
                Some(Phase::Delayed),
                &["DELAYED 5 min", "3 min", "tardif", "late phase", "equilibrium", "Spätphase", "180 sec", "DLY 5mm"],
            ),
            (
                Some(Phase::Native),
                &[
                    "WITHOUT CONTRAST",
                    "nativ",
                    "NON CON",
                    "unenhanced",
                    "Abd w/o 5.0",
                    "sans IV",
                    "plain",
                    "C-",
                    "PRE CONTRAST",
                ],
            ),
            (
                None,
                &[
                    "Abdomen 5.0 B30f",
                    "arterial portal",
                    "20 sec / 70 sec",
                    "SUPPORT",
                    "portable?",
                    "Body",
                    "Recon 2",
                    "ADVENT",
                    "venue",
                    "Abdomen 0.275s",
                    "0.335 s",
                ],
            ),
        ];
        for (phase, texts) in cases {
            for text in texts {
                assert_eq!(text_class(text).phase, phase, "{text}");
            }
        }
    }

    #[test]
    fn scouts_reformats_and_reports_are_vetoed() {
        for text in [
            "Scout",
            "Topogram 0.6 T20f",
            "PV MIP 5mm",
            "Portal COR 3.0",
            "PremonitoringAxial",
            "SMART PREP",
            "Dose Report",
            "Patient Protocol",
            "PORTAL SAG",
            "3D VR",
        ] {
            assert!(text_class(text).veto, "{text}");
        }
        assert!(!text_class("LIVER PV 2.5").veto);
    }
}
