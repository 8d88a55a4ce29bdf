"""Primary care: who pays practices for what, what practices take up, and with whom they work together (K).

The yearly review of a practice, membership of federations and networks, enhanced services and the quality framework.
Imports ``costs`` and below, and nothing of ``money``, which stands beside it.
"""

from caremarket.agents.primary_care.office import PrimaryCare

__all__ = ["PrimaryCare"]
