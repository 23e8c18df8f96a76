//! Builds an exercise, runs its checks on every rank count, and merges the verdicts into a report.
