"""Meaning of configuration keys: from the comment on each in ``configs/``, else from the lists here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

UNTOLD: Mapping[str, str] = {
    "can_fail": "whether it leaves the market when reserves and credit are used up; trusts do not, they are rescued",
    "limited_liability": "whether damages are limited to its assets, so it may hand back what it cannot afford (P 3.8)",
    "cost_per_head_gbp": "reference cost, pounds a registered person a year, all functions",
    "synthetic.regions": "number of regions that the areas belong to",
    "synthetic.practices_per_ccg": "GP practices of each commissioner",
    "synthetic.acute_trusts": "acute trusts; England has one for about 340,000 people",
    "synthetic.federations": "GP federations",
    "synthetic.third_sector": "third-sector providers that hold or seek NHS contracts",
    "register_fill.third_sector_per_100k": "third-sector providers for 100,000 registered people",
    "register_fill.independents_per_100k": "independent providers for 100,000 registered people",
    "register_fill.primes_per_million": "prime contractors for a million registered people",
    "synthetic.ccgs": "commissioners",
    "synthetic.community_trusts": "community trusts",
    "synthetic.mental_health_trusts": "mental health trusts",
    "synthetic.independents": "independent providers",
    "synthetic.primes": "prime contractors",
    "register_fill.as_of": "date of the registers; set it as `market.ods_as_of`",
    "weight_quality": "award criteria: quality",
    "federation_forms": "form in which GP practices work together → its frequency, as a weight",
    "initial_trust": "trust between any two organisations at the start",
    "commissioner_data_quality": "quality of commissioners' data about the care they buy; lowers bidders' error",
}
"""Meaning of keys without a comment in ``configs/``, by dotted key or its last part."""

ROSTER: Mapping[str, str] = {
    "pathways[]": "the pathways, keys as under `pathway.<name>` and `name`; those of the `pathway` group if left out",
    "commissioners[].id": "identifier, used once in the file",
    "commissioners[].name": "name; the id if left out",
    "commissioners[].area": "health-economy area",
    "commissioners[].region": "region",
    "commissioners[].population": "registered people",
    "commissioners[].skill": "commissioning skill",
    "commissioners[].data_quality": "quality of its data about the care it buys",
    "commissioners[].practices": "number of GP practices, which are generated",
    "providers[].id": "identifier, used once in the file",
    "providers[].name": "name; the id if left out",
    "providers[].kind": "kind of provider",
    "providers[].area": "home area",
    "providers[].region": "home region",
    "providers[].reach": "distance from home at which it bids",
    "providers[].unit_cost": "function -> full cost relative to reference cost",
    "providers[].capacity_gbp": "function -> capacity, pounds of reference cost a year",
    "providers[].quality": "quality of care",
    "providers[].skill": "contracting skill",
    "providers[].turnover_gbp": "turnover, pounds a year",
    "providers[].outside_share": "share of turnover from outside the market",
    "providers[].reserves_gbp": "opening reserves, pounds",
    "providers[].fixed_share": "share of cost that does not fall when work is lost",
    "providers[].markup": "its usual markup on cost",
    "providers[].relative_risk_aversion": "relative risk aversion; divided by wealth, it gives the CARA coefficient",
    "providers[].social_value": "score of its bids for social value",
    "providers[].sme": "whether it counts as small or medium-sized",
    "providers[].strategy": "pricing strategy; `behaviour.strategy` if left out",
    "providers[].supplier_choice": "rule by which it chooses suppliers; `behaviour.supplier_choice` if left out",
    "providers[].practices": "founding practices of a gp_federation",
    "providers[].federation_form": "form of a gp_federation; drawn from `market.federation_forms` if left out",
    "contracts[].commissioner": "id of a commissioner",
    "contracts[].pathway": "name of a pathway",
    "contracts[].function": "care function",
    "contracts[].provider": "id of the provider that holds the contract at the start",
    "contracts[].months_left": "months to the end of the contract; drawn from 6 to 36 if left out",
    "initial_contracts": "whether there are contracts at the start; if false, all care has yet to be bought",
}


def comments(path: Path) -> dict[str, str]:
    """Meaning of the keys in a YAML file: the comment beside each, or its entry in a list in the opening comment."""
    found: dict[str, str] = {}
    text = path.read_text(encoding="utf-8")
    entry: list[str] = []
    for line in text.splitlines():
        start = re.match(r"# ([a-z_0-9*]+(?:, [a-z_0-9*]+)*)  +(\S.*)$", line)
        more = re.match(r"# {10,}(\S.*)$", line)
        if start:
            entry = start[1].split(", ")
            found.update(dict.fromkeys(entry, start[2]))
        elif more and entry:
            found.update({key: f"{found[key]} {more[1]}" for key in entry})
        else:
            entry = []
    parents: list[tuple[int, str]] = []
    for line in text.splitlines():
        key = re.match(r"^( *)([a-z_0-9]+):(.*?)(?:\s#\s*(.*))?$", line)
        if not key:
            continue
        depth = len(key[1])
        parents = [p for p in parents if p[0] < depth]
        dotted = ".".join([p[1] for p in parents] + [key[2]])
        parents.append((depth, key[2]))
        if key[4]:
            found[dotted] = key[4]
    return {key: re.sub(r" \(market\.md[^)]*\)", "", meaning) for key, meaning in found.items()}


def under(told: Mapping[str, str], section: str) -> dict[str, str]:
    """Meanings of the keys of a section, without its name."""
    return {key.removeprefix(f"{section}."): text for key, text in told.items() if key.startswith(f"{section}.")}


def starred(model: type[BaseModel], told: Mapping[str, str]) -> dict[str, str]:
    """Meanings with each entry such as ``reach_*`` replaced by an entry for each matching field."""
    found = {key: text for key, text in told.items() if "." not in key}
    for key, text in told.items():
        if key.endswith("*"):
            found.update({name: text for name in model.model_fields if name.startswith(key[:-1])})
    return found
