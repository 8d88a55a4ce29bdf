"""The decision to bid: alone or in a consortium, with which sub-contractors, and at what price.

Leads ask sub-contractors, members form consortia, and capacity is checked. Imports ``money``, ``primary_care`` and
below, and nothing of ``contracts``, which is on the same level.
"""
