"""``caremarket scenarios``: lists what may be given as ``scenario=``."""

from __future__ import annotations

from collections.abc import Sequence

from caremarket.runners.compose.scenario_cards import cards

HELP = """\
caremarket scenarios [--config-dir DIR]

Lists what `scenario=` may be, a line each: name, organisations (commissioners + providers + practices; the regulator
and area teams come on top), pathways, contracts that run at the start, years simulated, and what it shows.
--config-dir DIR adds those in DIR/scenario.
docs/scenarios.md says what is known about each place and what is assumed.
"""


def scenarios(arguments: Sequence[str]) -> int:
    """Print a line for each scenario; returns the exit status.

    Raises:
        ConfigurationError: anything other than ``--config-dir`` is given.
    """
    if {"-h", "--help"} & set(arguments):
        print(HELP, end="")
        return 0
    for card in cards(arguments):
        print(card)
    return 0
