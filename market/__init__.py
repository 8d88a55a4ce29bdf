"""Institutions: the rules of the game. Pure Python: no Mesa, no files, no tables."""
