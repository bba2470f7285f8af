//! Seeded random numbers: the same seed gives the same numbers on every machine and with any number of threads.
//!
//! SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, doi 10.1145/2714064.2660195). It deliberately is no cryptographic generator.

/// The output function of SplitMix64: a bijection of 64 bits in which every input bit reaches every output bit.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The seed of one purpose under a seed. Both are mixed, not added: what is drawn for one purpose must not be what is drawn for
/// another purpose under the next seed.
pub fn seed_of(seed: u64, purpose: u64) -> u64 {
    mix(mix(seed).wrapping_add(purpose))
}

/// A sequence of random numbers.
#[derive(Debug, Clone)]
pub struct Stream(u64);

impl Stream {
    /// The sequence of one purpose under one seed.
    pub fn new(seed: u64, purpose: u64) -> Self {
        Self(seed_of(seed, purpose))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Uniform between `low` and `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.next() >> 11) as f64 / (1u64 << 53) as f64)
    }

    /// A whole number below `end`, each equally likely (Lemire, ACM Trans Model Comput Simul 2019;29:3); 0 where `end` is.
    pub fn below(&mut self, end: usize) -> usize {
        let end = end as u64;
        let rejected = if end == 0 { 0 } else { end.wrapping_neg() % end };
        loop {
            let product = u128::from(self.next()) * u128::from(end);
            if product as u64 >= rejected {
                return (product >> 64) as usize;
            }
        }
    }

    /// Puts the items into a random order (Fisher and Yates), each equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_purpose_of_a_seed_has_the_seed_of_another_seeds() {
        let seeds = (0..64).chain([u64::MAX]);
        let seeds: Vec<u64> = seeds.flat_map(|seed| (0..1024).map(move |p| seed_of(seed, p))).collect();
        let distinct: std::collections::HashSet<&u64> = seeds.iter().collect();
        assert_eq!(distinct.len(), seeds.len());
    }

    #[test]
    fn every_order_of_three_is_about_as_frequent() {
        let mut stream = Stream::new(7, 0);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            stream.shuffle(&mut items);
            *counts.entry(items).or_insert(0u32) += 1;
        }
        // Five standard deviations of a count of 1000 among 6000.
        assert!(counts.len() == 6 && counts.values().all(|&n| n.abs_diff(1000) < 145), "{counts:?}");
    }
}
