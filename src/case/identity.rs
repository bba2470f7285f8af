//! Who and what is on screen, in words. Free of files: whoever exports keeps the DICOM headers.

use crate::dicom::Series;

/// Patient, study and series as the corners of a view and the report name them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Patient's name as it is shown.
    pub patient_name: String,
    /// Patient ID.
    pub patient_id: String,
    /// Sex and birth date, as far as known.
    pub sex_and_birth: String,
    /// Study date as it is shown, `2026-11-23`.
    pub study_date: String,
    /// Series number and description.
    pub series: String,
    /// Name of the file, where the image is one without a header that names anything. It may name the patient.
    pub file: String,
    /// Whether the image is simulated, which is then said wherever it shows.
    pub simulated: bool,
}

impl Identity {
    /// What a series' header says.
    pub fn of(series: &Series) -> Self {
        let acquisition = &series.acquisition;
        let says_so = |text: &String| text.to_lowercase().contains("simulat");
        let described = [&series.description, &series.study.description, &acquisition.manufacturer, &acquisition.model];
        let number = series.number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            patient_name: shown_name(&series.patient.name),
            patient_id: series.patient.id.clone(),
            sex_and_birth: joined(
                ", ",
                [labelled("Sex", &series.patient.sex), labelled("born", &shown_date(&series.patient.birth_date))],
            ),
            study_date: shown_date(&series.study.date),
            series: joined(" ", [number, series.description.clone(), series.part.clone()]),
            file: String::new(),
            simulated: described.into_iter().any(says_so) || acquisition.image_type.iter().any(says_so),
        }
    }
}

/// A person's name (PS3.5 6.2.1.2) as it is read: "Family, Given Middle", with the ideographic group in brackets where
/// there is one.
pub fn shown_name(name: &str) -> String {
    let mut groups = name.split('=').map(|group| {
        let mut parts = group.split('^').map(str::trim);
        let family = parts.next().unwrap_or_default().to_owned();
        let given: Vec<&str> = parts.take(2).filter(|part| !part.is_empty()).collect();
        joined(", ", [family, given.join(" ")])
    });
    let (alphabetic, ideographic) = (groups.next().unwrap_or_default(), groups.next().unwrap_or_default());
    match (alphabetic.is_empty(), ideographic.is_empty()) {
        (false, false) => format!("{alphabetic} ({ideographic})"),
        (true, false) => ideographic,
        _ => alphabetic,
    }
}

/// `20261123` as `2026-11-23`; anything else as it is.
pub fn shown_date(date: &str) -> String {
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])
    } else {
        date.to_owned()
    }
}

/// A value after its name; nothing where there is no value.
pub fn labelled(name: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("{name} {value}") }
}

/// The parts that are not empty.
fn joined<const N: usize>(between: &str, parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_dates_are_shown_as_people_write_them() {
        assert_eq!(shown_name("Doe^Jane^Q^Dr"), "Doe, Jane Q");
        assert_eq!(shown_name("Yamada^Tarou=山田^太郎=やまだ^たろう"), "Yamada, Tarou (山田, 太郎)");
        assert_eq!(shown_name("=王^小东"), "王, 小东");
        assert_eq!((shown_name(""), shown_name("^Jane")), (String::new(), "Jane".to_owned()));
        assert_eq!((shown_date("20261123"), shown_date("2026")), ("2026-11-23".to_owned(), "2026".to_owned()));
    }
}
