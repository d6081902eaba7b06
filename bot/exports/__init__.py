"""Exports: the known event set for other programs, as JSON, CSV, iCalendar and Atom."""
