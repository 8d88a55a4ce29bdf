"""Buying: from what a commissioner wants to a signed contract, and what it does when that fails.

Lots, routes and stages, selection and evaluation, award and challenge, alliances, frameworks and patients' choice.
Imports ``bidding``, ``contracts`` and below, and nothing of ``population``, which stands beside it.
"""
