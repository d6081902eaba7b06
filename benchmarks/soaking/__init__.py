"""The parts of `benchmarks.soak`: a clock that runs fast, the program under it, the news, the faults, the ledger."""
