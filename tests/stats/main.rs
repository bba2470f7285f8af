//! Statistics against R on a synthetic cohort and on edge cases.

mod harness;
mod logistic;
mod roc;
mod selection;
mod ticks;
