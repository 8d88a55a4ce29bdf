"""The ``caremarket`` command."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

from caremarket.market.errors import CaremarketError, ConfigurationError

DONE, OTHER, WRONG_REQUEST, SOME_FAILED = 0, 1, 2, 3

HELP = """\
caremarket: event-driven simulation of the market for NHS care contracts

  caremarket run   [override ...]   one run in this process: a table, files, and a run in MLflow
  caremarket sweep [override ...]   a designed experiment over Ray; interrupt it and call it again to go on
  caremarket sensitivity NAME       what a finished sweep's measures are sensitive to: Sobol indices, Morris
  caremarket compare NAME           policies of a sweep against a baseline: table, figures, report to mail
  caremarket search [override ...]  policies that make chosen measures as good as they can be; goes on likewise
  caremarket calibrate [override ...]  parameters under which England awards contracts to whom it did; likewise
  caremarket validate [--quick]     the hypotheses of the sources, with and without their mechanisms; goes on likewise
  caremarket discover NAME COND     which levers and states of the world lead to an outcome of a finished sweep
  caremarket scenarios              what scenario= may be, a line each: name, size, what it shows
  caremarket demo  [port=8765]      the teaching page: two policies side by side, live or replayed
  caremarket story NAME             a run told in plain English: what happened, to whom, and why
  caremarket ui    [port=5000]      MLflow's page on the results
  caremarket sync                   tell MLflow what it could not be told when it was out of reach

After run, sweep, search, calibrate and validate comes Hydra's override syntax:
  caremarket run scenario=local policy=prime_provider seed=1
  caremarket run scenario=bedfordshire_msk policy=separate
  caremarket run scenario=england market.ods_dir=DIR
  caremarket sweep experiment=contract_forms replicates=20
  caremarket sweep policy=separate,prime_provider policy.flow_down=0,0.5,1
  caremarket search experiment=sme_frontier
  caremarket calibrate market.ods_dir=DIR
  caremarket validate --quick only=H5,H6
  caremarket discover random_policies "sme_value_share_delivered<0.2"
`caremarket run --help` lists all groups and keys, `--cfg job` shows a composed configuration, and
`--config-dir DIR` adds a folder with your own. ui and sync take output_root=DIR and tracking.uri=ADDRESS.

Exit status: 0 done; 2 the request is wrong (one line says what is allowed; nothing was run or written);
3 some runs of many failed (the rest are kept; call again to retry); 1 anything else.
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
    from caremarket.runners.commands.requests import run_and_show
    from caremarket.runners.console import set_up_log

    set_up_log()
    run_and_show(arguments)
    return DONE


def _sweep(arguments: list[str]) -> int:
    from caremarket.runners.commands.requests import make_sweep
    from caremarket.runners.console import set_up_log

    set_up_log()
    _, failed = make_sweep(arguments)
    return SOME_FAILED if failed else DONE


def _search(arguments: list[str]) -> int:
    from caremarket.runners.commands.requests import make_search
    from caremarket.runners.console import set_up_log

    set_up_log()
    return SOME_FAILED if make_search(arguments) else DONE


def _calibrate(arguments: list[str]) -> int:
    from caremarket.runners.commands.requests import make_calibration
    from caremarket.runners.console import set_up_log

    set_up_log()
    return SOME_FAILED if make_calibration(arguments) else DONE


def _validate(arguments: list[str]) -> int:
    from caremarket.runners.commands.requests import make_validation
    from caremarket.runners.console import set_up_log

    set_up_log()
    return SOME_FAILED if make_validation(arguments) else DONE


def _discover(arguments: list[str]) -> int:
    from caremarket.runners.commands.discover import discover
    from caremarket.runners.console import set_up_log

    set_up_log()
    return DONE if _asks_help(arguments) else discover(arguments)


def _ui(arguments: list[str]) -> int:
    from caremarket.runners.commands.browse import ui
    from caremarket.runners.console import set_up_log

    set_up_log()
    return DONE if _asks_help(arguments) else ui(arguments)


def _sync(arguments: list[str]) -> int:
    from caremarket.runners.commands.browse import sync
    from caremarket.runners.console import set_up_log

    set_up_log()
    return DONE if _asks_help(arguments) else sync(arguments)


def _compare(arguments: list[str]) -> int:
    from caremarket.runners.commands.compare import compare_command
    from caremarket.runners.console import set_up_log

    set_up_log()
    return compare_command(arguments)


def _scenarios(arguments: list[str]) -> int:
    from caremarket.runners.commands.scenarios import scenarios

    return scenarios(arguments)


def _demo(arguments: list[str]) -> int:
    from caremarket.runners.console import set_up_log
    from caremarket.runners.demo.command import demo

    set_up_log()
    return demo(arguments)


def _story(arguments: list[str]) -> int:
    from caremarket.runners.commands.story import story

    return story(arguments)


def _sensitivity(arguments: list[str]) -> int:
    from caremarket.runners.commands.sensitivity import sensitivity
    from caremarket.runners.console import set_up_log

    set_up_log()
    return sensitivity(arguments)


def _asks_help(arguments: list[str]) -> bool:
    asked = bool({"-h", "--help"} & set(arguments))
    if asked:
        print(HELP, end="")
    return asked


COMMANDS: Mapping[str, Callable[[list[str]], int]] = {
    "run": _run,
    "sweep": _sweep,
    "compare": _compare,
    "search": _search,
    "calibrate": _calibrate,
    "validate": _validate,
    "discover": _discover,
    "scenarios": _scenarios,
    "story": _story,
    "sensitivity": _sensitivity,
    "demo": _demo,
    "ui": _ui,
    "sync": _sync,
}

if __name__ == "__main__":
    sys.exit(main())
