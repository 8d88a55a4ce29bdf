"""The ``caremarket`` command: finds the subcommand, and turns errors into one line and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pkgutil import resolve_name

from caremarket.market.errors import CaremarketError, ConfigurationError, VariantError
from caremarket.runners.commands.exit_status import DONE, OTHER, WRONG_REQUEST
from caremarket.runners.console import set_up_log

COMMANDS: Mapping[str, str] = {
    "run": "caremarket.runners.commands.run:run",
    "sweep": "caremarket.runners.commands.sweep:sweep",
    "compare": "caremarket.runners.commands.compare:compare",
    "search": "caremarket.runners.commands.search:search",
    "calibrate": "caremarket.runners.commands.calibrate:calibrate",
    "validate": "caremarket.runners.commands.validate:validate",
    "discover": "caremarket.runners.commands.discover:discover",
    "scenarios": "caremarket.runners.commands.scenarios:scenarios",
    "story": "caremarket.runners.commands.story:story",
    "sensitivity": "caremarket.runners.commands.sensitivity:sensitivity",
    "demo": "caremarket.runners.commands.demo:demo",
    "ui": "caremarket.runners.commands.ui:ui",
    "sync": "caremarket.runners.commands.sync:sync",
}
"""Command -> the function that takes its arguments and returns an exit status; imported when it is called."""
GENERAL_HELP = frozenset({"discover", "ui", "sync"})
"""Commands whose ``--help`` is that of ``caremarket`` itself."""

HELP = """\
caremarket: event-driven simulation of the market for NHS care contracts

  caremarket run   [override ...]   one run in this process: a table, files, and a run in MLflow
  caremarket sweep [override ...]   a designed experiment over Ray; interrupt it and call it again to go on
  caremarket sensitivity NAME       what a finished sweep's measures are sensitive to: Sobol indices, Morris
  caremarket compare NAME           policies of a sweep against a baseline: table, figures, report to mail
  caremarket search [override ...]  policies that make chosen measures as good as they can be; goes on likewise
  caremarket calibrate [override ...]  parameters under which England awards contracts to whom it did; likewise
  caremarket validate [--quick]     the hypotheses of the sources, with and without their mechanisms; goes on likewise
                                    part=theory, hypotheses, robustness, calibration or market does one part alone
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
  caremarket validate part=market
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
        if isinstance(error, VariantError) and error.__cause__ is not None:
            traceback.print_exception(error.__cause__)
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
    name, *rest = arguments
    if name == "--version":
        print(f"caremarket {version('caremarket')}")
        return DONE
    if name not in COMMANDS:
        raise ConfigurationError(name, f"is no command; choose one of: {', '.join(COMMANDS)}")
    if name in GENERAL_HELP and {"-h", "--help"} & set(rest):
        print(HELP, end="")
        return DONE
    set_up_log()
    command: Callable[[list[str]], int] = resolve_name(COMMANDS[name])
    return command(rest)


if __name__ == "__main__":
    sys.exit(main())
