"""Names of variants (forms, payments, routes, strategies), checked against the registers that hold them."""

from __future__ import annotations

from pydantic import ValidationError

from caremarket.experiments.configuration.messages import check_choice, first_error
from caremarket.experiments.configuration.number_types import check_kinds
from caremarket.market.errors import ConfigurationError
from caremarket.market.levers import PolicySpec
from caremarket.market.scenario import Scenario


def check_calendar(scenario: Scenario) -> None:
    """Check the levers that reforms change in the same way as those of ``policy``."""
    for name, reform in scenario.calendar.items():
        try:
            check_kinds({"policy": reform.policy}, (), ())
        except ConfigurationError as error:
            raise ConfigurationError(f"calendar.{name}.{error.key}", error.message) from None
    try:
        list(scenario.reforms())
    except ValidationError as error:
        found = first_error(error, PolicySpec)
        levers = {found.key} if found.key in PolicySpec.model_fields else set(PolicySpec.model_fields)
        guilty = [n for n, r in scenario.calendar.items() if levers & set(r.policy) or found.key in r.policy]
        where = f"calendar.{guilty[0] if guilty else next(iter(scenario.calendar))}.policy"
        raise ConfigurationError(f"{where}.{found.key}" if found.key != "scenario" else where, found.message) from None


def check_choices(scenario: Scenario) -> None:
    """Check every name of a variant against the registry that holds the variants."""
    from caremarket.agents.strategies import STRATEGIES
    from caremarket.agents.supplier_choice import SUPPLIER_CHOICES
    from caremarket.market.compatibility import clash
    from caremarket.market.federation_forms import FEDERATION_FORMS
    from caremarket.market.forms import FORMS
    from caremarket.market.levers import APPRAISE
    from caremarket.market.payments import PAYMENTS
    from caremarket.market.procurement import ROUTES

    check_choice("behaviour.strategy", scenario.behaviour.strategy, STRATEGIES)
    check_choice("behaviour.supplier_choice", scenario.behaviour.supplier_choice, SUPPLIER_CHOICES)
    policies = [("policy", scenario.policy)]
    policies += [(f"calendar.{name}.policy", policy) for name, _, policy in scenario.reforms()]
    for where, policy in policies:
        check_choice(f"{where}.form", policy.form, [*FORMS, APPRAISE])
        check_choice(f"{where}.payment", policy.payment, PAYMENTS)
        check_choice(f"{where}.route", policy.route, ROUTES)
        found = clash(policy)
        if found is not None:
            raise ConfigurationError(f"{where}.{found[0]}", found[1])
    for form in scenario.market.federation_forms:
        check_choice("market.federation_forms", form, FEDERATION_FORMS)
    if any(policy.form == APPRAISE for _, policy in policies):
        _check_appraisal(scenario)
    if scenario.market.roster is not None:
        for provider in scenario.market.roster.providers:
            if provider.federation_form is not None:
                where = f"market.roster: federation_form of {provider.id}"
                check_choice(where, provider.federation_form, FEDERATION_FORMS)
            if provider.strategy is not None:
                check_choice(f"market.roster: strategy of {provider.id}", provider.strategy, STRATEGIES)
            if provider.supplier_choice is not None:
                where = f"market.roster: supplier_choice of {provider.id}"
                check_choice(where, provider.supplier_choice, SUPPLIER_CHOICES)


def _check_appraisal(scenario: Scenario) -> None:
    """Check the forms that commissioners choose among, and the levers of each."""
    from caremarket.agents.procurement.options_appraisal import terms_with
    from caremarket.market.forms import FORMS
    from caremarket.market.payments import PAYMENTS
    from caremarket.market.procurement import ROUTES

    learning = scenario.behaviour.learning
    for form in learning.appraisal_forms:
        check_choice("behaviour.learning.appraisal_forms", form, FORMS)
        try:
            policy = terms_with(scenario.policy, form, learning.appraisal_terms.get(form, {}))
        except ValidationError as error:
            raise first_error(error, PolicySpec, section=f"behaviour.learning.appraisal_terms.{form}") from None
        check_choice(f"behaviour.learning.appraisal_terms.{form}.payment", policy.payment, PAYMENTS)
        check_choice(f"behaviour.learning.appraisal_terms.{form}.route", policy.route, ROUTES)
