"""A phrase for each reason of an event, by kind of event."""

from __future__ import annotations

from collections.abc import Mapping

from caremarket.experiments.report.story.phrase import HIDDEN, NOTABLE, QUIET, Cause

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
        "holds_out": Cause(
            "the lead was likely to need it, and it held out for {money} a year more", "held out for more", NOTABLE
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
        "experience": Cause("it had not led others for as long as was asked", "too little experience of leading"),
        "default": Cause(
            "a contract with the same buyer had ended through its default, and the fault might still be there",
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
        "gone": Cause("it, or a partner, had left the market", "they, or their partners, had left the market"),
        "no_equity": Cause("its members could no longer put up the equity of their company", "no equity any more"),
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
    "termination_withdrawn": {
        "recovered": Cause("the care had recovered", "recovered"),
        "no_longer_pays": Cause("the buyer expected more harm from a change than from going on", "change would harm"),
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
        "decommissioned": Cause("its commissioner could no longer afford the service", "service closed"),
    },
    "terminated": {
        "holder_insolvent": Cause("it had failed", "holder failed"),
        "holder_withdrew": Cause("it had left the market", "holder gone"),
        "poor_performance": Cause("the care failed and was not put right", "failing care"),
        "handed_back": Cause("it had handed it back", "handed back"),
    },
    "no_entry": {
        "no_tenders": Cause("there had been no tender of late that it could have answered", "no tender to answer"),
        "no_surplus": Cause("none of the tenders of late would have left it a surplus", "no surplus in any tender"),
        "entry_cost": Cause("the surplus it expected was {money} less than the cost of entry", "entry too dear"),
        "no_funds": Cause("its reserves were {money} short of the cost of entry", "no funds to enter"),
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
"""Kind of event -> reason -> its wording; a test checks it against ``REASONS`` of the agents."""
