"""Writes what in ``docs/`` follows from the code: ``python -m tools.docs``."""
