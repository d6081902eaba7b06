"""`make knowledge`: names of states in every language, taken from CLDR and from dictionaries of word forms.

What it makes are data files that are reviewed and committed; the program never needs the packages that they come from.
"""
