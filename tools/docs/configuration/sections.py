"""Rows of the sections described by several models: design, search, validate, runner, behaviour and roster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml
from pydantic import BaseModel

from caremarket.experiments.configuration.allowed import allowed_values
from caremarket.experiments.design.sampling import SAMPLERS
from caremarket.experiments.design.section import RandomSpec, SampleSpec, StoppingSpec
from caremarket.experiments.search.samplers import SAMPLERS as SEARCH_SAMPLERS
from caremarket.experiments.search.section import SearchSpec
from caremarket.market import validation
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.roster import RosterCommissioner, RosterContract, RosterProvider
from tools.docs.configuration.meanings import ROSTER, comments
from tools.docs.configuration.rows import files, row, rows
from tools.docs.configuration.values import CHOICES, allowed_text, default_of, default_text, kind_text
from tools.docs.places import CONFIGS


def design_rows(top: Mapping[str, str]) -> Iterator[str]:
    """The ``design`` section. ``uncertainties`` has the same parts as ``levers``, stated in one row."""
    lists = {"arms": "name → levers", "grid": "lever → values", "one_at_a_time": "lever → values"}
    for name in ("arms", "grid"):
        yield row(f"design.{name}", lists[name], "", "empty", top[f"design.{name}"])
    yield from _sample_rows(RandomSpec, "design.random", top)
    for name, kind in lists.items():
        yield row(f"design.levers.{name}", kind, "", "empty", top[f"design.levers.{name}"])
    yield from _sample_rows(SampleSpec, "design.levers.sample", top)
    yield row("design.uncertainties", "as `design.levers`", "", "empty", top["design.uncertainties"])
    told = {
        "measures": "measure → half-width of its 95% interval to be reached, in its own unit",
        "min_replicates": "replicates of a point before the first decision",
        "max_replicates": "maximum number of replicates of a point; `replicates` is not used",
        "batch": "replicates between two decisions",
        "against": "arm with which the others are compared; intervals are of paired differences",
    }
    yield row("design.stopping", "section", "", "null", top["design.stopping"])
    yield from rows(StoppingSpec, "design.stopping", told)


def _sample_rows(model: type[BaseModel], prefix: str, top: Mapping[str, str]) -> Iterator[str]:
    over = {"over": "lever → range or choices", "levers": "lever → range or choices"}
    for name, field in model.model_fields.items():
        key = f"{prefix}.{name}"
        kind = "choice" if name == "sampler" else over.get(name) or kind_text(field.annotation)
        allowed = ", ".join(sorted(SAMPLERS)) if name == "sampler" else allowed_values(model, (name,))
        yield row(key, kind, allowed, default_of(field), top[key])


def search_rows(top: Mapping[str, str]) -> Iterator[str]:
    """The ``search`` section."""
    kinds = {"levers": "lever → range or choices", "objectives": "measure → choice", "constraints": "measure → limits"}
    allowed = {"objectives": "minimize, maximize", "sampler": ", ".join(sorted(SEARCH_SAMPLERS))}
    for name, field in SearchSpec.model_fields.items():
        kind = kinds.get(name) or ("choice" if name == "sampler" else kind_text(field.annotation))
        limits = allowed.get(name, allowed_text(SearchSpec, name, f"search.{name}"))
        default = "empty" if name in kinds else default_text(field.default)
        yield row(
            f"search.{name}", kind, "" if name in {"levers", "constraints"} else limits, default, top[f"search.{name}"]
        )


def validate_rows() -> Iterator[str]:
    """The ``validate`` section, which only ``caremarket validate`` has."""
    path = CONFIGS / "validate/full.yaml"
    told = comments(path)
    section = yaml.safe_load(path.read_text(encoding="utf-8"))["validate"]
    kinds = {list: "list", float: "number", int: "whole number", str: "text"}
    for part in ("parts", "only"):
        yield row(f"validate.{part}", "list", "", default_text(section[part]), told[f"validate.{part}"])
    for part in ("rule", "robustness", "calibration", "market"):
        for name, value in section[part].items():
            if name == "matters":
                meaning = "smallest change of each measure that matters: [validation.md](validation.md)"
                yield row("validate.rule.matters", "measure → amount or share", "", "in the file", meaning)
            else:
                key = f"validate.{part}.{name}"
                yield row(key, kinds[type(value)], "", default_text(value), told[key])


def runner_rows() -> Iterator[str]:
    """Keys of each runner."""
    for name in files("runner"):
        path = CONFIGS / f"runner/{name}.yaml"
        told = comments(path)
        for key, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not key.startswith("_"):
                kind = _runner_kind(key)
                yield row(f"runner.{key}", f"{kind}, `runner={name}`", "", default_text(value), told[key])


def _runner_kind(key: str) -> str:
    if key in {"address", "parts", "simulate"}:
        return "text"
    return "whole number" if key == "workers" else "number"


def behaviour_rows() -> Iterator[str]:
    """Parameters of ``behaviour/default.yaml``, then those of each folder beside it."""
    groups = [n for n, f in BehaviourSpec.model_fields.items() if isinstance(f.default, validation.Strict)]
    told = comments(CONFIGS / "behaviour/default.yaml")
    yield from rows(BehaviourSpec, "behaviour", told, leave_out=groups)
    for group in groups:
        told = comments(CONFIGS / f"behaviour/{group}/default.yaml")
        yield from rows(type(BehaviourSpec.model_fields[group].default), f"behaviour.{group}", told)


def roster_rows() -> Iterator[str]:
    """Keys of a roster file."""
    parts: tuple[tuple[str, type[BaseModel]], ...] = (
        ("commissioners[].", RosterCommissioner),
        ("providers[].", RosterProvider),
        ("contracts[].", RosterContract),
    )
    yield row("pathways[]", "list", "", "empty", ROSTER["pathways[]"])
    for prefix, model in parts:
        for name, field in model.model_fields.items():
            key = prefix + name
            kind = "choice" if key in CHOICES else kind_text(field.annotation)
            yield row(key, kind, allowed_text(model, name, key), default_of(field), ROSTER[key])
    yield row("initial_contracts", "true or false", "", "true", ROSTER["initial_contracts"])
