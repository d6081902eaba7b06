"""The wiring: what puts the parts together, each for one kind of command."""
