//! Widest vector instructions for inner loops, chosen when the program runs.
//!
//! The program is built for every x86-64 processor, whose common denominator is 16 bytes a step; most have 32. Results are
//! the same bits either way: vectors change how many numbers are worked on at once, not what is done to one, and multiply
//! and add are fused only where the code says so (`mul_add`), which is then slow on processors without it, and the same.

/// Makes a function that is compiled twice, for every processor and for those with AVX2 and FMA, and runs the one that fits.
///
/// Generic parameters stand in square brackets; arguments are plain names. What the body calls must be inlined into it
/// (`#[inline(always)]`) to gain by it, and in there loops do where a closure may not: only closures written in the body itself
/// are compiled for the wide vectors too.
macro_rules! widest {
    (
        $(#[$about:meta])*
        fn $name:ident [$($generic:tt)*] ($($argument:ident : $kind:ty),* $(,)?) $(-> $output:ty)? $body:block
    ) => {
        $(#[$about])*
        fn $name<$($generic)*>($($argument: $kind),*) $(-> $output)? {
            fn narrow<$($generic)*>($($argument: $kind),*) $(-> $output)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn wide<$($generic)*>($($argument: $kind),*) $(-> $output)? $body

            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                // SAFETY: `wide` asks only that the processor has AVX2 and FMA, which the line above has just seen.
                return unsafe { wide($($argument),*) };
            }
            narrow($($argument),*)
        }
    };
}

pub(crate) use widest;

#[cfg(test)]
mod tests {
    #[inline(always)]
    fn recursion(values: &[[f64; 8]]) -> Vec<u64> {
        let mut last = [0.0; 8];
        let mut found = Vec::new();
        for chunk in values {
            for (last, value) in last.iter_mut().zip(chunk) {
                *last = *last * 0.3 + value * 0.7;
            }
            found.extend(last.map(f64::to_bits));
        }
        found
    }

    widest! {
        fn wide_recursion[](values: &[[f64; 8]]) -> Vec<u64> {
            recursion(values)
        }
    }

    #[test]
    fn wide_and_narrow_vectors_give_the_same_bits() {
        let value = |i: usize| ((i as f64) * 0.37).sin() * 1e3;
        let values: Vec<[f64; 8]> = (0..100).map(|n| std::array::from_fn(|i| value(8 * n + i))).collect();
        assert_eq!(wide_recursion(&values), recursion(&values));
    }
}
