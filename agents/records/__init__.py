"""Observers: counts, tables, measures, and the public record on which beliefs are based.

They receive notices and change nothing that a running rule reads. Imports ``procurement``, ``population`` and the
layers below; imports nothing from ``market_structure``, which is on the same layer.
"""
