"""The levers: the choices of commissioners and regulators, with the allowed range of each."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from caremarket.market.pathways import CareFunction
from caremarket.market.validation import Share, Strict

APPRAISE = "appraise"
"""Value of the lever ``form`` that leaves the choice of form to each commissioner."""


class PolicySpec(Strict):
    """A policy: one value for each lever.

    A contract keeps its terms until it ends. Actions of commissioners and regulators (monitoring, step-in, impact
    assessment, paying in time, and every decision in a procurement) follow the policy in force at the time. A reform
    during a run therefore changes these actions for contracts in force, but not the terms of the contracts.

    What is bought:
        form: contract form, one of :data:`caremarket.market.forms.FORMS`, or ``appraise``: the commissioner chooses
            (P 4.7).
        lot_scope: one care function of a pathway per lot, or the whole pathway.
        pathways_per_lot: pathways bundled into one lot when ``lot_scope`` is ``pathway``.
        ccgs_per_lot: neighbouring commissioners that buy together, through one of them (S; scenario Staffordshire).
        joint_commissioning: co-signing commissioner: none, the local authority, or NHS England (S, questions 4; P 1.3).
        choice_share: share of the services of ``choice_functions`` opened to any qualified provider, regardless of
            the form of the others (M; S on options for paying).
        choice_functions: care functions with services that may be opened to any qualified provider.
        duration_years: length of contract.
        extension_years: length of the one extension that a contract with good results may get without a tender.
        phasing_years: years under an overarching agreement before the lot is tendered (P 4.16).

    How it is paid for:
        payment: payment model, one of :data:`caremarket.market.payments.PAYMENTS`.
        shadow_months: months in which the payment model runs in shadow while a block is paid (K; Staffordshire).
        outcome_share: share of payment that depends on outcomes.
        outcome_rule: rule by which a lead passes outcome pay on: by each sub-contract's ``flow_down``, by each
            deliverer's own result, pooled over the whole chain, or not at all (P 4.12, 5.6, 5.7).
        gain_share: share of a year's surplus or deficit against the price that the commissioner takes (M).
        indicators: number of indicators in the contract (P 4.22).
        payment_days: days within which the commissioner pays.
        double_payment_check: whether payers compare their claims, so that one outcome is not paid for twice (K).

    How it is bought:
        route: procurement route, one of :data:`caremarket.market.procurement.ROUTES`.
        renewal: whether care is always bought again by ``route`` when a contract ends, or only if the commissioner
            expects to gain by competition, and otherwise agreed directly (NHS competition regulations 2013,
            regulation 5).
        engagement_months: market engagement before the notice (P 1.8).
        weight_price, weight_quality, weight_social_value, weight_integration: award criteria; sum to one.
        award_price: price paid to the winner of a tender: its own price, or the next best price (Vickrey 1961).
        turnover_ratio: minimum turnover of a bidder, as a multiple of yearly contract value (P 2.5).
        guarantee_share: minimum reserves or parent guarantee of a bidder, as a share of yearly value (P 3.8).
        budget_discount: share by which the budget is below historic cost (P 1.10).
        publish_budget: whether bidders are told the budget.
        accept_single_bid: whether a tender with one compliant bid is awarded.
        reserved_share: share of lots open to SMEs alone; if a prime leads the lots, the share of the lot that its
            bid must promise to SMEs (P 1.11).
        consortium_bids: whether organisations may bid together under a bidding agreement (P 3.9).
        vehicles: whether they may form a joint venture or special-purpose vehicle to bid (P 3.8, 4.2).
        interest_declaration: whether interests are declared, and people with an interest take no part in the award
            (K; P 3.20).
        impact_assessment: whether an award is withdrawn if it would push a loser into deficit (P 1.6, 4.8).

    The supply chain:
        flow_down: maximum share of head-contract risk that a sub-contract repeats (P 3.5).
        management_fee: share of its price that a sub-contractor pays its lead (P 3.11.4).
        subcontract_payment_days: days within which a lead pays its sub-contractors.
        pay_when_paid: whether a lead pays only after it has been paid (P 3.12).
        prompt_payment_days: legal limit on the time to pay, even for a payer not yet paid itself; 0 for none.
        direct_payment: whether the commissioner pays sub-contractors itself (P 2.7).
        direct_agreement: whether it has an agreement with the key sub-contractor that stays valid if the lead leaves
            (P 2.6).
        volume_guarantee: share of the promised volume guaranteed to a named sub-contractor.
        consent_right: whether a lead needs the commissioner's consent to change a sub-contractor's work (P 2.6).

    While it runs:
        monitoring: intensity of the commissioner's monitoring, in [0, 1].
        contract_manager: whether it employs a contract manager for each lead (P 2.6).
        step_in: whether a failing sub-contractor may be removed before its failure harms the head contract (P 3.14).

    Primary care (K):
        enhanced_years: years for which enhanced services are contracted.
        enhanced_price: payment for an enhanced service over its expected running cost.
        quality_network_share: share of quality-framework pay withheld until the whole network reaches the target
            (site C).
        quality_premium: whether commissioners earn a premium for improvements in their area.

    Competition:
        dominance_line: share of an area's work in a function above which the regulator investigates (P 3.18).
        merger_line: rise of the Herfindahl-Hirschman index above which it forbids a merger.
    """

    form: str = "separate"
    lot_scope: Literal["function", "pathway"] = "function"
    pathways_per_lot: Annotated[int, Field(ge=1, le=20)] = 1
    ccgs_per_lot: Annotated[int, Field(ge=1, le=50)] = 1
    joint_commissioning: Literal["none", "local_authority", "nhs_england"] = "none"
    choice_share: Share = 0.0
    choice_functions: tuple[CareFunction, ...] = ("community", "mental_health", "diagnostics")
    duration_years: Annotated[float, Field(ge=1.0, le=10.0)] = 3.0
    extension_years: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    phasing_years: Annotated[float, Field(ge=0.0, le=5.0)] = 0.0

    payment: str = "block"
    shadow_months: Annotated[float, Field(ge=0.0, le=60.0)] = 0.0
    outcome_share: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    outcome_rule: Literal["flow_down", "own_result", "pooled", "lead_keeps"] = "flow_down"
    gain_share: Share = 0.0
    indicators: Annotated[int, Field(ge=0, le=500)] = 10
    payment_days: Annotated[float, Field(ge=0.0, le=365.0)] = 30.0
    double_payment_check: bool = False

    route: str = "two_stage"
    renewal: Literal["tender", "if_it_pays"] = "tender"
    engagement_months: Annotated[float, Field(ge=0.0, le=12.0)] = 2.0
    weight_price: Share = 0.4
    weight_quality: Share = 0.4
    weight_social_value: Share = 0.1
    weight_integration: Share = 0.1
    award_price: Literal["first", "second"] = "first"
    turnover_ratio: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0
    guarantee_share: Share = 0.0
    budget_discount: Annotated[float, Field(ge=-0.5, le=0.5)] = 0.0
    publish_budget: bool = False
    accept_single_bid: bool = True
    reserved_share: Share = 0.0
    consortium_bids: bool = True
    vehicles: bool = True
    interest_declaration: bool = False
    impact_assessment: bool = False

    flow_down: Share = 0.5
    management_fee: Annotated[float, Field(ge=0.0, le=0.3)] = 0.03
    subcontract_payment_days: Annotated[float, Field(ge=0.0, le=365.0)] = 45.0
    pay_when_paid: bool = True
    prompt_payment_days: Annotated[float, Field(ge=0.0, le=365.0)] = 0.0
    direct_payment: bool = False
    direct_agreement: bool = False
    volume_guarantee: Share = 0.0
    consent_right: bool = False

    monitoring: Share = 0.3
    contract_manager: bool = False
    step_in: bool = False

    enhanced_years: Annotated[float, Field(ge=1.0, le=10.0)] = 1.0
    enhanced_price: Annotated[float, Field(ge=0.0, le=5.0)] = 1.15
    quality_network_share: Share = 0.0
    quality_premium: bool = True

    dominance_line: Share = 0.4
    merger_line: Annotated[float, Field(ge=0.0, le=10_000.0)] = 200.0

    @model_validator(mode="after")
    def _something_can_be_opened(self) -> Self:
        if self.choice_share > 0.0 and not self.choice_functions:
            raise ValueError("choice_share is above 0, so choice_functions must name a care function")
        return self

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Self:
        total = self.weight_price + self.weight_quality + self.weight_social_value + self.weight_integration
        if abs(total - 1.0) > 1e-6:
            raise ValueError(
                "weight_price, weight_quality, weight_social_value and weight_integration must sum to 1, "
                f"they sum to {total:g}"
            )
        return self
