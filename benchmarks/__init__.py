"""Benchmarks: each prints what it measured, nothing judges it. `make bench` runs all of them."""
