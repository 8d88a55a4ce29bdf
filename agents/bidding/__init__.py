"""Deciding to bid: whether, with whom, what to make or buy, and at what price.

Leads ask sub-contractors, members form consortia, and capacity is checked. Imports ``money``, ``primary_care`` and
below, and nothing of ``contracts``, which stands beside it.
"""
