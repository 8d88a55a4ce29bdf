"""The page ``docs/configuration.md``: a section for each group of keys.

Keys with type, range and default come from the models of :mod:`caremarket.market.scenario`, the meaning of a key from
the comment beside it in ``configs/``.
"""

from __future__ import annotations

import yaml

from caremarket.experiments.configuration.allowed import allowed_values
from caremarket.experiments.configuration.request import NAME_PATTERN, Request, TrackingSpec
from caremarket.market.levers import PolicySpec
from caremarket.market.market_spec import FitSpec, MarketSpec, RegisterSpec, SyntheticSpec
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.provider_kinds import ProviderKindSpec, lasting_kinds
from caremarket.market.scenario import RecordSpec, Reform, Shock
from tools.docs.configuration.meanings import comments, starred, under
from tools.docs.configuration.rows import files, head, listed, row, rows
from tools.docs.configuration.sections import (
    behaviour_rows,
    design_rows,
    roster_rows,
    runner_rows,
    search_rows,
    validate_rows,
)
from tools.docs.configuration.values import default_text
from tools.docs.places import CONFIGS, HEADER


def configuration_page() -> str:
    """``docs/configuration.md``."""
    sections = [
        HEADER + "# Configuration\n",
        "Every key of a request, as written on the command line: "
        "`caremarket run policy.flow_down=1 horizon_years=5`. A value that is out of range, of the wrong type or "
        "under an unknown key is refused in one line with status 2. Defaults here are those of the code; where a "
        "shipped file sets another, the file's value counts: `caremarket run --cfg job` prints what a command would "
        "run, and `caremarket run --help` lists the files of each group. "
        "`--config-dir DIR` adds a folder of your own, laid out like `configs/`.\n",
        *_request(),
        *_markets(),
        *_fit(),
        *_kinds(),
        *_pathways(),
        *_levers(),
        *_dates(),
        *_mechanisms(),
        *_behaviour(),
        *_record(),
        *_runner(),
        *_roster(),
    ]
    return "\n".join(sections)


def _request() -> list[str]:
    top = comments(CONFIGS / "config.yaml")
    shipped = yaml.safe_load((CONFIGS / "config.yaml").read_text(encoding="utf-8"))
    return [
        "## The request\n",
        head(),
        row("name", "text", f"pattern `{NAME_PATTERN}`", default_text(shipped["name"]), top["name"]),
        row("seed", "whole number", allowed_values(Request, ("seed",)), default_text(shipped["seed"]), top["seed"]),
        row(
            "replicates",
            "whole number",
            allowed_values(Request, ("replicates",)),
            default_text(shipped["replicates"]),
            top["replicates"],
        ),
        row("horizon_years", "number", "above 0 to 50", default_text(shipped["horizon_years"]), top["horizon_years"]),
        row("output_root", "text", "", default_text(shipped["output_root"]), top["output_root"]),
        row("extensions", "names of modules", "", default_text(shipped["extensions"]), top["extensions"]),
        *design_rows(top),
        *search_rows(top),
        *validate_rows(),
        "",
    ]


def _markets() -> list[str]:
    local, ods = comments(CONFIGS / "market/local.yaml"), comments(CONFIGS / "market/ods.yaml")
    return [
        "## Markets: `market`\n",
        "`market=local` is synthetic, `market=ods` reads registers, `market=roster` reads your own file. "
        "Levels `{mean, sd}` are normal and clipped to [0, 1]; spreads `{median, sigma}` are log-normal.\n",
        head(),
        row("market.ods_dir", "text", "", "null", ods["ods_dir"]),
        row("market.ods_regions", "list", "", "empty", ods["ods_regions"]),
        row("market.ods_as_of", "date", "YYYY-MM-DD", "2015-11-27", ods["ods_as_of"]),
        row("market.patients_csv", "text", "", "null", ods["patients_csv"]),
        row("market.roster", "text", "", "null", comments(CONFIGS / "market/roster.yaml")["roster"]),
        *rows(SyntheticSpec, "market.synthetic", under(local, "synthetic")),
        *rows(RegisterSpec, "market.register_fill", under(ods, "register_fill")),
        *rows(
            MarketSpec,
            "market",
            {"commissioner_skill": "skill of commissioners in judging bids, running procurements and coordinating"},
            only=("commissioner_skill", "commissioner_data_quality", "initial_trust", "federation_forms"),
        ),
        "",
    ]


def _fit() -> list[str]:
    return [
        "## From kinds to capacities: `market.fit`\n",
        "Set by `configs/market/fit/nhs_2013.yaml`; `market/fit=<name>` selects another file in that folder.\n",
        head(),
        *rows(FitSpec, "market.fit", comments(CONFIGS / "market/fit/nhs_2013.yaml")),
        "",
    ]


def _kinds() -> list[str]:
    return [
        "## Kinds of provider: `market.kinds.<kind>`\n",
        f"Kinds: {listed([k.name for k in lasting_kinds()])}. Functions: {listed(FUNCTIONS)}. The figures shipped, "
        "with their reasoning, are in `configs/market/kinds/nhs_2013.yaml`.\n",
        head(),
        *rows(
            ProviderKindSpec,
            "market.kinds.<kind>",
            starred(ProviderKindSpec, comments(CONFIGS / "market/kinds/nhs_2013.yaml")),
        ),
        "",
    ]


def _pathways() -> list[str]:
    return [
        "## Pathways: `pathway.<name>`\n",
        "Shipped: `pathway=nhs_ten` and `pathway=two`. The mapping's keys are the pathways' names.\n",
        head(),
        *rows(PathwaySpec, "pathway.<name>", comments(CONFIGS / "pathway/nhs_ten.yaml"), leave_out=("name",)),
        "",
    ]


def _levers() -> list[str]:
    return [
        "## Levers: `policy`\n",
        "Choices of commissioners and regulators. Shipped: "
        + listed(files("policy"))
        + ", as `policy=<name>`. Defaults are those of `separate`.\n",
        head(),
        *rows(PolicySpec, "policy", comments(CONFIGS / "policy/separate.yaml")),
        "",
    ]


def _dates() -> list[str]:
    return [
        "## Dates: `calendar` and `shocks`\n",
        "Both are empty unless set, and map names that you choose to entries: "
        "`'+calendar.reform={month: 36, policy: {form: prime_provider, lot_scope: pathway}}'` changes levers in month "
        "36, `'+shocks.one={month: 24, kind: practice_withdraws}'` has the largest practice of a federation leave.\n",
        head(),
        *rows(
            Reform,
            "calendar.<name>",
            {"month": "months from 1 April 2013 at which it takes effect", "policy": "lever → new value"},
        ),
        *rows(
            Shock,
            "shocks.<name>",
            {
                "month": "months from 1 April 2013 at which it occurs",
                "kind": "practices leave their federation, providers become insolvent, reserves are lost, or the "
                "allocation of commissioners is cut",
                "count": "number of organisations hit, the largest first",
                "who": "kind or id of the organisations hit, for commissioners their id, area or region; empty for any",
                "share": "share of reserves lost by `funds_lost`, or of the allocation cut by `allocation`",
            },
        ),
        "",
    ]


def _mechanisms() -> list[str]:
    return [
        "## Mechanisms: `mechanisms`\n",
        "Switches. `mechanisms=all` sets all of them on, `mechanisms=none` all of them off.\n",
        head(),
        *rows(MechanismSpec, "mechanisms", comments(CONFIGS / "mechanisms/all.yaml")),
        "",
    ]


def _behaviour() -> list[str]:
    return [
        "## Behaviour: `behaviour`\n",
        "Parameters of decisions that are not levers.\n",
        head(),
        *behaviour_rows(),
        "",
    ]


def _record() -> list[str]:
    return [
        "## What is kept: `record`\n",
        "Shipped: " + listed(files("record")) + ". `caremarket run` takes `full`, `caremarket sweep` `yearly`.\n",
        head(),
        *rows(RecordSpec, "record", comments(CONFIGS / "record/full.yaml")),
        "",
    ]


def _runner() -> list[str]:
    return [
        "## Runner and tracking\n",
        head(),
        *runner_rows(),
        *rows(
            TrackingSpec,
            "tracking",
            {"kind": "kind of tracking", **comments(CONFIGS / "tracking/mlflow.yaml")},
        ),
        "",
    ]


def _roster() -> list[str]:
    return [
        "## Roster\n",
        "Keys of the YAML file named by `market.roster`, or of `market.roster` itself if a scenario file lists the "
        "roster. `tests/data/roster_small.yaml` is a small example. Missing values of a provider are drawn from the "
        "distributions of its kind.\n",
        head(),
        *roster_rows(),
        "",
    ]
