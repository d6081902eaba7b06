"""Watches: polls feeds and runs each report through the rules, inside one transaction."""
