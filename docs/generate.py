"""Writes the pages that follow from the code: tables, configuration, coverage, tables of the description, verdicts.

Called by ``make docs-tables``. Table columns come from :data:`caremarket.agents.records.tables.SCHEMAS`, keys with
type, range and default from the models in :mod:`caremarket.market.scenario`, and what a key means from the comment
beside it in
``configs/``.
``tests/test_docs.py`` checks that the pages are in step.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import pyarrow as pa
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from caremarket.agents.procurement.options_appraisal import APPRAISE
from caremarket.agents.records.tables import SCHEMAS
from caremarket.agents.strategies import STRATEGIES
from caremarket.agents.supplier_choice import SUPPLIER_CHOICES
from caremarket.agents.world.reasons import REASONS
from caremarket.experiments.analysis.measures import formatted_change
from caremarket.experiments.analysis.search import SAMPLERS as SEARCH_SAMPLERS
from caremarket.experiments.analysis.search import SearchSpec
from caremarket.experiments.configuration import NAME_PATTERN, Request, TrackingSpec, allowed_values
from caremarket.experiments.design.sampling import SAMPLERS
from caremarket.experiments.design.spec import RandomSpec, SampleSpec, StoppingSpec
from caremarket.experiments.evidence.verdict_table import verdict_page
from caremarket.market import scenario as models
from caremarket.market import validation
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.measure_names import SUMMARY_NAMES
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES
from caremarket.runners.compose.experiment_files import stated_hypotheses

DOCS = Path(__file__).resolve().parent
CONFIGS = DOCS.parent / "configs"

HEADER = "<!-- Written by docs/generate.py from the code. Do not edit: `make docs-tables` writes it anew. -->\n\n"

TABLES: Mapping[str, str] = {
    "yearly": "Measures at the end of every year, by nation, area and pathway, in long form.",
    "events": "What happened, in order. The kinds are listed below.",
    "procurements": "One row a procurement that has ended, direct awards included.",
    "bids": "One row a bid, and one for the offer a direct award rests on.",
    "contracts": "One row a contract that was ever in force.",
    "subcontracts": "One row a sub-contract.",
    "positions": "One row a provider and point in time: every `record.positions_months` months, at the start and at "
    "the horizon. Summed up, `direct` and `delivered` give the concentration of the yearly table.",
    "flows": "Who does whose work at the same points in time: one row a commissioner, holder and deliverer.",
    "organisations": "One row an organisation that was ever there: commissioners, providers, practices.",
    "postings": "One row a posting of the ledger. Off unless `record.postings=true`.",
}

EVENT_KINDS: Mapping[str, str] = {
    "procurement_engagement": "the commissioner engages the market; detail is what it buys, amount its budget a year",
    "procurement_notice": "a notice is published; detail is what is bought, amount the budget a year",
    "procurement_questionnaire": "the selection stage opens",
    "procurement_tender": "a tender opens, or bidders are invited",
    "procurement_evaluation": "bids are scored",
    "procurement_preferred": "the other organisation is preferred; detail is what is bought, amount its price",
    "procurement_standstill": "standstill begins",
    "procurement_signed": "contract and supply chain are signed",
    "procurement_mobilisation": "mobilisation begins",
    "procurement_live": "first day of the contract",
    "procurement_no_bids": "the procurement fails: nobody qualified, bid, or agreed",
    "procurement_one_bid": "it fails: one bid, and the policy does not accept that",
    "procurement_over_budget": "it fails: no bid within budget",
    "procurement_withdrawn": "the award is withdrawn: winner gone, challenge upheld, or impact too great",
    "procurement_dialogue": "competitive dialogue begins",
    "procurement_challenged": "a challenge suspends the award",
    "challenge": "a loser challenges the award to the other organisation; amount is what that costs either side",
    "challenge_upheld": "a challenge is upheld",
    "challenge_dismissed": "a challenge is dismissed",
    "impact_too_great": "an award would ruin this incumbent; the other organisation had won",
    "passed_over": "the commissioner passes over a bidder that is gone or has no room any more",
    "lot_reserved": "a lot is open to small and medium-sized bidders alone",
    "unbundled": "a bundle that failed is taken apart",
    "extended": "a contract that went well is extended without a tender; amount is its yearly price",
    "hires": "a provider takes on work without the staff for it; amount is what hiring costs, detail the function",
    "no_bid": "an applicant decides not to bid, and why",
    "bid": "a bid is submitted; amount is its yearly price",
    "fails_selection": "an applicant is turned away at selection, and why",
    "refuses_subcontract": "a candidate refuses the offer of the other organisation, and why",
    "preferred": "who the preferred bidder is, and on what it came first; amount is its yearly price",
    "contract_begins": "a contract with the other begins; detail is what it covers, amount its yearly price",
    "contract_ends": "a contract ends, and why",
    "subcontract": "a sub-contract is signed; amount is its yearly price for the whole volume",
    "volume_diverted": "a lead takes volume back from a named sub-contractor; amount is yearly value",
    "volume_restored": "a lead gives volume back",
    "diversion_detected": "the commissioner notices; amount is the fine",
    "failure_begins": "a deliverer falls below the standard under a contract; other is the holder",
    "warning": "the commissioner warns a holder; other is the deliverer that fails",
    "remedial_plan": "a failing deliverer puts things right; amount is what that costs it",
    "remedial_plan_refused": "a failing deliverer cannot, or it is not worth its while",
    "payment_withheld": "part of the pay for failing work is withheld from now on; other is the deliverer that fails",
    "withheld_released": "it has recovered: what was withheld is paid",
    "step_in": "who steps in and removes a failing sub-contractor; other is the one removed",
    "supplier_removed": "a lead removes a failing sub-contractor after notice; other is the one removed",
    "consent_refused": "the commissioner does not consent to a lead's change of a sub-contractor's work",
    "investment_lost": "work ends before it has repaid what a deliverer invested in it; amount is what it pays back",
    "handed_back": "a holder gives a contract up; amount is the loss it expected to expiry",
    "damages": "a holder pays for ending a contract in default, guarantee included",
    "direct_agreement": "the key sub-contractor goes on under a contract of its own; amount is its yearly price",
    "skimming_detected": "the commissioner notices that severe cases are turned away; amount is the fine",
    "outcome_claimed_twice": "an outcome is claimed that another scheme paid for; amount is that part",
    "double_payment_stopped": "payers that compare notes find such a claim and do not pay it; amount is the part",
    "late_payment": "a lead short of cash puts its sub-contractors off by a month; amount is what it owes",
    "gives_notice": "a holder will not carry on to the agreed end; amount is what it expects to lose by staying",
    "paid_less": "a public body carries on with care nobody bid for, for less; amount is the fall in price a year",
    "refuses_to_go_on": "a holder goes where that does not pay it to stay; amount is the fall a year",
    "held_over": "a contract runs on after its agreed end because there is no successor yet",
    "terminated": "a contract ends before its time, and why",
    "caretaker": "uncovered care is given to the ablest provider for a while",
    "nobody_can_deliver": "a function nobody in the area can deliver",
    "rescue": "a trust is supported; amount is the support",
    "entry": "a provider enters; detail is its kind",
    "exit": "a provider leaves, and why; amount is its reserves",
    "practice_joins": "a practice joins a group",
    "practice_leaves": "a practice leaves its group",
    "capital_call": "a federation without reserves calls on its members; amount is what they pay in",
    "quality_premium": "a commissioner earns the quality premium; amount is what it earns",
    "dominance_case": "the regulator opens a case against a dominant provider; detail is the function",
    "case_closed": "it closes one without a finding; detail is the function",
    "abuse_found": "it finds abuse: diversion, price or refusal; amount is the fine",
    "merger_agreed": "two providers agree to merge",
    "merger_forbidden": "the regulator forbids a merger",
    "merger": "the first takes over the other; amount is the cost of merging",
    "form_chosen": "a commissioner has appraised its options; detail is the contract form it chose",
    "accredited": "a provider is accredited; amount is the fixed yearly price for the whole service",
    "leaves_scheme": "an accredited provider gives up, and its patients choose among the others",
    "framework_formed": "a pool of qualified providers is formed; amount is their number",
    "overarching_agreement": "contracts run on under one agreement before the lot is bought; amount is their number",
    "alliance_formed": "an alliance begins; organisation is its host",
    "alliance_fails": "a convener cannot bring an alliance together",
    "falls_back": "the form wanted cannot be had, and separate contracts are bought; detail is the form",
    "board_replaces": "an alliance's board replaces a member",
    "host_replaced": "another member becomes host of an alliance; other is the host that left",
    "joint_bid": "a consortium bids; organisation is its lead, amount the number of members",
    "vehicle_formed": "a vehicle is set up to bid; other is the lead among its sponsors, amount its equity",
    "vehicle_wound_up": "a vehicle is wound up; amount is what goes back to its sponsors",
    "reform": "a reform takes effect; detail is its name",
    "shock": "a shock strikes; detail is its name",
}
"""Kind of event in the event log -> what it says. A test holds it against what the model logs."""

CHOICES: Mapping[str, Sequence[str]] = {
    "policy.form": (*FORMS, APPRAISE),
    "policy.payment": tuple(PAYMENTS),
    "policy.route": tuple(ROUTES),
    "behaviour.strategy": tuple(STRATEGIES),
    "providers[].strategy": tuple(STRATEGIES),
    "behaviour.supplier_choice": tuple(SUPPLIER_CHOICES),
    "providers[].supplier_choice": tuple(SUPPLIER_CHOICES),
}
"""Keys whose values are the variants found in a package."""

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


# Tables ---------------------------------------------------------------------------------------------------


def tables_page() -> str:
    """``docs/tables.md``."""
    lines = [
        HEADER + "# Tables of a run\n",
        "`summary.json` is always written; the tables are Parquet files beside it, switched on and off under "
        "`record`: `caremarket run` keeps all but `postings`, a sweep keeps `yearly`. Time is in months from "
        "1 April 2013, money in whole pence, shares in [0, 1]. Organisations are named by `organisations.index`. "
        "Names are stored as dictionary-encoded text in memory and as plain text in the files.\n",
    ]
    for name, schema in SCHEMAS.items():
        lines += [f"## {name}\n", TABLES[name] + "\n", "| column | type | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{f.name}` | {_arrow(f.type)} | {f.metadata[b'unit'].decode()} |" for f in schema]
        lines.append("")
    lines += ["## Kinds of events\n", "| kind | what it says |", "| --- | --- |"]
    lines += [f"| `{kind}` | {meaning} |" for kind, meaning in EVENT_KINDS.items()]
    lines += [
        "\n## Reasons\n",
        "What `detail` says where whoever acts had a reason it can name: the one that bound when the decision was "
        "taken, as the decision found it. The detail of other kinds is a name, or empty. "
        "[howto-read-the-story.md](howto-read-the-story.md) has them put into words.\n",
        "| kind | detail | what it says |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{kind}` | `{code}` | {text} |" for kind, codes in REASONS.items() for code, text in codes.items()]
    lines += [
        "\n## summary.json\n",
        "One flat object of name and number in this order; null where there was nothing to measure. "
        "[measures.md](measures.md) defines each.\n",
        ", ".join(f"`{name}`" for name in SUMMARY_NAMES) + ".\n",
        "## Tables of a sweep\n",
        "| file | rows |",
        "| --- | --- |",
        "| `runs.parquet` | one a run: `run`, `point`, `replicate`, `seed`, `label`, a column a lever, then every "
        "measure of the summary as float64, null where there was nothing to measure |",
        "| `design.parquet` | one a design point: `point`, `label`, `config_hash`, a column a lever; "
        "the file's metadata say under `caremarket.design` what was crossed and how samples were drawn |",
        "| `stopping.parquet` | with `design.stopping`, one a point and measure: `point`, `label`, `measure`, "
        "`replicates`, `mean` (of paired differences with `against`), `half_width`, `target`, `reached` |",
        "| `sensitivity.parquet` | from `caremarket sensitivity screening` and its like, one an index: "
        "`block`, `measure`, "
        "`index` (S1, ST, S2; mu, mu_star, sigma), `factor`, `other` (second factor of S2), `value`, `half_width` |",
        "| `failures.parquet` | one a run that raised: `run`, `point`, `replicate`, `seed`, `label`, `reason` |",
        "| `comparison.parquet` | one a policy and measure, written by `caremarket compare`: "
        "[howto-compare-policies.md](howto-compare-policies.md) |",
        "| `yearly.parquet` and any other table kept | as above, each row led by `run`, `point`, `replicate` |",
        "",
    ]
    return "\n".join(lines)


def _arrow(kind: pa.DataType) -> str:
    return (
        "name (text)"
        if pa.types.is_dictionary(kind)
        else {"double": "float64", "string": "text"}.get(str(kind), str(kind))
    )


# Configuration --------------------------------------------------------------------------------------------


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


def configuration_page() -> str:
    """``docs/configuration.md``."""
    local, ods = comments(CONFIGS / "market/local.yaml"), comments(CONFIGS / "market/ods.yaml")
    kinds = comments(CONFIGS / "market/kinds/nhs_2013.yaml")
    pathway = comments(CONFIGS / "pathway/nhs_ten.yaml")
    top = comments(CONFIGS / "config.yaml")
    shipped = yaml.safe_load((CONFIGS / "config.yaml").read_text(encoding="utf-8"))
    sections = [
        HEADER + "# Configuration\n",
        "Every key of a request, as it is written on the command line: "
        "`caremarket run policy.flow_down=1 horizon_years=5`. A value that is out of range, of the wrong type or "
        "under an unknown key is refused in one line with status 2. Defaults here are those of the code; where a "
        "shipped file sets another, the file's value counts: `caremarket run --cfg job` prints what a command would "
        "run, and `caremarket run --help` lists the files of each group. "
        "`--config-dir DIR` adds a folder of your own, laid out like `configs/`.\n",
        "## The request\n",
        _head(),
        _row("name", "text", f"pattern `{NAME_PATTERN}`", _default(shipped["name"]), top["name"]),
        _row("seed", "whole number", allowed_values(Request, ("seed",)), _default(shipped["seed"]), top["seed"]),
        _row(
            "replicates",
            "whole number",
            allowed_values(Request, ("replicates",)),
            _default(shipped["replicates"]),
            top["replicates"],
        ),
        _row("horizon_years", "number", "above 0 to 50", _default(shipped["horizon_years"]), top["horizon_years"]),
        _row("output_root", "text", "", _default(shipped["output_root"]), top["output_root"]),
        *_request_rows(top),
        *_search_rows(top),
        *_validate_rows(),
        "",
        "## Markets: `market`\n",
        "`market=local` is synthetic, `market=ods` reads registers, `market=roster` a file of yours. "
        "Levels `{mean, sd}` are normal and clipped to [0, 1]; spreads `{median, sigma}` are log-normal.\n",
        _head(),
        _row("market.ods_dir", "text", "", "null", ods["ods_dir"]),
        _row("market.ods_regions", "list", "", "empty", ods["ods_regions"]),
        _row("market.ods_as_of", "date", "YYYY-MM-DD", "2015-11-27", ods["ods_as_of"]),
        _row("market.patients_csv", "text", "", "null", ods["patients_csv"]),
        _row("market.roster", "text", "", "null", comments(CONFIGS / "market/roster.yaml")["roster"]),
        *_rows(models.SyntheticSpec, "market.synthetic", _under(local, "synthetic")),
        *_rows(models.RegisterSpec, "market.register_fill", _under(ods, "register_fill")),
        *_rows(
            models.MarketSpec,
            "market",
            {"commissioner_skill": "skill of commissioners in judging bids, running procurements and coordinating"},
            only=("commissioner_skill", "commissioner_data_quality", "initial_trust", "federation_forms"),
        ),
        "",
        "## From kinds to capacities: `market.fit`\n",
        "Set by `configs/market/fit/nhs_2013.yaml`, another file beside it as `market/fit=<name>`.\n",
        _head(),
        *_rows(models.FitSpec, "market.fit", comments(CONFIGS / "market/fit/nhs_2013.yaml")),
        "",
        "## Kinds of provider: `market.kinds.<kind>`\n",
        f"Kinds: {_listed(models.PROVIDER_KINDS)}. Functions: {_listed(FUNCTIONS)}. The figures shipped, with their "
        "reasoning, are in `configs/market/kinds/nhs_2013.yaml`.\n",
        _head(),
        *_rows(models.ProviderKindSpec, "market.kinds.<kind>", _starred(models.ProviderKindSpec, kinds)),
        "",
        "## Pathways: `pathway.<name>`\n",
        "Shipped: `pathway=nhs_ten` and `pathway=two`. The mapping's keys are the pathways' names.\n",
        _head(),
        *_rows(models.PathwaySpec, "pathway.<name>", pathway, leave_out=("name",)),
        "",
        "## Levers: `policy`\n",
        "What a commissioner or regulator can choose. Shipped: "
        + _listed(_files("policy"))
        + ", as `policy=<name>`. Defaults are those of `separate`.\n",
        _head(),
        *_rows(PolicySpec, "policy", comments(CONFIGS / "policy/separate.yaml")),
        "",
        "## Dates: `calendar` and `shocks`\n",
        "Both are empty unless set, and map names of yours to entries: "
        "`'+calendar.reform={month: 36, policy: {form: prime_provider, lot_scope: pathway}}'` changes levers in month "
        "36, `'+shocks.one={month: 24, kind: practice_withdraws}'` has the largest practice of a federation leave.\n",
        _head(),
        *_rows(
            models.Reform,
            "calendar.<name>",
            {"month": "months from 1 April 2013 at which it takes effect", "policy": "lever → new value"},
        ),
        *_rows(
            models.Shock,
            "shocks.<name>",
            {
                "month": "months from 1 April 2013 at which it strikes",
                "kind": "practices leave their federation, providers become insolvent, or reserves are lost",
                "count": "how many are hit, the largest first",
                "who": "kind or id of those hit; empty for any",
                "share": "share of reserves that `funds_lost` takes",
            },
        ),
        "",
        "## Mechanisms: `mechanisms`\n",
        "Switches. `mechanisms=all` has every one on, `mechanisms=none` every one off.\n",
        _head(),
        *_rows(MechanismSpec, "mechanisms", comments(CONFIGS / "mechanisms/all.yaml")),
        "",
        "## Behaviour: `behaviour`\n",
        "Parameters of decisions that nobody can choose.\n",
        _head(),
        *_behaviour_rows(),
        "",
        "## What is kept: `record`\n",
        "Shipped: " + _listed(_files("record")) + ". `caremarket run` takes `full`, `caremarket sweep` `yearly`.\n",
        _head(),
        *_rows(models.RecordSpec, "record", comments(CONFIGS / "record/full.yaml")),
        "",
        "## Runner and tracking\n",
        _head(),
        *_runner_rows(),
        *_rows(
            TrackingSpec,
            "tracking",
            {"kind": "where results are tracked", **comments(CONFIGS / "tracking/mlflow.yaml")},
        ),
        "",
        "## Roster\n",
        "Keys of the YAML file named by `market.roster`, or of `market.roster` itself where a scenario file spells it "
        "out. `tests/data/roster_small.yaml` is a small one. What is left out about a provider is drawn from its "
        "kind.\n",
        _head(),
        *_roster_rows(),
        "",
    ]
    return "\n".join(sections)


def _head() -> str:
    return "| key | type | allowed | default | meaning |\n| --- | --- | --- | --- | --- |"


def _row(key: str, kind: str, allowed: str, default: str, meaning: str) -> str:
    cells = (f"`{key}`", kind, allowed, default, meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rows(
    model: type[BaseModel],
    prefix: str,
    told: Mapping[str, str],
    only: Sequence[str] = (),
    leave_out: Sequence[str] = (),
) -> Iterator[str]:
    """A row a field; a field without a meaning is an error, so that none is forgotten."""
    for name, field in model.model_fields.items():
        if (only and name not in only) or name in leave_out:
            continue
        key = f"{prefix}.{name}"
        short = ".".join(key.split(".")[1:])
        meaning = UNTOLD.get(short) or told.get(name) or UNTOLD.get(name)
        if meaning is None:
            raise KeyError(f"{key}: no comment in configs/ says what it means")
        kind = "choice" if key in CHOICES else _kind(field.annotation)
        yield _row(key, kind, _allowed(model, name, key), _of(field), meaning)


def _of(field: Any) -> str:
    if field.default_factory is not None:
        made = field.default_factory()
        return "as shipped" if isinstance(made, BaseModel) else _default(made)
    if field.default is PydanticUndefined:
        return "none, must be given"
    return _default(field.default)


def _default(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, BaseModel):
        return ", ".join(f"{k} {v:g}" for k, v in value.model_dump().items())
    if isinstance(value, dict) and value:
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, tuple | dict):
        return "empty" if not value else str(value)
    return f"{value:,}".replace(",", "_") if isinstance(value, int) else str(value)


def _kind(annotation: Any) -> str:
    names = {int: "whole number", float: "number", bool: "true or false", str: "text"}
    if annotation in names:
        return names[annotation]
    if annotation is validation.Spread:
        return "{median, sigma}"
    if annotation is validation.Level:
        return "{mean, sd}"
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return f"{_kind(args[0]) if args[0] is str else 'name'} → {_kind(args[1])}"
    if origin is tuple:
        return "list"
    if args and all(isinstance(a, str) for a in args):
        return "choice"
    kinds = [_kind(a) for a in args if a is not type(None)]
    return kinds[0] if kinds else str(annotation)


def _allowed(model: type[BaseModel], name: str, key: str) -> str:
    choices = CHOICES.get(key)
    if choices:
        return ", ".join(choices)
    annotation = model.model_fields[name].annotation
    optional = [a for a in get_args(annotation) if a is not type(None)]
    for mapping in (annotation, *optional):
        if get_origin(mapping) is dict:
            values = _marks(None, [get_args(mapping)[1]])
            return f"values {values}" if values else ""
    return (allowed_values(model, (name,)) or _marks(annotation, optional)).replace("above 0.0", "above 0")


def _marks(annotation: Any, optional: Sequence[Any]) -> str:
    """Range of an optional or dictionary value, or the choices of an optional literal."""
    for inner in [*optional, *(a for o in optional for a in get_args(o)), *get_args(annotation)]:
        values = get_args(inner)
        if values and all(isinstance(v, str) for v in values):
            return ", ".join(values)
        for mark in getattr(inner, "__metadata__", ()):
            found = _range(mark)
            if found:
                return found
    return ""


def _range(mark: Any) -> str:
    marks = getattr(mark, "metadata", [mark])
    low = next((m.ge for m in marks if hasattr(m, "ge")), None)
    high = next((m.le for m in marks if hasattr(m, "le")), None)
    above = next((m.gt for m in marks if hasattr(m, "gt")), None)
    start = f"above {above:g}" if above is not None else "" if low is None else f"{low:g}"
    if start and high is not None:
        return f"{start} to {high:g}"
    return start if above is not None else f"{start} or more" if start else ""


def _under(told: Mapping[str, str], section: str) -> dict[str, str]:
    return {key.removeprefix(f"{section}."): text for key, text in told.items() if key.startswith(f"{section}.")}


def _starred(model: type[BaseModel], told: Mapping[str, str]) -> dict[str, str]:
    """Meanings with entries such as ``reach_*`` given to each field they fit."""
    found = {key: text for key, text in told.items() if "." not in key}
    for key, text in told.items():
        if key.endswith("*"):
            found.update({name: text for name in model.model_fields if name.startswith(key[:-1])})
    return found


def _request_rows(top: Mapping[str, str]) -> Iterator[str]:
    """The ``design`` section. ``uncertainties`` has the parts of ``levers``, and its rows say so once."""
    lists = {"arms": "name → levers", "grid": "lever → values", "one_at_a_time": "lever → values"}
    for name in ("arms", "grid"):
        yield _row(f"design.{name}", lists[name], "", "empty", top[f"design.{name}"])
    yield from _sample_rows(RandomSpec, "design.random", top)
    for name, kind in lists.items():
        yield _row(f"design.levers.{name}", kind, "", "empty", top[f"design.levers.{name}"])
    yield from _sample_rows(SampleSpec, "design.levers.sample", top)
    yield _row("design.uncertainties", "as `design.levers`", "", "empty", top["design.uncertainties"])
    told = {
        "measures": "measure → half-width of its 95% interval to be reached, in its own unit",
        "min_replicates": "replicates of a point before the first decision",
        "max_replicates": "replicates at which a point ends in any case; `replicates` is not used",
        "batch": "replicates between two decisions",
        "against": "arm with which the others are compared: intervals are of paired differences",
    }
    yield _row("design.stopping", "section", "", "null", top["design.stopping"])
    yield from _rows(StoppingSpec, "design.stopping", told)


def _sample_rows(model: type[BaseModel], prefix: str, top: Mapping[str, str]) -> Iterator[str]:
    over = {"over": "lever → range or choices", "levers": "lever → range or choices"}
    for name, field in model.model_fields.items():
        key = f"{prefix}.{name}"
        kind = "choice" if name == "sampler" else over.get(name) or _kind(field.annotation)
        allowed = ", ".join(sorted(SAMPLERS)) if name == "sampler" else allowed_values(model, (name,))
        yield _row(key, kind, allowed, _of(field), top[key])


def _search_rows(top: Mapping[str, str]) -> Iterator[str]:
    kinds = {"levers": "lever → range or choices", "objectives": "measure → choice", "constraints": "measure → limits"}
    allowed = {"objectives": "minimize, maximize", "sampler": ", ".join(sorted(SEARCH_SAMPLERS))}
    for name, field in SearchSpec.model_fields.items():
        kind = kinds.get(name) or ("choice" if name == "sampler" else _kind(field.annotation))
        limits = allowed.get(name, _allowed(SearchSpec, name, f"search.{name}"))
        default = "empty" if name in kinds else _default(field.default)
        yield _row(
            f"search.{name}", kind, "" if name in {"levers", "constraints"} else limits, default, top[f"search.{name}"]
        )


def _validate_rows() -> Iterator[str]:
    """The ``validate`` section, which only ``caremarket validate`` has."""
    path = CONFIGS / "validate/full.yaml"
    told = comments(path)
    section = yaml.safe_load(path.read_text(encoding="utf-8"))["validate"]
    kinds = {list: "list", float: "number", int: "whole number", str: "text"}
    for part in ("parts", "only"):
        yield _row(f"validate.{part}", "list", "", _default(section[part]), told[f"validate.{part}"])
    for part in ("rule", "robustness", "calibration"):
        for name, value in section[part].items():
            if name == "matters":
                meaning = "smallest change of each measure that matters: [validation.md](validation.md)"
                yield _row("validate.rule.matters", "measure → amount or share", "", "in the file", meaning)
            else:
                key = f"validate.{part}.{name}"
                yield _row(key, kinds[type(value)], "", _default(value), told[key])


def _runner_rows() -> Iterator[str]:
    for name in _files("runner"):
        path = CONFIGS / f"runner/{name}.yaml"
        told = comments(path)
        for key, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not key.startswith("_"):
                kind = _runner_kind(key)
                yield _row(f"runner.{key}", f"{kind}, `runner={name}`", "", _default(value), told[key])


def _runner_kind(key: str) -> str:
    if key in {"address", "parts", "simulate"}:
        return "text"
    return "whole number" if key == "workers" else "number"


def _behaviour_rows() -> Iterator[str]:
    """Parameters of ``behaviour/default.yaml``, then those of each folder beside it."""
    groups = [n for n, f in BehaviourSpec.model_fields.items() if isinstance(f.default, validation.Strict)]
    told = comments(CONFIGS / "behaviour/default.yaml")
    yield from _rows(BehaviourSpec, "behaviour", told, leave_out=groups)
    for group in groups:
        told = comments(CONFIGS / f"behaviour/{group}/default.yaml")
        yield from _rows(type(BehaviourSpec.model_fields[group].default), f"behaviour.{group}", told)


def _roster_rows() -> Iterator[str]:
    parts: tuple[tuple[str, type[BaseModel]], ...] = (
        ("commissioners[].", models.RosterCommissioner),
        ("providers[].", models.RosterProvider),
        ("contracts[].", models.RosterContract),
    )
    yield _row("pathways[]", "list", "", "empty", ROSTER["pathways[]"])
    for prefix, model in parts:
        for name, field in model.model_fields.items():
            key = prefix + name
            kind = "choice" if key in CHOICES else _kind(field.annotation)
            yield _row(key, kind, _allowed(model, name, key), _of(field), ROSTER[key])
    yield _row("initial_contracts", "true or false", "", "true", ROSTER["initial_contracts"])


def _files(group: str) -> list[str]:
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def validation_page() -> str:
    """``validation.md`` with what follows from files between its marks: verdicts, and smallest effects that matter."""
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    rows = json.loads((DOCS / "verdicts.json").read_bytes())
    notes = {file.hypothesis.id: file.hypothesis.note for file in stated_hypotheses()}
    rule = yaml.safe_load((CONFIGS / "validate/full.yaml").read_text(encoding="utf-8"))["validate"]["rule"]
    made = max(max(row["runs"], row["ablation_runs"]) for row in rows)
    quick = (
        f"**A quick result: {made} paired seeds, one look.** Intervals are wide, and much that is undecided here need "
        "not be after the whole run.\n\n"
    )
    verdicts = (quick if made < rule["looks"][0] else "") + verdict_page(rows, notes)
    matters = ["| measure | smallest change that matters | why |", "| --- | --- | --- |"]
    for name, least in rule["matters"].items():
        amount = f"{100 * least['share']:g}%" if "share" in least else formatted_change(name, least["amount"], False)
        matters.append(f"| `{name}` | {amount} | {least['why']} |")
    for mark, text in (("verdicts", verdicts), ("matters", "\n".join(matters) + "\n")):
        begin, end = f"<!-- {mark}: written by docs/generate.py -->\n", f"<!-- end of {mark} -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return page


def pages() -> dict[Path, str]:
    """Path -> content of every page that is generated."""
    sys.path.insert(0, str(DOCS))
    from coverage_page import coverage_page
    from odd_tables import odd_tables_page
    from sensitivity_page import sensitivity_page

    return {
        DOCS / "tables.md": tables_page(),
        DOCS / "configuration.md": configuration_page(),
        DOCS / "coverage.md": coverage_page(HEADER),
        DOCS / "validation.md": validation_page(),
        DOCS / "odd-tables.md": odd_tables_page(HEADER),
        DOCS / "sensitivity.md": sensitivity_page(HEADER),
    }


if __name__ == "__main__":
    for page, content in pages().items():
        page.write_text(content, encoding="utf-8")
        print(f"Wrote {page.relative_to(DOCS.parent)}")
    sys.exit(0)
