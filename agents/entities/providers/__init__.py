"""Classes of provider kinds that behave in a way of their own, one module each; their common class is ``Provider``.

The record of a kind in ``market/provider_kinds/`` names its class. Federations are in ``general_practice``, with their
practices. Imports as :mod:`caremarket.agents.entities`.
"""
