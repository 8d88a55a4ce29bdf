"""Meaning of configuration keys: from the comment beside each in ``configs/``, else from the lists here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

UNTOLD: Mapping[str, str] = {
    "can_fail": "whether it leaves the market when reserves and credit are gone; trusts do not, they are rescued",
    "limited_liability": "whether damages stop at what it has, so that it may hand back what it cannot afford (P 3.8)",
    "cost_per_head_gbp": "reference cost, pounds a registered person a year, all functions",
    "synthetic.regions": "regions the areas belong to",
    "synthetic.practices_per_ccg": "GP practices of each commissioner",
    "synthetic.acute_trusts": "acute trusts; England has one for about 340,000 people",
    "synthetic.federations": "GP federations",
    "synthetic.third_sector": "third-sector providers that have NHS contracts or want them",
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
    "federation_forms": "form in which GP practices work together → how common it is, a weight",
    "initial_trust": "trust between any two organisations at the start",
    "commissioner_data_quality": "how well commissioners know what they buy; lowers bidders' error",
}
"""Meaning of keys that no comment in ``configs/`` tells, by dotted key or its last part."""

ROSTER: Mapping[str, str] = {
    "pathways[]": "the pathways, keys as under `pathway.<name>` and `name`; those of the `pathway` group if left out",
    "commissioners[].id": "identifier, used once in the file",
    "commissioners[].name": "what people call it; the id if left out",
    "commissioners[].area": "health-economy area",
    "commissioners[].region": "region",
    "commissioners[].population": "registered people",
    "commissioners[].skill": "commissioning skill",
    "commissioners[].data_quality": "how well it knows what it buys",
    "commissioners[].practices": "GP practices, which are made up",
    "providers[].id": "identifier, used once in the file",
    "providers[].name": "what people call it; the id if left out",
    "providers[].kind": "kind of provider",
    "providers[].area": "home area",
    "providers[].region": "home region",
    "providers[].reach": "how far from home it bids",
    "providers[].unit_cost": "function -> full cost relative to reference cost",
    "providers[].capacity_gbp": "function -> capacity, pounds of reference cost a year",
    "providers[].quality": "quality of care",
    "providers[].skill": "contracting skill",
    "providers[].turnover_gbp": "turnover, pounds a year",
    "providers[].outside_share": "share of turnover from outside the market",
    "providers[].reserves_gbp": "opening reserves, pounds",
    "providers[].fixed_share": "part of cost that does not fall when work is lost",
    "providers[].markup": "markup on cost it is used to",
    "providers[].relative_risk_aversion": "over wealth it gives the CARA coefficient",
    "providers[].social_value": "what a bid scores for social value",
    "providers[].sme": "whether it counts as small or medium-sized",
    "providers[].strategy": "pricing strategy; `behaviour.strategy` if left out",
    "providers[].supplier_choice": "rule by which it chooses suppliers; `behaviour.supplier_choice` if left out",
    "providers[].practices": "founding practices of a gp_federation",
    "providers[].federation_form": "form of a gp_federation; drawn from `market.federation_forms` if left out",
    "contracts[].commissioner": "id of a commissioner",
    "contracts[].pathway": "name of a pathway",
    "contracts[].function": "care function",
    "contracts[].provider": "id of the provider that holds it at the start",
    "contracts[].months_left": "months to its end; drawn from 6 to 36 if left out",
    "initial_contracts": "whether contracts run at the start at all; false starts with everything to be bought",
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
    """Meanings with entries such as ``reach_*`` given to each field they fit."""
    found = {key: text for key, text in told.items() if "." not in key}
    for key, text in told.items():
        if key.endswith("*"):
            found.update({name: text for name in model.model_fields if name.startswith(key[:-1])})
    return found
