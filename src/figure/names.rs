//! PyRadiomics' feature names in a form that fits beside a plot: `wavelet-LLH_glszm_SmallAreaLowGrayLevelEmphasis` is
//! "LLH GLSZM small area low GL emphasis". Two names that would look the same, and names of another form, stay as they are.

/// PyRadiomics' feature classes, and how they are written here.
const CLASSES: [(&str, &str); 8] = [
    ("firstorder", "first-order"),
    ("shape", "shape"),
    ("shape2D", "shape 2D"),
    ("glcm", "GLCM"),
    ("glrlm", "GLRLM"),
    ("glszm", "GLSZM"),
    ("gldm", "GLDM"),
    ("ngtdm", "NGTDM"),
];

/// The names, shortened and still told apart.
pub(crate) fn short_names(names: &[&str]) -> Vec<String> {
    let short: Vec<String> = names.iter().map(|name| shortened(name).unwrap_or_else(|| (*name).to_owned())).collect();
    let is_own = |name: &String| short.iter().filter(|other| *other == name).count() == 1;
    short
        .iter()
        .zip(names)
        .map(|(short, name)| if is_own(short) { short.clone() } else { (*name).to_owned() })
        .collect()
}

fn shortened(name: &str) -> Option<String> {
    let mut parts = name.splitn(3, '_');
    let (image, class, feature) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, class) = CLASSES.iter().find(|(given, _)| *given == class)?;
    if LETTERS.contains(&feature) {
        return Some(of_image(image, class, &feature.to_uppercase()));
    }
    let words = words(feature).join(" ").replace("gray level", "GL").replace("non uniformity", "non-uniformity");
    let words = words.strip_suffix(" percentile").map_or(words.clone(), |number| format!("{number}th percentile"));
    Some(of_image(image, class, &words))
}

fn of_image(image: &str, class: &str, words: &str) -> String {
    match image_name(image) {
        Some(image) => format!("{image} {class} {words}"),
        None => format!("{class} {words}"),
    }
}

/// The derived image: a wavelet's letters, LoG with its sigma; none for the original.
fn image_name(image: &str) -> Option<String> {
    if image == "original" {
        return None;
    }
    if let Some(letters) = image.strip_prefix("wavelet-") {
        return Some(letters.to_owned());
    }
    let sigma = image.strip_prefix("log-sigma-").and_then(|rest| rest.split("-mm").next());
    Some(sigma.map_or_else(|| image.to_owned(), |sigma| format!("LoG {} mm", sigma.replace('-', "."))))
}

/// Features that PyRadiomics names by letters.
const LETTERS: [&str; 6] = ["Id", "Idm", "Idmn", "Idn", "Imc1", "Imc2"];

/// The words of a name in CamelCase, in small letters where they are not all capitals.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && !before.is_uppercase();
        match words.last_mut() {
            Some(word) if !begins => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        before = letter;
    }
    let is_acronym = |word: &str| word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
    words.into_iter().map(|word| if is_acronym(&word) { word } else { word.to_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_to_words() {
        let names = [
            "wavelet-LLH_glszm_SmallAreaLowGrayLevelEmphasis",
            "original_firstorder_10Percentile",
            "log-sigma-3-0-mm-3D_glcm_MCC",
            "original_glcm_Idmn",
            "pT",
            "my_own_feature",
        ];
        let short = [
            "LLH GLSZM small area low GL emphasis",
            "first-order 10th percentile",
            "LoG 3.0 mm GLCM MCC",
            "GLCM IDMN",
            "pT",
            "my_own_feature",
        ];
        assert_eq!(short_names(&names), short);
    }

    #[test]
    fn names_that_would_look_the_same_stay_whole() {
        let names = ["original_glcm_Contrast", "original_glcm_contrast", "original_ngtdm_Contrast"];
        assert_eq!(short_names(&names), [names[0], names[1], "NGTDM contrast"]);
    }
}
