"""Lists of providers by area and function, by which rules find able providers quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider


class ProviderLists:
    """Providers by area and function, and integrators without delivery of their own by area, in order of arrival."""

    def __init__(self) -> None:
        self._able: dict[tuple[str, int], list[Provider]] = {}
        self._primes: dict[str, list[Provider]] = {}
        self._areas: dict[str, str] = {}

    def add_area(self, area: str, region: str) -> None:
        """Add an area and its region, unless it is known."""
        self._areas.setdefault(area, region)

    def areas(self) -> list[tuple[str, str]]:
        """Every area with its region, in order of their names."""
        return sorted(self._areas.items())

    def able(self, area: str, function: int) -> list[Provider]:
        """Providers that can deliver a function in an area."""
        return self._able.get((area, function), [])

    def primes(self, area: str) -> list[Provider]:
        """Integrators without delivery of their own that work in an area."""
        return self._primes.get(area, [])

    def add(self, provider: Provider) -> None:
        """List a provider in the areas where it may work."""
        for area in self._reach(provider):
            for function, cost in enumerate(provider.unit_cost):
                if cost > 0.0:
                    self._able.setdefault((area, function), []).append(provider)
            if not any(provider.unit_cost):
                self._primes.setdefault(area, []).append(provider)

    def remove(self, provider: Provider) -> None:
        """Take a provider off the lists; a vehicle is on none."""
        if provider.sponsors:
            return
        for area in self._reach(provider):
            for function, cost in enumerate(provider.unit_cost):
                if cost > 0.0:
                    self._able[area, function].remove(provider)
            if not any(provider.unit_cost):
                self._primes[area].remove(provider)

    def _reach(self, provider: Provider) -> list[str]:
        if provider.reach == "nation":
            return sorted(self._areas)
        if provider.reach == "region":
            return [a for a, region in sorted(self._areas.items()) if region == provider.region]
        return [provider.area]
