"""What things cost: formulas without events, which look at entities and return numbers.

Cost estimates, staff transfer, investment, stranded fixed cost, managing and reporting, default, and what a contract
earns. Imports ``entities`` and below.
"""
