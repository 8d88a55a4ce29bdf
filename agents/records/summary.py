"""From a market to its figures: the summary, and the yearly measures by nation, area and pathway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
from caremarket.agents.entities.provider import Provider
from caremarket.agents.records.structure import network_measures
from caremarket.market.ledger import Reason
from caremarket.market.measure_names import SUMMARY_NAMES
from caremarket.market.measures import (
    concentration_ratio,
    effective_suppliers,
    entropy,
    gini,
    herfindahl_hirschman_index,
    ratio,
)

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.records.measured_market import MeasuredMarket
    from caremarket.agents.world.result import Number

DAYS_PER_MONTH = 365.25 / 12.0


class Shares:
    """Value of contracts in force by holder and by deliverer, in pence a year."""

    def __init__(self, model: Market) -> None:
        self._model = model
        self.direct: dict[int, float] = {}
        self.delivered: dict[int, float] = {}
        self.contracts = 0
        self.sme_contracts = 0
        self.reference = 0.0

    def add(self, life: ContractInForce, pathway: int | None = None) -> None:
        """Count a contract, or only its part in one pathway."""
        direct = 0.0
        delivered = self.delivered
        # Members of an alliance hold it together: each counts by what it does (P 4.15).
        joint = life.contract.form.joint_holding
        for allocation in life.allocations:
            if pathway is None or allocation.item.pathway == pathway:
                value = allocation.head_rate * 4.0
                direct += value
                self.reference += allocation.reference
                index = allocation.deliverer.index
                delivered[index] = delivered.get(index, 0.0) + value
                if joint:
                    self.direct[index] = self.direct.get(index, 0.0) + value
        if not joint:
            holder = life.contract.holder
            self.direct[holder] = self.direct.get(holder, 0.0) + direct
        self.contracts += 1
        self.sme_contracts += life.holder.sme

    def _share(self, values: dict[int, float], third_sector: bool) -> float | None:
        provider = self._model.provider
        part = 0.0
        for index, value in values.items():
            who = provider(index)
            if who.third_sector if third_sector else who.sme:
                part += value
        return ratio(part, sum(values.values()))

    def measures(self) -> dict[str, Number]:
        """Concentration and the shares of small and third-sector providers, in both views."""
        direct = list(self.direct.values())
        delivered = list(self.delivered.values())
        return {
            "hhi_direct": herfindahl_hirschman_index(direct),
            "hhi_delivered": herfindahl_hirschman_index(delivered),
            "cr1_direct": concentration_ratio(direct, 1),
            "cr1_delivered": concentration_ratio(delivered, 1),
            "cr4_direct": concentration_ratio(direct, 4),
            "cr4_delivered": concentration_ratio(delivered, 4),
            "effective_suppliers_direct": effective_suppliers(direct),
            "effective_suppliers_delivered": effective_suppliers(delivered),
            "entropy_direct": entropy(direct),
            "entropy_delivered": entropy(delivered),
            "gini_direct": gini(direct),
            "gini_delivered": gini(delivered),
            "sme_value_share_direct": self._share(self.direct, third_sector=False),
            "sme_value_share_delivered": self._share(self.delivered, third_sector=False),
            "sme_contract_share": ratio(self.sme_contracts, self.contracts),
            "third_sector_value_share_direct": self._share(self.direct, third_sector=True),
            "third_sector_value_share_delivered": self._share(self.delivered, third_sector=True),
            "price_to_reference": ratio(sum(direct), self.reference),
            "contracts_in_force": self.contracts,
        }


def national_shares(model: Market) -> Shares:
    """Shares over all contracts in force."""
    shares = Shares(model)
    for life in model.contracts.values():
        shares.add(life)
    return shares


def yearly_rows(model: MeasuredMarket, year: int) -> Iterable[tuple[int, str, str, str, float | None]]:
    """Measures at the end of a year, by nation, area and pathway."""
    nation = Shares(model)
    areas: dict[str, Shares] = {}
    pathways: dict[int, Shares] = {}
    for life in model.contracts.values():
        nation.add(life)
        area = life.commissioner.area
        if area not in areas:
            areas[area] = Shares(model)
        areas[area].add(life)
        for pathway in dict.fromkeys(i.pathway for i in life.contract.items):
            if pathway not in pathways:
                pathways[pathway] = Shares(model)
            pathways[pathway].add(life, pathway)
    national = nation.measures() | _running_totals(model) | network_measures(model)
    for measure, value in national.items():
        yield year, "nation", "", measure, value
    for area in sorted(areas):
        for measure, value in areas[area].measures().items():
            yield year, "area", area, measure, value
    for pathway in sorted(pathways):
        for measure, value in pathways[pathway].measures().items():
            yield year, "pathway", model.pathways[pathway].name, measure, value


def _running_totals(model: MeasuredMarket) -> dict[str, Number]:
    tally = model.tally
    totals = model.ledger.totals
    smes, alive, members, practices, federations = _head_counts(model)
    return {
        "outcome_index": ratio(tally.outcome_sum, tally.outcome_pence),
        "public_cost_pence": tally.public_cost(),
        "commissioner_transaction_cost_pence": totals[Reason.TRANSACTION],
        "bid_cost_pence": totals[Reason.BID_COST],
        "rescue_pence": totals[Reason.RESCUE],
        "sme_survival_rate": ratio(alive, smes),
        "federations_alive": federations,
        "federation_member_share": ratio(members, practices),
        "trust_mean": model.trust.mean(model.time),
        "tenders": tally.tenders,
        "awards": tally.awards,
        "exits": tally.exits,
        "entries": tally.entries,
    } | tally.activity.measures()


def _head_counts(model: Market) -> tuple[int, int, int, int, int]:
    """SMEs there at the start and those of them still alive; practices in federations and all; federations."""
    smes = alive = members = practices = federations = 0
    for organisation in model.organisations:
        if isinstance(organisation, Practice):
            practices += 1
            members += organisation.federation is not None
            continue
        if isinstance(organisation, Provider) and organisation.sme and organisation.entered_at == 0.0:
            smes += 1
            alive += organisation.alive
        if isinstance(organisation, PracticeGroup):
            federations += organisation.alive
    return smes, alive, members, practices, federations


def summarise(model: MeasuredMarket) -> dict[str, Number]:
    """The flat summary at the horizon, in the order of :data:`SUMMARY_NAMES`."""
    tally = model.tally
    for life in model.contracts.values():
        for sub in life.contract.subcontracts:
            if sub.end < 0:
                tally.close_subcontract(sub, model.provider(sub.supplier))
    found = national_shares(model).measures() | _running_totals(model) | _rates(model)
    for part in model.parts:
        found |= part.measures()
    found["contracts"] = tally.contracts_begun
    found["subcontracts"] = tally.subcontracts_signed
    found["events"] = model.executed
    found["ledger_imbalance_pence"] = model.ledger.imbalance()
    return {name: found.get(name) for name in SUMMARY_NAMES}


def _rates(model: MeasuredMarket) -> dict[str, Number]:
    tally = model.tally
    income = cost = 0
    for organisation in model.organisations:
        if isinstance(organisation, Provider) and organisation.sme:
            # What is invoiced counts as earned: the work has been done and its cost is in.
            income += organisation.market_income + (organisation.receivable if organisation.alive else 0)
            cost += organisation.market_cost
    months = ratio(tally.paid_pence_months, tally.paid_pence)
    return {
        "sme_bid_rate": ratio(tally.sme_bids_closed, tally.sme_opportunities),
        "sme_qualification_rate": ratio(tally.sme_qualified, tally.sme_applications),
        "sme_win_rate": ratio(tally.sme_wins, tally.sme_bids),
        "sme_subcontract_acceptance_rate": ratio(tally.sme_acceptances, tally.sme_offers),
        "sme_promised_share": ratio(tally.sme_promised, tally.all_promised),
        "sme_delivered_to_promised": ratio(tally.sme_delivered, tally.sme_promised),
        "sme_margin": ratio(income - cost, income) if income else None,
        "sme_days_to_paid": None if months is None else months * DAYS_PER_MONTH,
        "bids_per_tender": ratio(tally.bids, tally.tenders),
        "single_bid_share": ratio(tally.single_bids, tally.tenders),
        "no_award_share": ratio(tally.no_awards, tally.tenders),
        "price_to_budget": ratio(tally.price_to_budget, tally.competitive_awards),
        "winner_margin": ratio(tally.winner_margin, tally.margins),
        "incumbent_win_rate": ratio(tally.incumbent_wins, tally.incumbent_chances),
        "bidders_first_round": ratio(tally.first_round[1], tally.first_round[0]),
        "bidders_reprocurement": ratio(tally.later_rounds[1], tally.later_rounds[0]),
        "early_termination_rate": ratio(tally.early_terminations, tally.contracts_begun),
        "distressed_incumbent_rate": tally.distressed_incumbents(),
        "withdrawals": tally.withdrawals,
        "cascades": tally.cascades,
    }
