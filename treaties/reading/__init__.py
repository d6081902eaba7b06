"""Reading: which state, which treaty, which step, when, and with what certainty; explained word by word."""
