"""Payment models that are incompatible with a contract."""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel


def misfit(payment: PaymentModel, *, patients_choose: bool, whole_pathway: bool, one_plan: bool) -> str | None:
    """Reason why a payment model makes no sense in a contract; None if it does.

    Args:
        payment: the payment model.
        patients_choose: whether several providers share the lot and patients choose among them.
        whole_pathway: whether the lot spans all care functions of a pathway.
        one_plan: whether one plan, and so one budget, covers every provider that delivers the lot.

    If patients choose, the money must follow them (M). One budget for a population needs one holder responsible for
    all of it (M, P 4.17), and one price over all functions needs a lot with all of them under one plan (K).
    """
    if patients_choose and not payment.follows_activity:
        return "patients choose among several providers, so the money must follow the patient"
    if patients_choose and payment.population_budget:
        return "no one provider answers for the population that the budget is for"
    spans = payment.activity and not payment.by_function
    if spans and whole_pathway and not one_plan:
        return "one price a case over all functions needs one plan for them"
    return None
