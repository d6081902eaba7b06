"""Pictures: the timeline of a case and the calendar of what is coming, as SVG and as PNG."""
