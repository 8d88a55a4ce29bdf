"""Costs: formulas without events, which read entities and return numbers.

Cost estimates, staff transfer, investment, stranded fixed cost, management and reporting, default, and the margin of a
contract. Imports ``entities`` and the rooms below.
"""
