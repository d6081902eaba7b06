"""The rules: what treaties, stages, claims and verdicts are. Pure: no input or output, no clock, no async."""
