"""A phrase for each kind of event.

In a phrase ``{who}`` is the organisation of the event and ``{other}`` the other one. ``{lot}`` is the care that a
procurement buys and ``{work}`` the care in a contract, with the commissioner's name if another organisation acts.
``{money}`` is the amount as a sum, ``{amount}`` the same as a number, ``{detail}`` the detail as a name, ``{why}`` the
reason with the conjunction before it. Phrases are in the past tense, so that one phrase serves for
one organisation and for several.
"""

from __future__ import annotations

from collections.abc import Mapping

from caremarket.experiments.report.story.phrase import HEADLINE, HIDDEN, NOTABLE, QUIET, Phrase

PHRASES: Mapping[str, Phrase] = {
    # Buying
    "form_chosen": Phrase(
        "{who} weighed what each contract form can be expected to cost and to bring, and chose {detail}", NOTABLE
    ),
    "procurement_engagement": Phrase("{who} began to talk with the market about {lot}", QUIET),
    "procurement_notice": Phrase(
        "{who} put {lot} out to tender, with {money} a year to spend",
        NOTABLE,
        fold=("organisation",),
        many="{who} put {count} lots out to tender, with {total} a year to spend: {lots}",
    ),
    "procurement_questionnaire": Phrase("{who} opened the selection stage for {lot}", HIDDEN),
    "procurement_dialogue": Phrase("{who} began a competitive dialogue on {lot}", QUIET),
    "procurement_tender": Phrase("{who} asked for bids for {lot}", HIDDEN),
    "procurement_evaluation": Phrase("{who} opened the bids for {lot}", HIDDEN),
    "procurement_preferred": Phrase("{who} agreed {lot} with {other} without a tender, at {money} a year", QUIET),
    "procurement_standstill": Phrase("{who} waited ten days for challenges to the award of {lot}", HIDDEN),
    "procurement_challenged": Phrase("{who} had to suspend the award of {lot}", HIDDEN),
    "procurement_signed": Phrase("{who} signed for {lot}", HIDDEN),
    "procurement_mobilisation": Phrase("{who} and those it signed with prepared for {lot}", HIDDEN),
    "procurement_live": Phrase("{who} saw {lot} start", HIDDEN),
    "procurement_no_bids": Phrase("{who} found nobody for {lot}: nobody qualified, bid or agreed", NOTABLE),
    "procurement_one_bid": Phrase("{who} could not buy {lot}: there was but one bid", NOTABLE),
    "procurement_over_budget": Phrase("{who} could not buy {lot}: no bid that complied was within budget", NOTABLE),
    "procurement_withdrawn": Phrase("{who} withdrew the award of {lot}", NOTABLE),
    "lot_reserved": Phrase("{who} kept {lot} for small and medium-sized bidders", NOTABLE),
    "unbundled": Phrase("{who} took {lot} apart to buy the parts one by one{why}", NOTABLE),
    "falls_back": Phrase(
        "{who} could not buy {lot} as it wanted ({detail}), and turned to separate contracts", NOTABLE
    ),
    "framework_formed": Phrase("{who} formed a framework of {amount} providers for {lot}", NOTABLE),
    "overarching_agreement": Phrase("{who} put {amount} contracts under one agreement before buying anew", NOTABLE),
    "extended": Phrase("{who} had its contract for {work} extended without a tender: it had gone well", NOTABLE),
    "renegotiated": Phrase("{who} agreed to {money} a year less for its contract for {work}", NOTABLE),
    "put_off": Phrase("{who} put off a new service of {money} a year: it could not afford it", NOTABLE),
    "decommissioned": Phrase("{who} gave notice to a new service of {money} a year: it could not afford it", NOTABLE),
    "allocation_cut": Phrase("{who} had its allocation cut by {money} a year", NOTABLE),
    "allocation_returned": Phrase(
        "{who} returned {money} that it could not carry over", HIDDEN, fold=(), many="{who} returned {total} in all"
    ),
    # Bidding
    "joint_bid": Phrase("{who} led {amount} organisations that bid together for {lot}", QUIET),
    "vehicle_formed": Phrase("{other} and its partners set up {who} to hold {lot}, with {money} of equity", QUIET),
    "vehicle_wound_up": Phrase("{who} was wound up, and {money} went back to its sponsors", QUIET),
    "bid": Phrase(
        "{who} bid {money} a year for {lot}",
        QUIET,
        fold=("procurement",),
        many="{count} bids came in for {lot}: {who_money} a year",
    ),
    "no_bid": Phrase("{who} decided not to bid for {lot}{why}", QUIET, fold=("procurement",), noun="applicants"),
    "admitted_after_default": Phrase("{who} passed selection for {lot} in spite of an earlier default", QUIET),
    "fails_selection": Phrase(
        "{who} failed selection for {lot}{why}", NOTABLE, fold=("procurement",), noun="applicants"
    ),
    "passed_over": Phrase(
        "{who} passed over {other} for {lot}{why}",
        NOTABLE,
        fold=("procurement",),
        many="{who} passed over {others} for {lot}{why}",
    ),
    "preferred": Phrase("{who} became preferred bidder for {lot} at {money} a year{why}", NOTABLE),
    "accredited": Phrase(
        "{who} qualified to treat whoever chose it: {lot}",
        QUIET,
        fold=("procurement",),
        many="{who} qualified to treat whoever chose them: {lot}",
        noun="providers",
    ),
    "leaves_scheme": Phrase("{who} gave up {work}, and its patients chose among the others{why}", NOTABLE),
    "challenge": Phrase("{who} challenged the award of {lot} to {other}, at {money} for either side{why}", HEADLINE),
    "challenge_upheld": Phrase("the challenge by {other} to the award of {lot} was upheld", HEADLINE),
    "challenge_dismissed": Phrase("the challenge by {other} to the award of {lot} was dismissed", NOTABLE),
    "impact_too_great": Phrase("the award of {lot} to {other} was stopped: it would have ruined {who}{why}", HEADLINE),
    # Supply chains
    "refuses_subcontract": Phrase(
        "{who} turned down what {other} offered for a part of {lot}{why}",
        QUIET,
        fold=("procurement",),
        many="{who} turned down what {others} offered for parts of {lot}{why}",
        noun="providers",
    ),
    "subcontract": Phrase(
        "{who} signed a sub-contract under {other}: {work}, at {money} a year for the whole of its part",
        QUIET,
        fold=("other", "contract"),
        many="{who} signed sub-contracts under {other}: {work}",
        noun="providers",
    ),
    "volume_diverted": Phrase("{who} took back work worth {money} a year that {other} had been promised{why}", NOTABLE),
    "volume_restored": Phrase("{who} gave back to {other} work worth {money} a year{why}", NOTABLE),
    "diversion_detected": Phrase(
        "{who} was seen to keep work from {other} that it had promised, and was fined {money}", NOTABLE
    ),
    "consent_refused": Phrase("the commissioner did not let {who} take work from {other}{why}", NOTABLE),
    "late_payment": Phrase(
        "{who} was short of cash and kept its sub-contractors waiting a month for {money}: {work}", NOTABLE
    ),
    "direct_agreement": Phrase(
        "{who}, until then a sub-contractor, went on under a contract of its own: {work}, at {money} a year", NOTABLE
    ),
    # Contracts
    "contract_begins": Phrase(
        "{who} began a contract: {work}, at {money} a year",
        NOTABLE,
        fold=("procurement",),
        many="{count} contracts began, worth {total} a year: {who}",
        noun="holders",
    ),
    "contract_ends": Phrase(
        "{who} had its contract end: {work}{why}", QUIET, fold=("detail",), many="{count} contracts of {who} ended{why}"
    ),
    "terminated": Phrase("{who} lost its contract before its time: {work}{why}", HEADLINE),
    "held_over": Phrase(
        "{who} carried on past the agreed end, for there was no successor yet: {work}",
        QUIET,
        fold=(),
        many="{count} contracts ran on past their agreed end, for there was no successor yet: {who}",
    ),
    "caretaker": Phrase(
        "{who} took care on for a while, until it is bought anew: {work}, at {money} a year{why}",
        NOTABLE,
        fold=(),
        many="{who} took care on for a while, until it is bought anew, at {total} a year together{why}",
        noun="providers",
    ),
    "nobody_can_deliver": Phrase("{who} found nobody in reach who could deliver {work}", HEADLINE),
    "paid_less": Phrase("{who} carried on for {money} a year less, since nobody bid: {work}{why}", NOTABLE),
    "refuses_to_go_on": Phrase("{who} would not carry on for {money} a year less, and went: {work}{why}", HEADLINE),
    "gives_notice": Phrase(
        "{who} gave notice, expecting to lose {money} if it stayed to the agreed end: {work}{why}", HEADLINE
    ),
    "handed_back": Phrase(
        "{who} handed its contract back, expecting to lose {money} to its end: {work}{why}", HEADLINE
    ),
    "investment_lost": Phrase(
        "{who} paid back {money} that it had invested in work which ended too soon: {work}",
        QUIET,
        fold=("contract",),
        many="{who} paid back {total} together that they had invested in work which ended too soon: {work}",
        noun="providers",
    ),
    "damages": Phrase("{who} paid {other} {money} for ending a contract in default", QUIET),
    # Care
    "failure_begins": Phrase(
        "{who} fell below the standard: {work}",
        QUIET,
        fold=("contract",),
        many="{who} fell below the standard: {work}",
        noun="providers",
    ),
    "warning": Phrase(
        "{who} was warned, since care by {other} was below the standard: {work}",
        QUIET,
        own="{who} was warned, since its care was below the standard: {work}",
    ),
    "remedial_plan": Phrase("{who} put failing care right for {money}: {work}", QUIET),
    "remedial_plan_refused": Phrase("{who} did not put failing care right: {work}{why}", QUIET),
    "payment_withheld": Phrase(
        "{who} had payment withheld for care that {other} went on failing: {work}",
        QUIET,
        own="{who} had payment withheld for care that it went on failing: {work}",
    ),
    "withheld_released": Phrase("{who} was paid what had been withheld: the care had recovered: {work}", QUIET),
    "kept_with_remedy": Phrase(
        "{who} kept the contract for now, although care by {other} was still below the standard: {work}",
        QUIET,
        own="{who} kept the contract for now, although its care was still below the standard: {work}",
    ),
    "termination_notice": Phrase(
        "{who} was given notice to terminate, since care by {other} went on failing: {work}",
        NOTABLE,
        own="{who} was given notice to terminate, since its care went on failing: {work}",
    ),
    "termination_withdrawn": Phrase("the notice to terminate was withdrawn from {who}: {work}{why}", QUIET),
    "step_in": Phrase("{who} stepped in and had {other} replaced, which was failing: {work}", NOTABLE),
    "supplier_removed": Phrase("{who} removed {other}, which was failing, after notice: {work}", NOTABLE),
    "skimming_detected": Phrase("{who} was caught turning severe cases away, and fined {money}: {work}", NOTABLE),
    "outcome_claimed_twice": Phrase("{who} claimed {money} for an outcome that another scheme had paid for", QUIET),
    "double_payment_stopped": Phrase("{other} did not pay {who} {money} for an outcome paid for already", QUIET),
    # Providers
    "hires": Phrase("{who} took on work without the staff for it, and spent {money} on hiring: {detail} care", QUIET),
    "rescue": Phrase("{who} ran out of money and was supported with {money}: a trust may not fail", HEADLINE),
    "entry": Phrase("{who} entered the market, at a cost of {money}", NOTABLE),
    "no_entry": Phrase("an organisation looked at an area's market and stayed out{why}", QUIET),
    "exit": Phrase("{who} left the market{why}", HEADLINE),
    "merger_agreed": Phrase("{who} and {other} agreed to merge{why}", NOTABLE),
    "merger_forbidden": Phrase("the regulator forbade {who} to take over {other}{why}", HEADLINE),
    "merger": Phrase("{who} took over {other}; merging cost {money}", HEADLINE),
    "dominance_case": Phrase("{who} opened a case against {other}, dominant in {detail} care", NOTABLE),
    "case_closed": Phrase("{who} closed its case against {other} without a finding: {detail} care", QUIET),
    "abuse_found": Phrase("{who} found that {other} had abused its dominance, and fined it {money}{why}", HEADLINE),
    # Working together
    "alliance_formed": Phrase("an alliance began, with {who} as its host: {work}", HEADLINE),
    "alliance_fails": Phrase(
        "{who} could not bring an alliance together for {lot}{why}",
        NOTABLE,
        fold=("procurement",),
        many="{who} each tried and could not bring an alliance together for {lot}{why}",
        noun="conveners",
    ),
    "board_replaces": Phrase("the board of the alliance of {who} replaced {other}: {work}", NOTABLE),
    "host_replaced": Phrase("{who} took the place of {other} as host of an alliance: {work}", NOTABLE),
    # Practices
    "practice_joins": Phrase(
        "{who} joined {other}: worth more to it than the autonomy it gives up",
        QUIET,
        fold=("other",),
        many="{who} joined {other}: worth more to them than the autonomy they give up",
        noun="practices",
    ),
    "practice_leaves": Phrase("{who} left {other}{why}", NOTABLE, fold=("other",), noun="practices"),
    "capital_call": Phrase("{who} ran out of money and called on its members, who paid in {money}", NOTABLE),
    "quality_premium": Phrase(
        "{who} earned a quality premium of {money}", HIDDEN, fold=(), many="{who} earned quality premiums of {total}"
    ),
    # The world
    "reform": Phrase("a reform took effect: {detail}", HEADLINE),
    "shock": Phrase("a shock struck: {detail}", HEADLINE),
}
"""Kind of event -> its wording. A test checks it against every kind that the model logs."""
