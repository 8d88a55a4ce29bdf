"""Primary care: practice income, the services practices take up, and the groups they join (K).

The yearly review of a practice, membership of federations and networks, enhanced services and the quality framework.
Imports ``costs`` and the layers below it; imports nothing from ``money``, which is on the same layer.
"""

from caremarket.agents.primary_care.office import PrimaryCare

__all__ = ["PrimaryCare"]
