"""Prime contractors: integrators with a supply chain and no delivery of their own."""

from __future__ import annotations

from caremarket.agents.entities.provider import Provider


class PrimeContractor(Provider):
    """Assembles a supply chain, prices it, allocates volume after award, in its own interest (P 2.3, P 5.8)."""
