"""Metrics: what is counted of the running program, and where it is read."""
