"""Structure of the market: the network of payments between organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caremarket.market.measures import degree_centralisation, ratio

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market

WELL_TRUSTED = 0.5
"""Lowest trust of a tie that counts as trusted: the middle of the scale."""


def who_pays_whom(model: Market) -> list[tuple[int, int]]:
    """(payer, payee) index pairs under contracts in force: commissioner and holder, holder and supplier."""
    ties: dict[tuple[int, int], None] = {}
    for in_force in model.contracts.values():
        contract = in_force.contract
        ties[contract.commissioner, contract.holder] = None
        for sub in contract.subcontracts:
            if sub.end < 0:
                ties[contract.holder, sub.supplier] = None
    return list(ties)


class Network(NamedTuple):
    """Degree centralisation of the payment network, and the share of its ties that are trusted, both in [0, 1]."""

    centralisation: float | None
    trusted: float | None


def network_of(model: Market) -> Network:
    """Payment network of the contracts in force."""
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
    return Network(degree_centralisation(degrees.values()), ratio(trusted, known))
