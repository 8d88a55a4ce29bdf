"""Classes of provider kinds that behave in a way of their own, one module each; their common class is ``Provider``.

Beside them is what a provider carries with it: its experience of leading, and its defaults. The record of a kind in
``market/provider_kinds/`` names its class. Federations are in ``general_practice``, with their practices. Imports as
:mod:`caremarket.agents.entities`.
"""
