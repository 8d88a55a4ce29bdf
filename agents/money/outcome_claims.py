"""Outcome pay, and a register that reveals double payment for the same outcome (K on payment models).

Contracts and the quality framework of practices can pay for the same outcome. Every payment is claimed for a function
of a pathway, a commissioner and a year; the part that another scheme has already paid is posted separately. Payers that
check for double payment (``policy.double_payment_check``) detect it with a probability equal to the commissioner's data
quality, and then do not pay again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.pooled_budget import CoCommissioner
from caremarket.market.ledger import Reason
from caremarket.market.randomness import Purpose, entity_key

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.world.organisation import Organisation
    from caremarket.market.pathways import ServiceItem

CONTRACT = "contract"
"""Scheme of outcome pay under contracts. Pay that a lead passes down its chain is part of its own claim."""

REMEMBERED_YEARS = 2
"""Years during which an outcome can be claimed."""


class _Outcome:
    """Pence paid for one outcome of one year, by scheme, and pence of it counted as paid twice so far."""

    __slots__ = ("matched", "paid")

    def __init__(self) -> None:
        self.paid: dict[str, int] = {}
        self.matched = 0


class OutcomePayments:
    """Register of outcome pay, by commissioner, pathway, function and year."""

    def __init__(self, model: Market) -> None:
        self._model = model
        self._outcomes: dict[tuple[int, int, int, int], _Outcome] = {}
        self._latest = 0
        scenario = model.scenario_data
        policies = [scenario.policy, *(policy for _, _, policy in scenario.reforms())]
        self.contracts_pay = any(policy.outcome_share > 0.0 for policy in policies)

    def claim(
        self, commissioner: int, pathway: int, function: int, year: int, scheme: str, payee: int, amount: int
    ) -> int:
        """Enter a payment before it is made; returns the pence of it that another scheme has paid already.

        Args:
            commissioner: index of the commissioner whose population has the outcome.
            pathway: index of the pathway.
            function: index of the care function.
            year: year of the outcome, from 0 at the start of the run.
            scheme: name of the scheme, for example :data:`CONTRACT`. A scheme does not pay itself twice.
            payee: index of the organisation that is paid.
            amount: pence.
        """
        if year > self._latest:
            self._latest = year
            self._outcomes = {key: kept for key, kept in self._outcomes.items() if key[3] >= year - REMEMBERED_YEARS}
        outcome = self._outcomes.setdefault((commissioner, pathway, function, year), _Outcome())
        others = sum([paid for name, paid in outcome.paid.items() if name != scheme])
        twice = max(0, min(amount, others - outcome.matched))
        outcome.matched += twice
        outcome.paid[scheme] = outcome.paid.get(scheme, 0) + amount
        if twice:
            self._model.log("outcome_claimed_twice", payee, commissioner, amount=twice, detail=scheme)
        return twice

    def pay(
        self,
        payer: Organisation,
        payee: Organisation,
        item: ServiceItem,
        amount: int,
        *,
        scheme: str,
        reason: Reason,
        contract: int = -1,
    ) -> int:
        """Pay for the outcome of an item; returns pence paid.

        The part that another scheme has paid is posted as :attr:`Reason.SAME_OUTCOME_TWICE`, or not paid if payers
        check for double payment and detect it.
        """
        model = self._model
        now = model.time
        year = int(max(now - 1e-9, 0.0) // 12.0)
        once, twice = self.split(
            payee, item.commissioner, item.pathway, item.function, year, item.key, amount, scheme=scheme
        )
        if isinstance(payer, CoCommissioner):
            payer.bring(once + twice)
        model.ledger.post(now, payer.account, payee.account, once, reason, contract)
        model.ledger.post(now, payer.account, payee.account, twice, Reason.SAME_OUTCOME_TWICE, contract)
        return once + twice

    def split(
        self,
        payee: Organisation,
        commissioner: int,
        pathway: int,
        function: int,
        year: int,
        key: int,
        amount: int,
        *,
        scheme: str,
    ) -> tuple[int, int]:
        """Claim an outcome; returns pence to pay, and pence to pay although another scheme has paid them.

        ``key`` is the stable key of the draw that decides detection; the other arguments are as in :meth:`claim`.
        """
        model = self._model
        twice = self.claim(commissioner, pathway, function, year, scheme, payee.index, amount)
        if twice and model.policy.double_payment_check:
            quality = model.commissioners[commissioner].data_quality
            occasion = entity_key(scheme, str(key))
            if model.streams.uniform(Purpose.DOUBLE_PAYMENT, payee.key, occasion, year) < quality:
                outcome = self._outcomes[commissioner, pathway, function, year]
                outcome.paid[scheme] -= twice
                outcome.matched -= twice
                model.log("double_payment_stopped", payee.index, commissioner, amount=twice, detail=scheme)
                return amount - twice, 0
        return amount - twice, twice
