"""Combinations of forms, payments, scopes and routes that are possible in NHS contracts.

The rules are data of each form. Unusual combinations that can be signed (a prime provider for a single function, a
tariff paid to a prime) are allowed; combinations that defeat the purpose of the form are not.
"""

from __future__ import annotations

from caremarket.market.forms import FORMS, ContractForm
from caremarket.market.levers import PolicySpec
from caremarket.market.payments import PAYMENTS
from caremarket.market.routes import ROUTES
from caremarket.market.validation import wrong_field

RESTRICTED_ROUTES: dict[str, tuple[str, str]] = {
    "call_off": ("call_off", "there is no framework to call a lot off from"),
    "any_qualified_provider": ("accredit", "accreditation names many providers, and this form has one contract"),
}
"""Route -> (the only method of selecting holders that it serves, the reason why it serves no other)."""


def check_names() -> None:
    """Check that the payments and routes that contract forms name exist.

    Raises:
        ValueError: one line that names the form, its field and the known names.
    """
    for form in FORMS.values():
        for field, known in (("payments", PAYMENTS), ("routes", ROUTES)):
            unknown = [name for name in getattr(form, field) if name not in known]
            if unknown:
                raise wrong_field(form, field, unknown[0], ", ".join(known))


def clash(policy: PolicySpec) -> tuple[str, str] | None:
    """The lever that is incompatible with the contract form, and the reason in one line; None if there is none.

    A form that is unknown, or left to the commissioner to choose, clashes with nothing.
    """
    form = FORMS.get(policy.form)
    if form is None:
        return None
    if not form.allows_payment(policy.payment):
        allowed = _use(form.allowed_payments())
        return "payment", f"{policy.payment!r} does not go with form {form.name}: {form.payments_why}{allowed}"
    if form.scope != "any" and policy.lot_scope != form.scope:
        return (
            "lot_scope",
            f"{policy.lot_scope!r} does not go with form {form.name}: {form.scope_why}{_use([form.scope])}",
        )
    if policy.award_price == "second":
        why = _no_second_price(policy, form)
        if why is not None:
            return "award_price", f"'second' does not go with {why}; use first"
    if not _route_serves(policy.route, form):
        why = form.routes_why or RESTRICTED_ROUTES[policy.route][1]
        return "route", f"{policy.route!r} does not go with form {form.name}: {why}{_use(list(form.routes))}"
    return None


def why_not(policy: PolicySpec) -> str | None:
    """Reason in one line why a combination of form, payment, scope and route makes no sense; None if it does."""
    found = clash(policy)
    return None if found is None else found[1]


def fitted(policy: PolicySpec, form: str) -> PolicySpec:
    """``policy`` with another contract form, and with the payment, scope and route that this form needs.

    A lever that is compatible with the new form stays as it is.
    """
    new = FORMS[form]
    changes: dict[str, object] = {"form": form}
    if not new.allows_payment(policy.payment):
        changes["payment"] = new.allowed_payments()[0]
    if new.scope != "any":
        changes["lot_scope"] = new.scope
    if policy.award_price == "second" and _no_second_price(policy.model_copy(update=changes), new) is not None:
        changes["award_price"] = "first"
    if not _route_serves(policy.route, new):
        changes["route"] = new.routes[0] if new.routes else "two_stage"
    return policy.model_copy(update=changes)


def _route_serves(route: str, form: ContractForm) -> bool:
    if form.routes and route not in form.routes:
        return False
    return route not in RESTRICTED_ROUTES or RESTRICTED_ROUTES[route][0] == form.selection


def _no_second_price(policy: PolicySpec, form: ContractForm) -> str | None:
    """Lever incompatible with a second-price award, and the reason; None if there is a second price to pay."""
    if form.selection in {"accredit", "assemble"}:
        return f"form {form.name}: nobody there bids a price against others"
    payment = PAYMENTS.get(policy.payment)
    if payment is not None and payment.commissioner_sets_price:
        return f"payment {policy.payment}: the commissioner sets the price"
    if policy.weight_price < 1.0:
        return f"weight_price {policy.weight_price:g}: only where price alone decides is the next best bid a price"
    return None


def _use(names: list[str]) -> str:
    return f"; use {' or '.join(names)}" if names else ""
