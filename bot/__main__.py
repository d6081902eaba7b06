"""`python -m bot` is the same as `treatywatch`."""

from bot.program import main

main()
