"""Structure of the market: who pays whom, and what regulation and mergers did to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.measures import degree_centralisation, ratio

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.world.result import Number

WELL_TRUSTED = 0.5
"""Trust from which a tie counts as trusted: the middle of the scale."""


def who_pays_whom(model: Market) -> list[tuple[int, int]]:
    """Payer and payee, by index, under contracts in force: commissioners and holders, holders and suppliers."""
    ties: dict[tuple[int, int], None] = {}
    for life in model.contracts.values():
        contract = life.contract
        ties[contract.commissioner, contract.holder] = None
        for sub in contract.subcontracts:
            if sub.end < 0:
                ties[contract.holder, sub.supplier] = None
    return list(ties)


def network_measures(model: Market) -> dict[str, Number]:
    """Centralisation of the network of who pays whom, and the share of its ties that are trusted."""
    ties = who_pays_whom(model)
    degrees: dict[int, int] = {}
    for a, b in ties:
        degrees[a] = degrees.get(a, 0) + 1
        degrees[b] = degrees.get(b, 0) + 1
    now = model.time
    trusted = known = 0
    organisations = model.organisations
    for a, b in ties:
        trust = model.trust.known(organisations[a].key, organisations[b].key, now)
        if trust is not None:
            known += 1
            trusted += trust >= WELL_TRUSTED
    return {"supply_centralisation": degree_centralisation(degrees.values()), "trust_density": ratio(trusted, known)}


class Structure:
    """What regulation, mergers and the supply network add to the summary."""

    def __init__(self, model: Market) -> None:
        self._model = model

    def measures(self) -> dict[str, Number]:
        """Figures of the whole run, and of the network as it stands."""
        model = self._model
        regulator = model.regulation
        return network_measures(model) | {
            "dominance_cases": regulator.cases_opened if regulator is not None else 0,
            "mergers_forbidden": regulator.mergers_forbidden if regulator is not None else 0,
            "mergers": model.merger_search.done if model.merger_search is not None else 0,
        }
