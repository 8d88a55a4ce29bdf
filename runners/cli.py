"""The ``caremarket`` command."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from market.errors import CaremarketError, ConfigurationError

DONE, OTHER, WRONG_REQUEST, SOME_FAILED = 0, 1, 2, 3

HELP = """\
caremarket: event-driven simulation of the market for NHS care contracts

  caremarket run   [override ...]   one run in this process: a table, files, and a run in MLflow
  caremarket sweep [override ...]   a designed experiment over Ray; interrupt it and call it again to go on
  caremarket search [override ...]  policies that make chosen measures as good as they can be; goes on likewise
  caremarket discover NAME COND     which levers and states of the world lead to an outcome of a finished sweep
  caremarket scenarios              what scenario= may be, a line each: name, size, what it shows
  caremarket ui    [port=5000]      MLflow's page on the results
  caremarket sync                   tell MLflow what it could not be told when it was out of reach

After run, sweep and search comes Hydra's override syntax:
  caremarket run scenario=local policy=prime_provider seed=1
  caremarket run scenario=bedfordshire_msk policy=separate
  caremarket run scenario=england market.ods_dir=DIR
  caremarket sweep experiment=contract_forms replicates=20
  caremarket sweep policy=separate,prime_provider policy.flow_down=0,0.5,1
  caremarket search experiment=sme_frontier
  caremarket discover random_policies "sme_value_share_delivered<0.2"
`caremarket run --help` lists all groups and keys, `--cfg job` shows a composed configuration, and
`--config-dir DIR` adds a folder with your own. ui and sync take output_root=DIR and tracking.uri=ADDRESS.

Exit status: 0 done; 2 the request is wrong (one line says what is allowed; nothing was run or written);
3 some runs of a sweep or search failed (the rest are kept; call again to retry); 1 anything else.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    Args:
        argv: arguments after the program's name; None takes them from the process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
    except ConfigurationError as error:
        print(f"caremarket: {error}", file=sys.stderr)
        return WRONG_REQUEST
    except CaremarketError as error:
        print(f"caremarket: {error}", file=sys.stderr)
        return OTHER
    except KeyboardInterrupt:
        print("caremarket: interrupted; what is finished is kept, the same command goes on", file=sys.stderr)
        return OTHER
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OTHER
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else (DONE if leave.code is None else OTHER)
    except Exception:
        traceback.print_exc()
        return OTHER


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(HELP, end="")
        return DONE
    command, *rest = arguments
    if command == "--version":
        print(f"caremarket {version('caremarket')}")
        return DONE
    if command not in COMMANDS:
        raise ConfigurationError(command, f"is no command; choose one of: {', '.join(COMMANDS)}")
    return COMMANDS[command](rest)


def _run(arguments: list[str]) -> int:
    from runners.composition import composed, parse
    from runners.console import set_up_log
    from runners.single import run

    set_up_log()
    composed(parse(arguments), run)
    return DONE


def _sweep(arguments: list[str]) -> int:
    from runners.composition import (
        composed,
        group_choices,
        groups,
        override_keys,
        parse,
        recomposer,
        split_lists,
    )
    from runners.console import set_up_log
    from runners.sweep import plan, sweep

    set_up_log()
    args = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; sweep takes lists of values by itself")
    args.overrides, lists = split_lists(args.overrides)
    fixed = override_keys(args.overrides)
    if "record" not in fixed:
        args.overrides.insert(0, "record=yearly")
    failed = 0

    def task(config: dict[str, Any]) -> None:
        nonlocal failed
        planned = plan(config, lists, fixed, recomposer(args), groups() & frozenset(group_choices()))
        failed = sweep(planned)

    composed(args, task)
    return SOME_FAILED if failed else DONE


def _search(arguments: list[str]) -> int:
    from runners.composition import composed, group_choices, groups, parse, recomposer
    from runners.console import set_up_log
    from runners.search import plan, run_search

    set_up_log()
    args = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; what a search may vary stands in search.levers")
    args.overrides.insert(0, "record=summary")
    failed = 0

    def task(config: dict[str, Any]) -> None:
        nonlocal failed
        failed = run_search(plan(config, recomposer(args), groups() & frozenset(group_choices())))

    composed(args, task)
    return SOME_FAILED if failed else DONE


def _discover(arguments: list[str]) -> int:
    from runners.console import set_up_log
    from runners.discover import discover

    set_up_log()
    return DONE if _asks_help(arguments) else discover(arguments)


def _ui(arguments: list[str]) -> int:
    from runners.browse import ui
    from runners.console import set_up_log

    set_up_log()
    return DONE if _asks_help(arguments) else ui(arguments)


def _sync(arguments: list[str]) -> int:
    from runners.browse import sync
    from runners.console import set_up_log

    set_up_log()
    return DONE if _asks_help(arguments) else sync(arguments)


def _scenarios(arguments: list[str]) -> int:
    from runners.scenarios import scenarios

    return scenarios(arguments)


def _asks_help(arguments: list[str]) -> bool:
    asked = bool({"-h", "--help"} & set(arguments))
    if asked:
        print(HELP, end="")
    return asked


COMMANDS: Mapping[str, Callable[[list[str]], int]] = {
    "run": _run,
    "sweep": _sweep,
    "search": _search,
    "discover": _discover,
    "scenarios": _scenarios,
    "ui": _ui,
    "sync": _sync,
}

if __name__ == "__main__":
    sys.exit(main())
