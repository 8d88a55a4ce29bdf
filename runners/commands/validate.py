"""``caremarket validate``: tests of the claims about the market; an interrupted validation is continued."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.exit_status import DONE, SOME_FAILED
from caremarket.runners.compose.composition import composed, group_choices, groups, parse, recomposer
from caremarket.runners.compose.overrides import override_keys
from caremarket.runners.console import out
from caremarket.runners.studies.validation import run_validation
from caremarket.runners.studies.validation_request import plan_validation

log = logging.getLogger("caremarket")

FAILURES_SHOWN = 10


def validate(arguments: Sequence[str]) -> int:
    """Run the missing parts, and print all requested parts; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
        KeyboardInterrupt: SIGINT or SIGTERM arrived; finished runs are kept.
        StorageError: there is no room for results; finished runs are kept.
    """
    args = parse(hydra_arguments(arguments))
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; validate makes all its runs by itself")
    if "record" not in override_keys(args.overrides):
        args.overrides[:0] = ["record=summary", "record.check_ledger=end"]
    failed: list[int] = []

    def task(config: dict[str, Any]) -> None:
        choices = groups() & frozenset(group_choices())
        plan = plan_validation(config, recomposer(args), choices, args.overrides)
        rows, failures = run_validation(plan)
        console = out()
        for name, job in plan.jobs.items():
            console.print(job.table(rows[name]))
        console.print(f"Results: {plan.folder}", soft_wrap=True, markup=False)
        for failure in failures[:FAILURES_SHOWN]:
            log.error("a run failed; the same command tries it again: seed %d: %s", failure.spec.seed, failure.reason)
        failed.append(len(failures))

    composed(args, task)
    return SOME_FAILED if failed[0] else DONE


def hydra_arguments(arguments: Sequence[str]) -> list[str]:
    """The command's own short forms as Hydra overrides: ``--quick``, ``only=H5,H6``, ``part=hypotheses``."""
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
