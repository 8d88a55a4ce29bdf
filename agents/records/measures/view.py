"""The market as measures read it: contracts in force, counts, and figures that several measures share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.records.structure import Network, network_of
from caremarket.market.measures import ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.primary_care import PrimaryCare
    from caremarket.agents.records.measured_market import MeasuredMarket
    from caremarket.agents.records.oversight_tally import OversightTally
    from caremarket.agents.records.tally import Tally


class Shares:
    """Value of contracts in force by holder and by deliverer, in pence a year."""

    def __init__(self, model: Market) -> None:
        self._model = model
        self.direct: dict[int, float] = {}
        self.delivered: dict[int, float] = {}
        self.contracts = 0
        self.sme_contracts = 0
        self.reference = 0.0

    def add(self, in_force: ContractInForce, pathway: int | None = None) -> None:
        """Add a contract, or only its part in one pathway."""
        direct = 0.0
        delivered = self.delivered
        # Members of an alliance hold it jointly: each counts by the work it does (P 4.15).
        joint = in_force.contract.form.joint_holding
        for allocation in in_force.allocations:
            if pathway is None or allocation.item.pathway == pathway:
                value = allocation.head_rate * 4.0
                direct += value
                self.reference += allocation.reference
                index = allocation.deliverer.index
                delivered[index] = delivered.get(index, 0.0) + value
                if joint:
                    self.direct[index] = self.direct.get(index, 0.0) + value
        if not joint:
            holder = in_force.contract.holder
            self.direct[holder] = self.direct.get(holder, 0.0) + direct
        self.contracts += 1
        self.sme_contracts += in_force.holder.sme

    @cached_property
    def holders(self) -> list[float]:
        """Value held, by holder, in pence a year."""
        return list(self.direct.values())

    @cached_property
    def deliverers(self) -> list[float]:
        """Value delivered, by deliverer, in pence a year."""
        return list(self.delivered.values())

    def of_smes(self, values: dict[int, float]) -> float | None:
        """Share of small and medium-sized enterprises in ``values`` by provider, in [0, 1]; None if these are zero."""
        return self._part(values, lambda provider: provider.sme)

    def of_third_sector(self, values: dict[int, float]) -> float | None:
        """Share of third-sector providers in ``values`` by provider, in [0, 1]; None if these are zero."""
        return self._part(values, lambda provider: provider.third_sector)

    def _part(self, values: dict[int, float], belongs: Callable[[Provider], bool]) -> float | None:
        provider = self._model.provider
        part = 0.0
        for index, value in values.items():
            if belongs(provider(index)):
                part += value
        return ratio(part, sum(values.values()))


class Heads(NamedTuple):
    """Counts: SMEs at the start, SMEs of these still active, practices in groups, all practices, active groups."""

    smes: int
    smes_alive: int
    members: int
    practices: int
    federations: int


class MarketView:
    """Input of a measure.

    Attributes:
        market: the current market.
        shares: value of contracts in force in the nation, or in the area or pathway of the measure.
    """

    def __init__(self, market: MeasuredMarket, shares: Shares) -> None:
        self.market = market
        self.shares = shares

    @property
    def tally(self) -> Tally:
        """Counts over the run so far."""
        return self.market.tally

    @property
    def oversight(self) -> OversightTally:
        """Counts of warnings, detections and contracts given up."""
        return self.market.oversight

    @property
    def primary_care(self) -> PrimaryCare:
        """Counts of primary care."""
        return self.market.primary_care

    @property
    def totals(self) -> Sequence[int]:
        """Pence posted so far by reason."""
        return self.market.ledger.totals

    @cached_property
    def network(self) -> Network:
        """Payment network of the contracts in force."""
        return network_of(self.market)

    @cached_property
    def heads(self) -> Heads:
        """Counts of organisations."""
        market = self.market
        at_start = [p for p in market.providers if p.sme and p.entered_at == 0.0]
        return Heads(
            smes=len(at_start),
            smes_alive=sum(p.alive for p in at_start),
            members=sum(p.federation is not None for p in market.practices),
            practices=len(market.practices),
            federations=sum(group.alive for group in market.practice_groups),
        )
