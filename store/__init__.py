"""Remembers: reports, cases, events, coverage, feeds, channels, the outbox and the audit log."""
