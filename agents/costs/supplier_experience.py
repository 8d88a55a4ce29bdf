"""What leads remember of those who supplied them, beside trust (P 4.9; S on having worked together before).

Experience of a partner lies in [-1, 1]: 0 is none. It steps towards 1 or -1 with what the partner did, and fades with a
half-life. It is one-sided, the lead's alone: trust is shared by the pair and moved by promises; experience is about
how a partner performed, whatever was promised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import OfferAnswered, SupplierFailed, YearReviewed


class SupplierExperience:
    """Experience of every lead with every partner it dealt with, by their keys."""

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
        """A candidate accepted or refused an offer that a lead made of its own accord."""
        if notice.lead is not None:
            towards = 1.0 if notice.accepted else -1.0
            self._move(notice.lead.key, notice.candidate.key, towards, self._steps[0])

    def year_reviewed(self, notice: YearReviewed) -> None:
        """A year's result of a contract became known: ``achieved`` in [0, 1].

        A lead cannot tell whose doing a joint result was. What it can tell is who was in money trouble that year.
        """
        life, achieved = notice
        now = self._model.time
        for sub in life.contract.subcontracts:
            if sub.end < 0:
                supplier = self._model.provider(sub.supplier)
                rescued = supplier.distressed_at >= 0.0 and now - supplier.distressed_at < 12.0
                strained = rescued or supplier.reserves < 0
                self._move(life.holder.key, supplier.key, -1.0 if strained else 2.0 * achieved - 1.0, self._steps[1])

    def supplier_failed(self, notice: SupplierFailed) -> None:
        """A sub-contractor was removed, or is gone."""
        life, supplier = notice
        self._move(life.holder.key, self._model.organisations[supplier].key, -1.0, self._steps[2])

    def experience(self, lead: int, partner: int, now: float) -> float:
        """Experience of a lead with a partner at month ``now``; 0 if it remembers none."""
        mine = self._seen.get(lead)
        return 0.0 if mine is None else self._at(mine.get(partner), now)
