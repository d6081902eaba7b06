"""Lists: settings, and the data files that people review like code."""
