//! One patient at work: series, label map, history of edits, derived results.
