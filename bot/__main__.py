"""`python -m bot` is the same as `treatywatch`."""

from bot.cli import main

main()
