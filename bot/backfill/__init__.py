"""Large archives of reports: cut into chunks, read by many workers, matched by one, and proposed for review."""
