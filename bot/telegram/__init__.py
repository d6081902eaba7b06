"""Telegram: all that imports python-telegram-bot."""
