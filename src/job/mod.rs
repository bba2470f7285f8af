//! Requests: each owns its inputs, runs on a thread, reports progress and can be cancelled.
