//! Statistics on plain slices: logistic regression, ROC with DeLong's interval, confidence intervals. No patients, no features.
