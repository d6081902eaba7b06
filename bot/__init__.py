"""Talks: chats, console, look-ups, delivery, the command line, and the wiring of the whole."""
