//! Widest vector instructions for inner loops, chosen when the program runs.
//!
//! The program is built for every x86-64 processor, whose common denominator is 16 bytes a step; most have 32. Results are
//! the same bits either way: vectors change how many numbers are worked on at once, not what is done to one, and multiply
//! and add are fused only where the code says so (`mul_add`), which is then slow on processors without it, and the same.

/// Runs `work` compiled for the widest vectors that this processor has. What `work` calls must be inlined into it
/// (`#[inline(always)]`) to gain by it.
#[inline]
pub fn widest<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: `with_avx2` asks only that the processor has AVX2 and FMA, which the line above has just seen.
        return unsafe { with_avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(always)]
    fn recursion(values: &[f64]) -> Vec<u64> {
        let mut last = [0.0; 8];
        let step = |chunk: &[f64]| {
            last.iter_mut().zip(chunk).for_each(|(last, value)| *last = *last * 0.3 + value * 0.7);
            last
        };
        values.chunks(8).flat_map(step).map(f64::to_bits).collect()
    }

    #[test]
    fn wide_and_narrow_vectors_give_the_same_bits() {
        let values: Vec<f64> = (0..800).map(|i| (f64::from(i) * 0.37).sin() * 1e3).collect();
        assert_eq!(widest(|| recursion(&values)), recursion(&values));
    }
}
