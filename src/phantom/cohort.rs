//! The simulated cohort: who is in it, what is drawn for each, and how the two readers draw.
//!
//! It has the size of the cohort of Liang et al. (Cancer Imaging 2022;22:50) and the margins of its Table 1. Given the outcome, everything
//! is drawn independently: clinical columns have no association but that with the outcome, and nothing of them shows in the
//! images. It deliberately holds no image: each patient's [`PhantomSpec`] is simulated when it is wanted. `docs/phantom.md` says what
//! came out.

use statrs::function::erf::erfc_inv;

use super::{PhantomSpec, Reader, Variation};
use crate::base::{Stream, seed_of};

/// Table 1 of the paper: patients of each level, [without, with] metastasis.
const MALE_FEMALE: [[usize; 2]; 2] = [[34, 39], [26, 13]];
const PT_2_3_4: [[usize; 2]; 3] = [[14, 5], [39, 32], [7, 15]];
const PN_0_1_2: [[usize; 2]; 3] = [[8, 5], [35, 25], [17, 22]];
const HEPATITIS: [[usize; 2]; 2] = [[41, 29], [19, 23]];
const CEA: [[usize; 2]; 2] = [[43, 27], [17, 25]];
const CA199: [[usize; 2]; 2] = [[51, 48], [9, 4]];
/// Its mean and standard deviation of age in years, [without, with].
const AGE: [[f64; 2]; 2] = [[56.12, 9.84], [57.96, 10.10]];

/// The simulated effect: mean and standard deviation of the heterogeneity, [without, with].
const HETEROGENEITY: [[f64; 2]; 2] = [[0.30, 0.10], [0.48, 0.10]];
/// Standard deviations of the variation between patients, the same with and without the effect: uptake, noise and grain as multiples
/// on a logarithmic scale, the liver's HU.
const UPTAKE: f64 = 0.12;
const NOISE: f64 = 0.16;
const GRAIN: f64 = 0.15;
const LIVER_HU: f64 = 8.0;

/// How each reader draws: mean and standard deviation over patients of the margin in mm, unsteadiness in mm, least radius of a
/// vessel in mm, least area of the liver in cm^2. The second draws nearer to the edge and leaves more out.
const READERS: [([f64; 2], f64, f64, f64); 2] = [([0.0, 0.15], 0.4, 2.2, 1.5), ([0.2, 0.15], 0.4, 2.4, 2.0)];

/// A simulated cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CohortSpec {
    /// The cohort: every seed is another one.
    pub seed: u64,
    /// Patients with the simulated effect.
    pub n_with: usize,
    /// Patients without it.
    pub n_without: usize,
    /// Patients whom a second reader draws too.
    pub n_second_reads: usize,
    /// Columns and rows of a slice.
    pub matrix: usize,
}

impl Default for CohortSpec {
    fn default() -> Self {
        Self { seed: 1, n_with: 52, n_without: 60, n_second_reads: 30, matrix: 512 }
    }
}

/// One patient of a simulated cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedPatient {
    /// Place in the cohort, from 1 on.
    pub number: usize,
    /// `SIM-001` and so on.
    pub id: String,
    /// Whether the patient has the simulated effect, which stands for metachronous liver metastasis.
    pub outcome: bool,
    /// Whether the patient is a woman.
    pub is_female: bool,
    /// Age in years.
    pub age: u8,
    /// pT stage, 2 to 4.
    pub p_t: u8,
    /// pN stage, 0 to 2.
    pub p_n: u8,
    /// Whether the patient has hepatitis.
    pub hepatitis: bool,
    /// Whether CEA is elevated.
    pub cea: bool,
    /// Whether CA19-9 is elevated.
    pub ca199: bool,
    /// The body and its images.
    pub phantom: PhantomSpec,
    /// How the first and the second reader draw.
    pub readers: [Reader; 2],
    /// Whether the second reader draws this patient.
    pub is_read_twice: bool,
}

impl CohortSpec {
    /// All patients, in the order of their numbers. With 60 and 52 patients every column of Table 1 has the paper's counts in each
    /// group, with other numbers counts in proportion.
    pub fn patients(&self) -> Vec<SimulatedPatient> {
        let n = self.n_with + self.n_without;
        let mut outcomes: Vec<bool> = (0..n).map(|place| place < self.n_with).collect();
        self.stream(1).shuffle(&mut outcomes);
        let mut twice: Vec<bool> = (0..n).map(|place| place < self.n_second_reads).collect();
        self.stream(2).shuffle(&mut twice);
        let mut groups = [false, true].map(|outcome| members(self, outcome).into_iter());
        let [variation, margins] = [3, 4].map(|purpose| {
            let mut draw = self.stream(purpose);
            std::array::from_fn::<_, 4, _>(|_| scores(&mut draw, n))
        });
        let members = outcomes.into_iter().zip(twice).enumerate();
        members
            .filter_map(|(place, (outcome, is_read_twice))| {
                let member = groups[usize::from(outcome)].next()?;
                let of = |drawn: &[Vec<f64>; 4]| -> [f64; 4] { std::array::from_fn(|column| drawn[column][place]) };
                Some(self.patient(place + 1, outcome, is_read_twice, &member, of(&variation), of(&margins)))
            })
            .collect()
    }

    fn stream(&self, purpose: u64) -> Stream {
        Stream::new(self.seed, 0xc040 + purpose)
    }

    fn patient(
        &self,
        number: usize,
        outcome: bool,
        is_read_twice: bool,
        member: &Member,
        [uptake, noise, grain, liver]: [f64; 4],
        margins: [f64; 4],
    ) -> SimulatedPatient {
        // Seeds that can be typed: `hepatica phantom --seed` makes the same body, though not its variation.
        let seed = self.seed.wrapping_mul(1000).wrapping_add(number as u64);
        let variation = Variation {
            enhancement: rounded((UPTAKE * uptake).exp()),
            liver_hu: rounded(LIVER_HU * liver),
            noise: rounded((NOISE * noise).exp()),
            grain: rounded((GRAIN * grain).exp()),
        };
        let reader = |n: usize| {
            let ([mean, deviation], jitter_mm, least_vessel_mm, least_cm2) = READERS[n];
            let margin_mm = rounded(mean + deviation * margins[n]);
            Reader { seed: seed_of(seed, 0x4ead + n as u64), margin_mm, jitter_mm, least_vessel_mm, least_cm2 }
        };
        SimulatedPatient {
            number,
            id: format!("SIM-{number:03}"),
            outcome,
            is_female: member.sex == 1,
            age: member.age,
            p_t: member.p_t + 2,
            p_n: member.p_n,
            hepatitis: member.hepatitis == 1,
            cea: member.cea == 1,
            ca199: member.ca199 == 1,
            phantom: PhantomSpec {
                seed,
                thin: false,
                heterogeneity: member.heterogeneity,
                matrix: self.matrix,
                variation,
            },
            readers: [reader(0), reader(1)],
            is_read_twice,
        }
    }
}

/// What is drawn for one patient given the outcome; levels count from 0.
struct Member {
    sex: u8,
    age: u8,
    p_t: u8,
    p_n: u8,
    hepatitis: u8,
    cea: u8,
    ca199: u8,
    heterogeneity: f64,
}

/// The patients of one outcome.
fn members(spec: &CohortSpec, outcome: bool) -> Vec<Member> {
    let group = usize::from(outcome);
    let n = if outcome { spec.n_with } else { spec.n_without };
    let mut draw = spec.stream(0x10 + group as u64);
    let mut column = |counts: &[[usize; 2]]| {
        let mut levels = levels(counts.iter().map(|level| level[group]), n);
        draw.shuffle(&mut levels);
        levels.into_iter()
    };
    let mut sex = column(&MALE_FEMALE);
    let mut p_t = column(&PT_2_3_4);
    let mut p_n = column(&PN_0_1_2);
    let mut hepatitis = column(&HEPATITIS);
    let mut cea = column(&CEA);
    let mut ca199 = column(&CA199);
    let [years, spread] = AGE[group];
    let mut ages = scores(&mut draw, n).into_iter().map(|z| (years + spread * z).round().clamp(18.0, 95.0) as u8);
    let [mean, deviation] = HETEROGENEITY[group];
    let effect = scores(&mut spec.stream(0x20 + group as u64), n);
    let mut next = |heterogeneity: f64| {
        Some(Member {
            sex: sex.next()?,
            age: ages.next()?,
            p_t: p_t.next()?,
            p_n: p_n.next()?,
            hepatitis: hepatitis.next()?,
            cea: cea.next()?,
            ca199: ca199.next()?,
            heterogeneity,
        })
    };
    effect.into_iter().filter_map(|z| next(rounded((mean + deviation * z).clamp(0.0, 1.0)))).collect()
}

/// The levels of `n` patients in the proportions of the counts, which they meet exactly where the counts' sum is `n`.
fn levels(counts: impl Iterator<Item = usize>, n: usize) -> Vec<u8> {
    let all: Vec<u8> = (0u8..).zip(counts).flat_map(|(level, count)| vec![level; count]).collect();
    (0..n).filter_map(|place| all.get((2 * place + 1) * all.len() / (2 * n)).copied()).collect()
}

/// Standard normal scores of `n` patients: one from each of `n` parts of equal probability, in random order, so that mean and spread
/// are those of the distribution however few there are.
fn scores(draw: &mut Stream, n: usize) -> Vec<f64> {
    let part = |place: usize, within: f64| (place as f64 + within) / n as f64;
    // The quantile of p is -sqrt(2) erfc^-1(2 p).
    let mut scores: Vec<f64> =
        (0..n).map(|place| -std::f64::consts::SQRT_2 * erfc_inv(2.0 * part(place, draw.between(0.05, 0.95)))).collect();
    draw.shuffle(&mut scores);
    scores
}

/// To three decimals: what is drawn can be written down and simulated again from that.
fn rounded(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(patients: &[SimulatedPatient], outcome: bool, is: impl Fn(&SimulatedPatient) -> bool) -> usize {
        patients.iter().filter(|patient| patient.outcome == outcome && is(patient)).count()
    }

    #[test]
    fn every_margin_of_table_1_holds_exactly_in_both_groups() {
        let patients = CohortSpec::default().patients();
        assert_eq!((patients.len(), patients.iter().filter(|patient| patient.is_read_twice).count()), (112, 30));
        for (group, outcome) in [false, true].into_iter().enumerate() {
            let n = |is: &dyn Fn(&SimulatedPatient) -> bool| count(&patients, outcome, is);
            for level in 0..2 {
                let is = level == 1;
                assert_eq!(n(&|p| p.is_female == is), MALE_FEMALE[level][group]);
                assert_eq!(n(&|p| p.hepatitis == is), HEPATITIS[level][group]);
                assert_eq!(n(&|p| p.cea == is), CEA[level][group]);
                assert_eq!(n(&|p| p.ca199 == is), CA199[level][group]);
            }
            for level in 0..3 {
                assert_eq!(n(&|p| usize::from(p.p_t) == level + 2), PT_2_3_4[level][group]);
                assert_eq!(n(&|p| usize::from(p.p_n) == level), PN_0_1_2[level][group]);
            }
            let ages = patients.iter().filter(|p| p.outcome == outcome).map(|p| f64::from(p.age));
            let mean = ages.sum::<f64>() / n(&|_| true) as f64;
            // Drawn evenly over the distribution: rounding to years and the place within each part are all that is left.
            assert!((mean - AGE[group][0]).abs() < 0.3, "{mean}");
        }
    }

    #[test]
    fn other_sizes_have_their_number_of_patients_and_other_seeds_other_patients() {
        let small = CohortSpec { n_with: 3, n_without: 5, n_second_reads: 2, matrix: 64, ..CohortSpec::default() };
        let patients = small.patients();
        assert_eq!((patients.len(), count(&patients, true, |_| true)), (8, 3));
        assert!(patients.iter().enumerate().all(|(place, patient)| patient.number == place + 1));
        let other = CohortSpec { seed: 2, ..small }.patients();
        assert!(patients.iter().zip(&other).all(|(a, b)| a.phantom != b.phantom && a.readers != b.readers));
    }

    #[test]
    fn patients_with_and_without_the_effect_overlap_and_differ_in_nothing_else_of_the_images() {
        let patients = CohortSpec::default().patients();
        let mean = |outcome: bool, of: &dyn Fn(&SimulatedPatient) -> f64| {
            let values: Vec<f64> = patients.iter().filter(|p| p.outcome == outcome).map(of).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let effect = |p: &SimulatedPatient| p.phantom.heterogeneity;
        assert!(mean(true, &effect) > mean(false, &effect));
        let least = patients.iter().filter(|p| p.outcome).map(effect).fold(f64::INFINITY, f64::min);
        assert!(patients.iter().any(|p| !p.outcome && effect(p) > least));
        // Four standard errors of a difference of means of 52 and 60.
        let noise = |p: &SimulatedPatient| p.phantom.variation.noise.ln();
        assert!((mean(true, &noise) - mean(false, &noise)).abs() < 4.0 * NOISE * (1.0 / 52.0 + 1.0f64 / 60.0).sqrt());
    }
}
