"""What each kind of event is in words, and each reason.

In a phrase ``{who}`` is the organisation of the event, ``{other}`` the other one, ``{lot}`` what a procurement buys and
``{work}`` what a contract covers, with whom it is for where another acts; ``{money}`` is the amount as a sum
(``{amount}`` as a number), ``{detail}`` the detail as a name, ``{why}`` the reason with what leads up to it. All is
told in the past, so that one phrase does for one and for several.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HIDDEN, QUIET, NOTABLE, HEADLINE = range(4)
"""Weights of a line: routine; of interest to who follows one organisation; part of the story; turns of the story."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a kind of event is told.

    Attributes:
        text: what is said of it.
        weight: of its lines, unless the reason weighs more or less.
        own: what is said where both organisations are the same; ``text`` if empty.
        fold: columns that must agree, besides the calendar month, for several events to be told as one line; None
            where each is told by itself.
        many: what is said of several; ``text`` if empty. ``{count}`` is their number, ``{total}`` the sum of amounts,
            ``{who_money}`` names with their amounts, ``{others}`` the other organisations, ``{lots}`` what is bought.
        noun: what several of those who act are called.
    """

    text: str
    weight: int
    own: str = ""
    fold: tuple[str, ...] | None = None
    many: str = ""
    noun: str = "organisations"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason: ``because`` in a sentence on one, ``tag`` in a list of what several had; a weight of its own if any."""

    because: str
    tag: str
    weight: int | None = None


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
    # Bidding
    "joint_bid": Phrase("{who} led {amount} organisations that bid together for {lot}", QUIET),
    "vehicle_formed": Phrase("{other} and its partners set up {who} to bid for {lot}, with {money} of equity", QUIET),
    "vehicle_wound_up": Phrase("{who} was wound up, and {money} went back to its sponsors", QUIET),
    "bid": Phrase(
        "{who} bid {money} a year for {lot}",
        QUIET,
        fold=("procurement",),
        many="{count} bids came in for {lot}: {who_money} a year",
    ),
    "no_bid": Phrase("{who} decided not to bid for {lot}{why}", QUIET, fold=("procurement",), noun="applicants"),
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
    "step_in": Phrase("{who} stepped in and had {other} replaced, which was failing: {work}", NOTABLE),
    "supplier_removed": Phrase("{who} removed {other}, which was failing, after notice: {work}", NOTABLE),
    "skimming_detected": Phrase("{who} was caught turning severe cases away, and fined {money}: {work}", NOTABLE),
    "outcome_claimed_twice": Phrase("{who} claimed {money} for an outcome that another scheme had paid for", QUIET),
    "double_payment_stopped": Phrase("{other} did not pay {who} {money} for an outcome paid for already", QUIET),
    # Providers
    "hires": Phrase("{who} took on work without the staff for it, and spent {money} on hiring: {detail} care", QUIET),
    "rescue": Phrase("{who} ran out of money and was supported with {money}: a trust may not fail", HEADLINE),
    "entry": Phrase("{who} entered the market", NOTABLE),
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
"""Kind of event -> how it is told. A test holds it against every kind that the model logs."""

CAUSES: Mapping[str, Mapping[str, Cause]] = {
    "refuses_subcontract": {
        "nothing_sure": Cause("all of its pay would have waited for outcomes", "all pay waits for outcomes", NOTABLE),
        "below_cost": Cause("the offer was {money} a year below what the work would cost it", "below their cost"),
        "staff": Cause(
            "the offer covered the work, but fell {money} a year short of the staff that come with it as well",
            "too little for the staff that come with it",
        ),
        "risk": Cause(
            "the offer left too little above cost for the risk, which it would bear for {money} a year",
            "too little for the risk",
            NOTABLE,
        ),
        "reserves": Cause(
            "the terms would put {money} at risk in an ordinary bad year, more than its reserves",
            "more at risk than their reserves",
            NOTABLE,
        ),
        "better_elsewhere": Cause(
            "it would earn more with the same effort elsewhere: {money} a year", "better use elsewhere"
        ),
    },
    "no_bid": {
        "partner_gone": Cause("one of its partners had left the market", "a partner had gone"),
        "no_partner": Cause("it found nobody for a part that it could not do", "no partner for a part"),
        "no_small_partner": Cause(
            "it found too few small providers for the share that must be promised them", "too few small partners"
        ),
        "too_little_itself": Cause(
            "it could not do as much itself as a lead must under this form", "could do too little themselves"
        ),
        "not_central": Cause(
            "it does none of the care that a lead of this form must do itself", "nothing central of their own"
        ),
        "stays_out": Cause("tenders of late had taught it to stay out", "had learned to stay out"),
        "price_too_low": Cause(
            "the set price was {money} a year below the least it could work for", "the set price too low"
        ),
        "over_budget": Cause("its best price was {money} a year above the budget", "over the budget"),
        "no_surplus": Cause(
            "winning would have left it nothing at any price it could ask, {money} a year included",
            "nothing to gain",
        ),
        "bid_cost": Cause(
            "its chance of winning was not worth the {money} that bidding would still cost",
            "not worth the cost of a bid",
        ),
    },
    "fails_selection": {
        "turnover": Cause("its turnover was {money} a year below the test", "turnover too small"),
        "guarantee": Cause("its reserves were {money} short of the guarantee asked for", "no means for the guarantee"),
        "default": Cause(
            "a contract with the same buyer had lately ended through its default",
            "a default with the same buyer",
            QUIET,
        ),
    },
    "preferred": {
        "only_bid": Cause("there was no other bid that complied", "no other bid"),
        "price": Cause("; price told most against the runner-up", "price"),
        "quality": Cause("; quality told most against the runner-up", "quality"),
        "social_value": Cause("; social value told most against the runner-up", "social value"),
        "integration": Cause("; integration told most against the runner-up", "integration"),
    },
    "passed_over": {
        "gone": Cause("it had left the market", "they had left the market"),
        "no_room": Cause("it, or somebody it needed, had won other work and had no room any more", "no room any more"),
    },
    "challenge": {
        "interest": Cause("somebody who decided had an interest that was not declared", "an undeclared interest"),
        "close": Cause("the scores were close", "close scores"),
        "complexity": Cause("in so complex a procedure much could have gone wrong", "a complex procedure"),
        "stakes": Cause("so much was at stake for it", "high stakes"),
    },
    "impact_too_great": {
        "assessment": Cause("the impact assessment said so", "impact assessment"),
        "extreme": Cause("far more care than the award moves hangs on it", "far more care at stake"),
    },
    "unbundled": {
        "nobody": Cause("nobody could take it on as one", "nobody for all of it"),
        "too_dear": Cause("as one it was beyond any budget", "too dear as one"),
    },
    "volume_diverted": {
        "own_cheaper": Cause("it could do it itself for less", "cheaper itself"),
        "other_cheaper": Cause("another of its sub-contractors did it for less", "cheaper by another"),
        "board": Cause("all members of the alliance gained by it", "all gained"),
    },
    "volume_restored": {
        "no_gain": Cause("there was less to gain by keeping it", "less to gain"),
        "no_room": Cause("whoever had it lacked the room", "no room"),
    },
    "consent_refused": {
        "quality": Cause("quality would have suffered", "quality"),
        "social_value": Cause("social value would have suffered", "social value"),
    },
    "remedial_plan_refused": {
        "beyond_repair": Cause("no plan would have brought it back to the standard", "beyond repair"),
        "not_worth_it": Cause("a plan would have cost {money}, more than the work would still earn", "not worth it"),
    },
    "handed_back": {
        "cheaper_to_walk": Cause(
            "its liability is limited, and walking away cost it less than staying or giving notice", "cheaper to walk"
        ),
    },
    "gives_notice": {
        "no_way_out": Cause("it cannot walk out of a contract, but may give notice", "may not walk out"),
        "cheaper_than_default": Cause("notice cost it less than walking out in default", "cheaper than default"),
    },
    "paid_less": {
        "public_body": Cause("a public body must carry on", "public body"),
        "still_pays": Cause("it still paid it to stay", "still pays"),
    },
    "refuses_to_go_on": {"below_cost": Cause("the price no longer covered what the care cost it", "below cost")},
    "leaves_scheme": {
        "below_cost": Cause("the fixed price fell {money} a year short of what its patients cost it", "below cost"),
        "risk": Cause(
            "what the fixed price left did not make up for the risk, which it would bear for {money} a year", "risk"
        ),
    },
    "caretaker": {
        "room": Cause("it was the ablest with room for it", "the ablest with room"),
        "nobody_has_room": Cause("it was the ablest, though nobody had room and it had to hire", "had to hire"),
    },
    "contract_ends": {
        "expired": Cause("it had come to its agreed end", "they had come to their agreed end", HIDDEN),
        "superseded": Cause("its work was bought anew, before its agreed end", "bought anew before their end", HIDDEN),
        "notice": Cause("its holder had given notice", "after notice"),
        "holder_insolvent": Cause("its holder had failed", "holder failed", HIDDEN),
        "holder_withdrew": Cause("its holder had gone", "holder gone", HIDDEN),
        "poor_performance": Cause("care under it had failed", "failing care", HIDDEN),
        "handed_back": Cause("it was handed back", "handed back", HIDDEN),
    },
    "terminated": {
        "holder_insolvent": Cause("it had failed", "holder failed"),
        "holder_withdrew": Cause("it had left the market", "holder gone"),
        "poor_performance": Cause("the care failed and was not put right", "failing care"),
        "handed_back": Cause("it had handed it back", "handed back"),
    },
    "exit": {
        "insolvent": Cause("its reserves and credit were gone", "out of money"),
        "insolvent_contracts": Cause(
            "its reserves and credit were gone, and the work it had cost it more than it was paid", "lost on its work"
        ),
        "insolvent_stranded": Cause(
            "its reserves and credit were gone: it was paying for staff and buildings whose work it had lost",
            "stranded cost",
        ),
        "insolvent_unpaid": Cause(
            "its reserves and credit were gone while {other} had not passed on what it had been paid for its work",
            "not paid in time",
        ),
        "withdrew": Cause("it had lost tender after tender and had no work left", "no work left"),
        "dissolved": Cause("too few members were left", "too few members"),
        "merged": Cause("it was part of another from then on", "merged", HIDDEN),
    },
    "practice_leaves": {
        "autonomy": Cause("membership was worth less to it than its autonomy", "autonomy"),
        "risk": Cause("it saw more risk in the group than it would bear", "risk"),
        "others_left": Cause(
            "the withdrawal of others before it had made the risk seem more than it would bear",
            "alarmed by those who had left",
        ),
        "shock": Cause("something outside the market made it", "a shock"),
        "capital_call": Cause("it would rather go than pay in {money}", "would not pay in"),
    },
    "alliance_fails": {
        "commissioner_distrusts": Cause(
            "the commissioner did not trust {other} enough to share gain and pain", "distrust by the commissioner"
        ),
        "convener_distrusts": Cause(
            "it did not trust {other} enough to share gain and pain", "distrust by the convener"
        ),
        "member_distrusts": Cause(
            "a member did not trust {other} enough to share gain and pain", "distrust among members"
        ),
        "nobody_able": Cause("nobody had room for one of the functions", "nobody with room"),
        "no_work": Cause("there was nothing to share", "nothing to share"),
        "member_would_lose": Cause(
            "it would have left {other} {money} a year short of what the risk is worth to it", "a member would lose"
        ),
        "same_host": Cause("an alliance around {other} had come about already", "one there already"),
    },
    "merger_agreed": {
        "distress": Cause("the smaller was in distress", "distress"),
        "complement": Cause("each could do what the other could not, and they trusted one another", "complements"),
    },
    "merger_forbidden": {"concentration": Cause("the market would have been too concentrated", "concentration")},
    "abuse_found": {
        "diversion": Cause("it had taken promised work back", "diversion"),
        "price": Cause("its price was excessive", "price"),
        "refusal": Cause("it had refused to supply", "refusal"),
    },
}
"""Kind of event -> reason -> how it is told; a test holds it against ``REASONS`` of the agents."""
