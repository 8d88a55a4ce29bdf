"""Procurement: from items that are due to a signed contract, and the next steps if that fails.

Lots, routes and stages, selection and evaluation, award and challenge, alliances, frameworks and patients' choice.
Imports ``bidding``, ``contracts`` and below, and nothing of ``population``, a package of the same level.
"""
