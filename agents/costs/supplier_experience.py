"""Experience of leads with their suppliers (P 4.9; S on having worked together before).

Experience lies in [-1, 1]; 0 is none. It moves towards 1 or -1 with a supplier's performance, and fades with a
half-life. It belongs to the lead alone, whereas trust is shared by the pair and depends on promises kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.performance_level import strained

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import OfferAnswered, SupplierFailed, YearReviewed


class SupplierExperience:
    """Experience of every lead with every supplier that it dealt with, by their keys."""

    __slots__ = ("_decay", "_model", "_seen", "_steps")

    def __init__(self, model: Market) -> None:
        rules = model.scenario_data.behaviour.learning
        self._model = model
        self._decay = 0.5 ** (1.0 / rules.partner_half_life_months)
        self._steps = (rules.partner_answer_step, rules.partner_result_step, rules.partner_failure_step)
        # lead -> partner -> (experience, month it was set)
        self._seen: dict[int, dict[int, tuple[float, float]]] = {}

    def _move(self, lead: int, partner: int, towards: float, step: float) -> None:
        now = self._model.time
        mine = self._seen.setdefault(lead, {})
        value = self._at(mine.get(partner), now)
        mine[partner] = (value + step * (towards - value), now)

    def _at(self, entry: tuple[float, float] | None, now: float) -> float:
        return 0.0 if entry is None else entry[0] * float(self._decay ** (now - entry[1]))

    def offer_answered(self, notice: OfferAnswered) -> None:
        """Update after a candidate accepted or refused an offer that was not made to meet a quota."""
        if notice.lead is not None:
            towards = 1.0 if notice.accepted else -1.0
            self._move(notice.lead.key, notice.candidate.key, towards, self._steps[0])

    def year_reviewed(self, notice: YearReviewed) -> None:
        """Update after a year's result of a contract, ``achieved`` in [0, 1].

        A lead cannot attribute a joint result to one supplier, but it sees which is under financial strain.
        """
        in_force, achieved = notice
        for sub in in_force.contract.subcontracts:
            if sub.end < 0:
                supplier = self._model.provider(sub.supplier)
                towards = -1.0 if strained(supplier) else 2.0 * achieved - 1.0
                self._move(in_force.holder.key, supplier.key, towards, self._steps[1])

    def supplier_failed(self, notice: SupplierFailed) -> None:
        """Update after a sub-contractor was removed or left the market."""
        in_force, supplier = notice
        self._move(in_force.holder.key, self._model.organisations[supplier].key, -1.0, self._steps[2])

    def experience(self, lead: int, partner: int, now: float) -> float:
        """Experience of a lead with a partner at month ``now``, in [-1, 1]; 0 if it has none."""
        mine = self._seen.get(lead)
        entry = None if mine is None else mine.get(partner)
        return 0.0 if entry is None else entry[0] * float(self._decay ** (now - entry[1]))
