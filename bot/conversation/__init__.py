"""The conversation: what people ask and press, answered the same for every chat. Knows no platform."""
