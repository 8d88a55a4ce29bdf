"""Observers: counts, tables, measures, and the public record on which beliefs rest.

They are told by notices and change nothing that a rule in progress looks at. Imports ``procurement``, ``population``
and below, and nothing of ``market_structure``, which stands beside it.
"""
