//! A cohort dealt to several machines: each takes every so many-th case, so that all get large and small ones alike.

use std::fmt;
use std::str::FromStr;

/// One of the parts of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1 on.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// A text names no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no shard; give its number and how many there are, such as 3/16")]
pub struct NotAShard(String);

impl Shard {
    /// Whether the case with this place among all, from 1 on, is dealt to it.
    pub fn has(self, case: usize) -> bool {
        Self::that_has(case, self.of) == self
    }

    /// The one of so many shards that a case is dealt to.
    pub fn that_has(case: usize, of: usize) -> Self {
        Self { number: (case.max(1) - 1) % of.max(1) + 1, of: of.max(1) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err(NotAShard(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_dealt_to_one_shard() {
        for of in [1, 2, 3, 7] {
            let shards: Vec<Shard> = (1..=of).map(|number| Shard { number, of }).collect();
            for case in 1..=20 {
                let holders: Vec<&Shard> = shards.iter().filter(|shard| shard.has(case)).collect();
                assert_eq!(holders, [&Shard::that_has(case, of)]);
            }
        }
    }

    #[test]
    fn only_what_can_be_a_shard_is_read() {
        assert_eq!("3/16".parse(), Ok(Shard { number: 3, of: 16 }));
        for text in ["0/4", "5/4", "1/0", "3", "a/b", "1/2/3", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
