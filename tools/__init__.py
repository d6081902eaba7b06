"""Tools for people who work on the project; the program itself needs none of them."""
