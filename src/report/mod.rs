//! Results and figures as PDF, CSV and JSON.
