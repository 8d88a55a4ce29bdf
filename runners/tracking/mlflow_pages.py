"""Presentation of runs on MLflow's own pages: descriptions with units, and a view with useful columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from caremarket.agents.records.measures import headline_names
from caremarket.experiments.analysis.measures import kept_unit, readable, with_half_width
from caremarket.experiments.analysis.statistics import Estimate
from caremarket.runners.tracking.mlflow_store import Store

NOTE = "mlflow.note.content"
"""The tag that MLflow's page shows as a description, in Markdown."""
VIEW = "caremarket"
"""Key of the view of an experiment that :func:`view_path` opens: levers and headline measures as columns."""
VIEW_LEVERS = 12
VIEW_MEASURES = (
    "hhi_direct",
    "hhi_delivered",
    "sme_value_share_direct",
    "sme_value_share_delivered",
    "outcome_index",
    "public_cost_pence",
)
NOTE_POINTS = 12
"""Number of points whose outcomes are in the description of a sweep."""


def units() -> str:
    """A Markdown table of the headline measures and their units."""
    rows = [f"| `{name}` | {readable(name)} | {kept_unit(name)} |" for name in headline_names()]
    return "\n".join(["| metric | measure | unit |", "|---|---|---|", *rows])


def experiment_tags() -> dict[str, str]:
    """Tags of an experiment: its kind for MLflow, and the description of its runs with the units of measures."""
    return {
        # MLflow then shows runs with params and metrics, not traces of language models.
        "mlflow.experimentKind": "custom_model_development",
        NOTE: (
            "A sweep is a run with a run for each design point beneath it: its levers are params, its outcomes "
            "metrics. A metric named like a measure is the mean over replicates; `_sd` is the standard deviation and "
            "`_half_width` half the 95% interval of the mean, in the same unit. Money is in pence, shares are in "
            "[0, 1], concentration (HHI) is on 0 to 10,000. Kinds of run are tagged `kind`: sweep, point, run, search, "
            "trial or validation.\n\n"
            f"{units()}"
        ),
    }


def outcomes(points: Sequence[tuple[str, Mapping[str, Estimate]]]) -> str:
    """A Markdown table of the headline measures with a column for each of the first few points."""
    shown = [(label, found) for label, found in points if found][:NOTE_POINTS]
    if not shown:
        return ""
    lines = [
        "| | " + " | ".join(label.replace("|", "/") for label, _ in shown) + " |",
        "|---|" + "---:|" * len(shown),
    ]
    for name in headline_names():
        cells = " | ".join(with_half_width(name, found.get(name)) for _, found in shown)
        lines.append(f"| {readable(name)} | {cells} |")
    more = len(points) - len(shown)
    return "\n".join(lines) + (f"\n\n{more} more points are listed below this run." if more > 0 else "")


def set_view(store: Store, experiment: str, levers: Sequence[str], measures: Sequence[str] = VIEW_MEASURES) -> None:
    """Save a view of the experiment's runs with levers and measures as columns.

    It is stored as MLflow's page stores the views that its users share.
    """
    columns = [f"params.`{key}`" for key in levers[:VIEW_LEVERS] or ("policy.form",)]
    columns += [f"metrics.`{name}`" for name in measures]
    state = {
        "searchFilter": "",
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": columns,
    }
    store.client.set_experiment_tag(experiment, f"mlflow.sharedViewState.{VIEW}", json.dumps(state))


def view_path(experiment: str) -> str:
    """Path and query on MLflow's page of an experiment's runs in the view made by :func:`set_view`."""
    return f"/#/experiments/{experiment}/runs?viewStateShareKey={VIEW}&workflowType=machine_learning"
