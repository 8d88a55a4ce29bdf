"""Codes of reasons for decisions, which the event log gives under ``detail``.

A code names the first condition, in the order of the decision, that was not met. ``docs/tables.md`` is generated from
:data:`REASONS`; ``experiments/story`` puts each code into words. Kinds of events whose detail is a name (a care
function, a contract form, a reform) are not listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Why(NamedTuple):
    """Reason for a decision: its code, the money at stake in pence (0 if none), and the other organisation concerned.

    ``other`` is the index of that organisation, -1 for none.
    """

    code: str
    amount: int = 0
    other: int = -1


REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "refuses_subcontract": {
        "nothing_sure": "all of the pay waits for outcomes; amount is what the work would cost it a year",
        "below_cost": "the offer is below what the work and reporting on it cost; amount is what lacks, pence a year",
        "staff": "it would cover the work, but not the staff that come with it as well (P 3.19); amount is what lacks",
        "risk": "what is left above cost is less than its premium for the risk; amount is that premium, pence a year",
        "reserves": "as `risk`, and one standard deviation of a year's result is more than its reserves: "
        "amount is that deviation, pence",
        "better_elsewhere": "the same effort earns more outside; amount is what that earns, pence a year",
    },
    "no_bid": {
        "partner_gone": "a member of its consortium has left the market",
        "no_partner": "it found nobody for a part of the lot it cannot do itself",
        "no_small_partner": "it found too few small providers for the share that leads must promise them",
        "too_little_itself": "it could not do as much of the lot itself as the form asks of a lead",
        "not_central": "it does none of the functions that a lead of this form must do itself (P 4.19)",
        "stays_out": "what it learned from earlier tenders tells it to stay out",
        "price_too_low": "the price is set, below the least it could work for; amount is what lacks, pence a year",
        "over_budget": "its best price is above the budget it knows; amount is by how much, pence a year",
        "no_surplus": "at no price that it weighed would winning leave anything; amount is that price, pence a year",
        "bid_cost": "chance times gain is less than what bidding still costs; amount is that cost, pence",
    },
    "fails_selection": {
        "turnover": "turnover below what is asked for the lot; amount is what lacks, pence a year",
        "guarantee": "what it can pledge is below the guarantee asked for; amount is what lacks, pence",
        "default": "a contract with this buyer ended in default through it, not long ago",
    },
    "preferred": {
        "only_bid": "it was the only bid that complied",
        "price": "over the runner-up it gained most points on price",
        "quality": "over the runner-up it gained most points on quality",
        "social_value": "over the runner-up it gained most points on social value",
        "integration": "over the runner-up it gained most points on integration",
    },
    "passed_over": {
        "gone": "the bidder has left the market",
        "no_room": "it, or somebody it needs, has won other work since and has no room any more",
    },
    "challenge": {
        "interest": "what speaks most for it is an interest that was not declared",
        "close": "what speaks most for it is that the scores were close",
        "complexity": "what speaks most for it is how much can go wrong in a route like this",
        "stakes": "nothing in particular speaks for it, but enough is at stake",
    },
    "impact_too_great": {
        "assessment": "the policy asks for an impact assessment, and it fails it",
        "extreme": "without such a policy: it would be ruined, and with it more care elsewhere than the award moves",
    },
    "unbundled": {
        "nobody": "nobody could take it on as one",
        "too_dear": "the cheapest bid was beyond any budget",
    },
    "volume_diverted": {
        "own_cheaper": "the lead can do the work for less than it pays for it",
        "other_cheaper": "another of its sub-contractors does it for less",
        "board": "all members of the alliance gain by it",
    },
    "volume_restored": {
        "no_gain": "there is less to gain by keeping it",
        "no_room": "whoever had it has not the room any more",
    },
    "consent_refused": {
        "quality": "quality would suffer most",
        "social_value": "social value would suffer most",
    },
    "remedial_plan_refused": {
        "beyond_repair": "a plan would not bring it back to the standard",
        "not_worth_it": "a plan costs more than the work still earns; amount is what it costs, pence to the end",
    },
    "handed_back": {
        "cheaper_to_walk": "staying, and giving notice, cost more than its liability and its name",
    },
    "gives_notice": {
        "no_way_out": "staying costs more than giving notice, and it cannot walk out",
        "cheaper_than_default": "staying costs more than giving notice, and walking out no less",
    },
    "paid_less": {
        "public_body": "a public body must carry on",
        "still_pays": "it still pays it to stay",
    },
    "refuses_to_go_on": {
        "below_cost": "the price no longer covers what the care costs it",
    },
    "leaves_scheme": {
        "below_cost": "the fixed price does not cover what its patients cost it; amount is what lacks, pence a year",
        "risk": "it covers cost, but not its premium for the risk as well; amount is that premium, pence a year",
    },
    "caretaker": {
        "room": "the ablest with room for it, public bodies first",
        "nobody_has_room": "nobody has room: it has to hire",
    },
    "contract_ends": {
        "expired": "it came to its agreed end",
        "superseded": "its work was bought anew before its agreed end",
        "notice": "its holder had given notice",
        "holder_insolvent": "its holder failed",
        "holder_withdrew": "its holder left the market",
        "poor_performance": "the commissioner ended it for failing care",
        "handed_back": "its holder handed it back",
    },
    "terminated": {
        "holder_insolvent": "its holder failed",
        "holder_withdrew": "its holder left the market",
        "poor_performance": "the commissioner ended it for failing care",
        "handed_back": "its holder handed it back",
    },
    "exit": {
        "insolvent": "reserves and credit are gone, and nothing drains them at present",
        "insolvent_contracts": "reserves and credit are gone; most is lost on contracts and sub-contracts it has, on "
        "`contract` more than on any other",
        "insolvent_stranded": "reserves and credit are gone; most is lost on fixed cost of work that it has lost",
        "insolvent_unpaid": "reserves and credit are gone, and what leads owe it for work done would have kept it; "
        "`other` owes most",
        "withdrew": "it has lost tender after tender and has no work left",
        "dissolved": "too few members are left",
        "merged": "it is part of another now",
    },
    "practice_leaves": {
        "autonomy": "membership is worth less to it than the autonomy it gives up",
        "risk": "the risk it sees in the group is more than it bears",
        "others_left": "the risk it sees is more than it bears, and would not be but for those who left",
        "shock": "a shock of the scenario has it leave",
        "capital_call": "it would rather leave than pay the capital it was asked for; amount is that, pence",
    },
    "alliance_fails": {
        "commissioner_distrusts": "the commissioner does not trust `other` enough to share gain and pain with it",
        "convener_distrusts": "the convener does not trust `other`, the first it would have asked, enough",
        "member_distrusts": "another member does not trust `other`, the first it would have asked, enough",
        "nobody_able": "there is nobody with room for one of the functions",
        "no_work": "there is no cost to share",
        "member_would_lose": "what `other` can expect is not worth its risk to it; amount is what lacks, pence a year",
        "same_host": "another alliance with the same host has come about already",
    },
    "merger_agreed": {
        "distress": "the smaller is in distress and is taken over",
        "complement": "each can do what the other cannot, and they trust one another",
    },
    "merger_forbidden": {
        "concentration": "it would raise concentration by more than the line, to above 2,000",
    },
    "abuse_found": {
        "diversion": "it took promised work back from those it had named",
        "price": "its price is excessive over cost and over what others get",
        "refusal": "it refuses to supply",
    },
}
"""Kind of event -> code -> what it says, with what ``amount`` and ``other`` then are where they differ."""
