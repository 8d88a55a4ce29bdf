"""Check that the policies of a run name known forms, payment models and routes, which go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.compatibility import clash
from caremarket.market.errors import ConfigurationError
from caremarket.market.forms import FORMS
from caremarket.market.levers import APPRAISE
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caremarket.market.scenario import Scenario


def check_policies(scenario: Scenario) -> None:
    """Check the policy of a scenario and those of its reforms.

    Raises:
        ConfigurationError: a policy names something unknown, or two of its levers exclude each other.
    """
    policies = (scenario.policy, *(policy for _, _, policy in scenario.reforms()))
    for policy in policies:
        if policy.form != APPRAISE:
            _check_known(FORMS, "policy.form", policy.form)
        _check_known(PAYMENTS, "policy.payment", policy.payment)
        _check_known(ROUTES, "policy.route", policy.route)
        found = clash(policy)
        if found is not None:
            raise ConfigurationError(f"policy.{found[0]}", found[1])
    if any(policy.form == APPRAISE for policy in policies):
        for form in scenario.behaviour.learning.appraisal_forms:
            _check_known(FORMS, "behaviour.learning.appraisal_forms", form)


def _check_known(registry: Mapping[str, object], key: str, name: str) -> None:
    if registry.get(name) is None:
        raise ConfigurationError(key, f"{name!r} is unknown; allowed: {', '.join(sorted(registry))}")
