//! The binomial LASSO at one penalty, exactly: proximal Newton steps on the columns that can be active, each solved exactly, then
//! steps with the last factor until they vanish, then the stationarity conditions of every column.
//!
//! A step at unchanged curvature is Newton's but for the change of the weights, so that its length tells the distance to the
//! solution: the size of a step is the error that remains, which coordinate descent cannot say of its own.

use super::columns::Columns;
use super::quadratic::Quadratic;

/// Newton steps at one penalty before it is given up.
const MAX_NEWTON: usize = 60;
/// Steps with one factor; each must at least halve the last.
const MAX_CHORD: usize = 40;
/// Steps this small that no longer shrink are rounding.
const ROUNDING: f64 = 1e-7;
/// Inactive columns may exceed the penalty by this part of it.
const SLACK: f64 = 1e-7;
/// glmnet keeps probabilities this far from 0 and 1 in deviances.
const LEAST_PROBABILITY: f64 = 1e-9;
/// For comparing objectives: products of eight are still numbers.
const LEAST_IN_PRODUCT: f64 = 1e-30;

/// A fit in progress along falling penalties.
pub(super) struct Solver<'a> {
    columns: &'a Columns,
    outcome: Vec<bool>,
    /// Coefficients of the scaled columns.
    pub beta: Vec<f64>,
    /// Intercept of the scaled columns.
    pub intercept: f64,
    log_odds: Vec<f64>,
    /// Fitted probability of the outcome that each case has; 1 in the padding.
    of_outcome: Vec<f64>,
    residuals: Vec<f64>,
    weights: Vec<f64>,
    quadratic: Quadratic,
    is_member: Vec<bool>,
    /// Gradients of all columns, and the residuals at which they were taken.
    gradients: Vec<f64>,
    seen: Vec<f64>,
    tolerance: f64,
}

/// A point to fall back to.
struct Point {
    intercept: f64,
    beta: Vec<f64>,
}

impl<'a> Solver<'a> {
    /// Starts at the fit without columns.
    pub fn new(columns: &'a Columns, outcome: &[bool], tolerance: f64) -> Self {
        let events = outcome.iter().filter(|&&event| event).count() as f64;
        let padded = vec![0.0; columns.stride];
        let mut solver = Self {
            columns,
            outcome: outcome.to_vec(),
            beta: vec![0.0; columns.p],
            intercept: (events / (columns.n as f64 - events)).ln(),
            log_odds: padded.clone(),
            of_outcome: vec![1.0; columns.stride],
            residuals: padded.clone(),
            weights: padded.clone(),
            quadratic: Quadratic::default(),
            is_member: vec![false; columns.p],
            gradients: vec![0.0; columns.p],
            seen: padded,
            tolerance,
        };
        solver.refresh();
        solver.see();
        solver
    }

    /// The smallest penalty at which no column is active.
    pub fn largest_penalty(&self) -> f64 {
        self.gradients.iter().fold(0.0, |max: f64, g| max.max(g.abs()))
    }

    /// Twice the negative log likelihood, with glmnet's bound on the probabilities.
    pub fn deviance(&self) -> f64 {
        -2.0 * sum_of_logs(&self.of_outcome, LEAST_PROBABILITY)
    }

    /// Moves to the solution at this penalty; `false` where it cannot be reached.
    pub fn solve(&mut self, penalty: f64) -> bool {
        self.foresee(penalty);
        let mut members: Vec<usize> = (0..self.columns.p).filter(|&j| self.beta[j] != 0.0).collect();
        self.set_members(&members);
        members.extend(self.violators(penalty));
        for _ in 0..MAX_NEWTON {
            self.set_members(&members);
            let Some(mut step) = self.newton(members.clone(), penalty) else { return false };
            if step > self.tolerance && step.is_finite() {
                step = self.chords(penalty, step);
            }
            if step <= self.tolerance {
                let found = self.violators(penalty);
                if found.is_empty() && self.members_hold(penalty) {
                    return true;
                }
                members.extend(found);
            } else {
                // Far from the solution the columns that will be active are not known yet: look again.
                members = (0..self.columns.p).filter(|&j| self.beta[j] != 0.0).collect();
                self.set_members(&members);
                members.extend(self.violators(penalty));
            }
        }
        false
    }

    fn set_members(&mut self, members: &[usize]) {
        self.is_member.fill(false);
        members.iter().for_each(|&j| self.is_member[j] = true);
    }

    /// Log odds and all that follows from them.
    fn refresh(&mut self) {
        let n = self.columns.n;
        self.log_odds[..n].fill(self.intercept);
        for (j, &beta) in self.beta.iter().enumerate() {
            if beta != 0.0 {
                self.columns.add(j, beta, &mut self.log_odds);
            }
        }
        for (i, &event) in self.outcome.iter().enumerate() {
            // Both probabilities from exp(−|x|), so that neither is a difference.
            let x = self.log_odds[i];
            let e = (-x.abs()).exp();
            let (likely, unlikely) = (1.0 / (1.0 + e), e / (1.0 + e));
            let (right, wrong) = if (x >= 0.0) == event { (likely, unlikely) } else { (unlikely, likely) };
            self.of_outcome[i] = right;
            self.residuals[i] = if event { wrong } else { -wrong };
            self.weights[i] = likely * unlikely;
        }
    }

    /// Takes the gradients of all columns.
    fn see(&mut self) {
        self.columns.products(&self.residuals, &mut self.gradients);
        self.seen.copy_from_slice(&self.residuals);
    }

    /// Columns outside the members whose gradient exceeds the penalty. A gradient differs from the one last seen by at most
    /// ‖r − r′‖ ‖z‖ / N, so that most columns need no look.
    fn violators(&mut self, penalty: f64) -> Vec<usize> {
        let limit = penalty * (1.0 + SLACK);
        let moved: f64 = self.residuals.iter().zip(&self.seen).map(|(r, seen)| (r - seen).powi(2)).sum();
        let reach = (moved / self.columns.n as f64).sqrt();
        let spreads = &self.columns.spreads;
        let may: Vec<usize> = (0..self.columns.p)
            .filter(|&j| !self.is_member[j] && self.gradients[j].abs() + reach * spreads[j] > limit)
            .collect();
        if 4 * may.len() > self.columns.p {
            self.see();
            return may.into_iter().filter(|&j| self.gradients[j].abs() > limit).collect();
        }
        may.into_iter().filter(|&j| self.columns.product(j, &self.residuals).abs() > limit).collect()
    }

    /// Whether the members at zero meet their conditions.
    fn members_hold(&self, penalty: f64) -> bool {
        let zero = self.quadratic.members.iter().filter(|&&j| self.beta[j] == 0.0);
        let is_repeated = |j: usize| self.quadratic.is_repeated(j);
        zero.into_iter()
            .all(|&j| is_repeated(j) || self.columns.product(j, &self.residuals).abs() <= penalty * (1.0 + SLACK))
    }

    /// A first guess: the step that the last factor gives for the new penalty. Coefficients that would change sign stop at zero.
    fn foresee(&mut self, penalty: f64) {
        if self.quadratic.support.is_empty() {
            return;
        }
        let before = self.objective(penalty);
        let members = &self.quadratic.members;
        let from = Point { intercept: self.intercept, beta: members.iter().map(|&j| self.beta[j]).collect() };
        let (intercept, of_support) = self.chord_step(penalty);
        let mut to = from.beta.clone();
        for (&i, step) in self.quadratic.support.iter().zip(of_support) {
            let next = from.beta[i] + step;
            to[i] = if next * from.beta[i] > 0.0 { next } else { 0.0 };
        }
        let still = vec![0.0; to.len()];
        self.move_to(&from, &still, intercept, Some(&to));
        let after = self.objective(penalty);
        if after > before || after.is_nan() {
            self.move_to(&from, &still, 0.0, None);
        }
    }

    fn chord_step(&self, penalty: f64) -> (f64, Vec<f64>) {
        let of_support = |i: &usize| self.quadratic.members[*i];
        let support: Vec<usize> = self.quadratic.support.iter().map(of_support).collect();
        let gradient: Vec<f64> = support.iter().map(|&j| self.columns.product(j, &self.residuals)).collect();
        let penalties: Vec<f64> = support.iter().map(|&j| penalty * self.beta[j].signum()).collect();
        self.quadratic.step(&gradient, self.residuals.iter().sum(), &penalties, self.columns.n)
    }

    /// Steps with the factor at hand while they shrink and keep all signs; what error is left. They shrink by the same factor q
    /// each time, so that after a step of length l there remains l q / (1 − q).
    fn chords(&mut self, penalty: f64, newton: f64) -> f64 {
        let mut last = newton;
        for _ in 0..MAX_CHORD {
            let (intercept, steps) = self.chord_step(penalty);
            let length = self.length(&steps, intercept);
            if length > last / 2.0 && last < ROUNDING {
                return 0.0;
            }
            let support = &self.quadratic.support;
            let keeps_signs = support.iter().zip(&steps).all(|(&i, step)| {
                let beta = self.beta[self.quadratic.members[i]];
                beta * (beta + step) > 0.0
            });
            if length > last / 2.0 || !keeps_signs || !length.is_finite() {
                return f64::INFINITY;
            }
            for (&i, step) in support.iter().zip(&steps) {
                self.beta[self.quadratic.members[i]] += step;
            }
            self.intercept += intercept;
            self.refresh();
            let shrinkage = length / last;
            let remaining = length * shrinkage / (1.0 - shrinkage);
            if remaining <= self.tolerance {
                return remaining;
            }
            last = length;
        }
        f64::INFINITY
    }

    /// The largest change of a coefficient, relative to the largest coefficient where that exceeds 1.
    fn length(&self, steps: &[f64], intercept: f64) -> f64 {
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |max: f64, x| max.max(x.abs()));
        let members = &self.quadratic.members;
        let scale = largest(&mut members.iter().map(|&j| self.beta[j])).max(1.0);
        largest(&mut steps.iter().copied()).max(intercept.abs()) / scale
    }

    /// One proximal Newton step on the members, halved while it would raise the objective; its length.
    fn newton(&mut self, members: Vec<usize>, penalty: f64) -> Option<f64> {
        let n = self.columns.n;
        self.quadratic.form(self.columns, members, &self.weights);
        let residual_sum: f64 = self.residuals.iter().sum();
        let members = &self.quadratic.members;
        let gradient = |(i, &j): (usize, &usize)| {
            self.quadratic.centered(i, self.columns.product(j, &self.residuals), residual_sum, n)
        };
        let gradient: Vec<f64> = members.iter().enumerate().map(gradient).collect();
        let old: Vec<f64> = members.iter().map(|&j| self.beta[j]).collect();
        let mut new = old.clone();
        if !self.quadratic.minimise(&gradient, penalty, &mut new) {
            return None;
        }
        let steps: Vec<f64> = new.iter().zip(&old).map(|(new, old)| new - old).collect();
        let intercept = self.quadratic.intercept_step(residual_sum, &steps);
        let length = self.length(&steps, intercept);
        if !length.is_finite() {
            return None;
        }
        let before = self.objective(penalty);
        let from = Point { intercept: self.intercept, beta: old };
        self.move_to(&from, &steps, intercept, Some(&new));
        let mut part = 1.0;
        while length > ROUNDING && self.objective(penalty) > before * (1.0 + 1e-12) && part > 1e-9 {
            part /= 2.0;
            let shorter: Vec<f64> = steps.iter().map(|step| step * part).collect();
            self.move_to(&from, &shorter, intercept * part, None);
        }
        // A shortened step is not at the model's minimum, and its support is not the factor's.
        Some(if part < 1.0 { self.forget_factor() } else { length })
    }

    fn forget_factor(&mut self) -> f64 {
        self.quadratic.support.clear();
        f64::INFINITY
    }

    fn move_to(&mut self, from: &Point, steps: &[f64], intercept: f64, exact: Option<&[f64]>) {
        for (i, &j) in self.quadratic.members.iter().enumerate() {
            self.beta[j] = exact.map_or(from.beta[i] + steps[i], |exact| exact[i]);
        }
        self.intercept = from.intercept + intercept;
        self.refresh();
    }

    /// What is minimised: −loglik / N + penalty Σ|β|.
    fn objective(&self, penalty: f64) -> f64 {
        let loss = -sum_of_logs(&self.of_outcome, LEAST_IN_PRODUCT);
        loss / self.columns.n as f64 + penalty * self.quadratic.members.iter().map(|&j| self.beta[j].abs()).sum::<f64>()
    }
}

/// Σ ln of probabilities, none taken below a bound: logarithms of products of eight.
fn sum_of_logs(probabilities: &[f64], least: f64) -> f64 {
    probabilities.chunks(8).map(|eight| eight.iter().map(|p| p.max(least)).product::<f64>().ln()).sum()
}
