"""``caremarket validate``: what the market is claimed to do, put to the test; goes on where it was interrupted."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pyarrow as pa

from caremarket.experiments.configuration import Request, request_from_config
from caremarket.experiments.design.plan import Design, Point
from caremarket.experiments.design.points import Compose
from caremarket.experiments.evidence.trials import Trial, off_arms, on_arms
from caremarket.experiments.evidence.validation_spec import ValidateSpec, validate_from_config
from caremarket.experiments.evidence.verdict_table import verdict_page
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.commands.sweep import ManyRuns, common
from caremarket.runners.compose.composition import group_choices
from caremarket.runners.compose.experiment_files import Arms, ExperimentFile, stated_hypotheses
from caremarket.runners.console import out
from caremarket.runners.execution.interruption import listen, room_needed, stops_cleanly, undisturbed
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.identity import identifier, run_hash
from caremarket.runners.storage.manifest import OFF, PENDING, shown_config
from caremarket.runners.storage.provenance import code_version, package_versions, source_digest
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.tracking.base import open_store, track, without_password
from caremarket.runners.validation import PARTS, Asked, Job, Row, Workplace

log = logging.getLogger("caremarket")
VERDICTS = PARTS["hypotheses"].file


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(ManyRuns):
    """A checked request for a validation.

    Attributes:
        asked: what its parts are given.
        jobs: name of each part that is to be done -> its job, in order.
    """

    asked: Asked
    jobs: Mapping[str, Job]


def plan(config: Mapping[str, Any], compose: Compose, groups: frozenset[str], overrides: Sequence[str]) -> Plan:
    """Check everything about a request before anything is run.

    Args:
        config: the composed configuration.
        compose: composes the same request with other choices of groups.
        groups: names of the configuration groups.
        overrides: what was asked for on the command line.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    spec = validate_from_config(config.get("validate"))
    unknown = [name for name in spec.parts if name not in PARTS]
    if unknown:
        raise ConfigurationError("part", f"{unknown[0]!r} is unknown; choose from: {', '.join(PARTS)}")
    files = stated_hypotheses(spec.only)
    _check_measures(files, spec)
    arms = Arms(compose, groups, overrides)
    asked = _asked(request, spec, files, arms)
    hashes = [run_hash(scenario, request.seed) for scenario in asked.scenarios]
    content = {
        "points": [[p.label, found] for p, found in zip(asked.design.points, hashes, strict=True)],
        "spec": spec.model_dump(mode="json", exclude={"parts", "only", "theory", "robustness", "calibration"}),
        "seed": request.seed,
    }
    return Plan(
        **common(config, request, content),
        asked=asked,
        jobs={name: PARTS[name].prepare(asked) for name in dict.fromkeys(spec.parts)},
    )


def _check_measures(files: Sequence[ExperimentFile], spec: ValidateSpec) -> None:
    for file in files:
        for claim in file.hypothesis.claims:
            if claim.measure not in spec.rule.matters:
                raise ConfigurationError(
                    f"validate.rule.matters.{claim.measure}", f"is not given; {file.hypothesis.id} is decided by it"
                )


def _asked(request: Request, spec: ValidateSpec, files: tuple[ExperimentFile, ...], arms: Arms) -> Asked:
    """The hypotheses as one design: their arms with the mechanism, then without it."""
    points: list[Point] = []
    scenarios: list[Scenario] = []

    def add(file: ExperimentFile, variant: str, arm: str) -> int:
        # Where arms of their own stand for the mechanism being off, nothing is switched: ``off`` is empty.
        levers = {**(file.off() if variant == "off" else {}), **file.arms[arm]}
        scenarios.append(arms.scenario(file, levers))
        points.append(Point(len(points), f"{file.name} {variant} {arm}", levers))
        return len(points) - 1

    trials = []
    for file in files:
        on = {arm: add(file, "on", arm) for arm in on_arms(file.hypothesis)}
        off = {arm: add(file, "off", arm) for arm in off_arms(file.hypothesis)}
        trials.append(Trial(file.name, file.hypothesis, on, off))
    design = Design(tuple(points), spec.rule.looks[-1], request.seed)
    return Asked(
        request=request,
        spec=spec,
        files=files,
        arms=arms,
        trials=tuple(trials),
        design=design,
        scenarios=tuple(scenarios),
    )


def validate(plan: Plan) -> int:
    """Do the parts that are asked for, track and print them; returns how many runs failed.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came; what is finished is kept.
        StorageError: there is no room for results; what is finished is kept.
    """
    with stops_cleanly(), room_needed(plan.folder):
        rows, failures = _validated(plan)
    console = out()
    for name, job in plan.jobs.items():
        console.print(job.table(rows[name]))
    console.print(f"Results: {plan.folder}", soft_wrap=True, markup=False)
    for failure in failures[:10]:
        log.error("a run failed; the same command tries it again: seed %d: %s", failure.spec.seed, failure.reason)
    return len(failures)


def _validated(plan: Plan) -> tuple[dict[str, list[Row]], list[Failure]]:
    _reach(plan)
    store = SweepFolder(plan.folder)
    rows: dict[str, list[Row]] = {}
    failures: list[Failure] = []
    try:
        before = store.manifest()
        if before and before.get("code", {}).get("source") != source_digest():
            log.info("the model's code has changed since these results were made: starting over")
            store.start_over()
            before = {}
        done: dict[str, Any] = before.get("parts_done", {})
        store.write("config.yaml", shown_config(plan.config))
        store.write_json("manifest.json", _manifest(plan, done, "running"))
        for name, job in plan.jobs.items():
            began = time.monotonic()
            place = f"{name}/{job.identity}".rstrip("/")
            parts = None if plan.parts is None else f"{plan.parts}/{place}"
            found, failed = job.run(Workplace(plan.folder / place, parts, plan.runner))
            rows[name] = found
            failures += failed
            store.write_json(f"{PARTS[name].file}.json", found)
            store.write(f"{PARTS[name].file}.parquet", _table(found))
            seconds = done.get(name, {}).get("seconds", 0.0) + time.monotonic() - began
            done = {**done, name: {"seconds": round(seconds, 1), "failed": len(failed)}}
            store.write_json("manifest.json", _manifest(plan, done, "running"))
        _put_together(plan, store, rows)
        store.write_json("manifest.json", _manifest(plan, done, "incomplete" if failures else "done"))
    finally:
        with undisturbed():
            plan.runner.close()
            store.close()
    if plan.request.tracking.kind == "mlflow":
        uri = plan.request.tracking.uri
        track(plan.folder, uri, partial(open_store, uri, plan.root))
    return rows, failures


def _reach(plan: Plan) -> None:
    """Start the runner before anything is written: a cluster that does not answer is a wrong request."""
    if not plan.folder.exists():
        plan.runner.start(plan.asked.scenarios)
        listen()  # Ray has put a handler of its own in place


def _put_together(plan: Plan, store: SweepFolder, rows: dict[str, list[Row]]) -> None:
    """Put the share of points at which a sign holds beside its verdict, whichever of the two was done first."""
    verdicts = _rows(store, VERDICTS)
    if not verdicts:
        return
    shares = {row["id"]: row["share"] for row in _rows(store, PARTS["robustness"].file)}
    verdicts = [{**row, "robust_share": shares.get(row["id"])} for row in verdicts]
    if "hypotheses" in rows:
        rows["hypotheses"] = verdicts
    notes = {file.hypothesis.id: file.hypothesis.note for file in plan.asked.files}
    store.write_json(f"{VERDICTS}.json", verdicts)
    store.write(f"{VERDICTS}.parquet", _table(verdicts))
    store.write(f"{VERDICTS}.md", verdict_page(verdicts, notes).encode())


def _rows(store: SweepFolder, file: str) -> list[Row]:
    path = store.folder / f"{file}.json"
    return list(json.loads(path.read_bytes())) if path.exists() else []


def _table(rows: Sequence[Row]) -> bytes:
    """Rows as Parquet; what is a list stays in the JSON alone."""
    return parquet_bytes(
        pa.Table.from_pylist([{k: v for k, v in row.items() if not isinstance(v, list | dict)} for row in rows])
    )


def _manifest(plan: Plan, done: Mapping[str, Any], status: str) -> dict[str, Any]:
    request = plan.request
    uri = request.tracking.uri
    return {
        "kind": "validation",
        "status": status,
        "name": request.name,
        "id": identifier(plan.config_hash),
        "config_hash": plan.config_hash,
        "seed": request.seed,
        "choices": group_choices(),
        "validate": plan.asked.spec.model_dump(mode="json"),
        "code": code_version(),
        "packages": package_versions(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "parts_done": dict(done),
        "tracking": {
            "status": OFF if request.tracking.kind == "none" else PENDING,
            "uri": None if uri is None else without_password(uri),
        },
    }


def settings_of(arguments: Sequence[str]) -> list[str]:
    """The command's own short forms as overrides: ``--quick``, ``only=H5,H6``, ``part=hypotheses``."""
    found = []
    quick = "--quick" in arguments
    if not any(argument.startswith("validate=") for argument in arguments):
        found.append(f"validate={'quick' if quick else 'full'}")
    for argument in arguments:
        key, _, value = argument.partition("=")
        if key in {"only", "part"}:
            found.append(f"validate.{'only' if key == 'only' else 'parts'}=[{value}]")
        elif argument != "--quick":
            found.append(argument)
    return found
