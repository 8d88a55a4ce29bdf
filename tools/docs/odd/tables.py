"""The page ``docs/odd-tables.md``: events, state variables, numbers of draws and states, reasons of postings."""

from __future__ import annotations

from enum import IntEnum

from caremarket.agents.world.organisation import ExitReason
from caremarket.market.contracts import ContractState, EndReason
from caremarket.market.ledger import ENTERS, LEAVES, Reason
from caremarket.market.procurement import TRANSITIONS, State
from caremarket.market.randomness import Purpose
from tools.docs.odd.events import event_table
from tools.docs.odd.state import state_table
from tools.docs.places import HEADER


def _numbers(kind: type[IntEnum]) -> str:
    return ", ".join(f"{member.name.lower()} {member.value}" for member in kind)


def odd_tables_page() -> str:
    """``docs/odd-tables.md``."""
    moves = [
        f"{s.name.lower()} → {', '.join(t.name.lower() for t in sorted(after))}"
        for s, after in TRANSITIONS.items()
        if after
    ]
    lines = [
        HEADER + "# Tables of the model description\n",
        "They belong to [odd.md](odd.md). Parameters are in [configuration.md](configuration.md), measures in "
        "[measures.md](measures.md), columns of the tables of a run in [tables.md](tables.md).\n",
        "## Events\n",
        "Every rule that can be an event, with its class or module. The delay is as in the code: *after* a number of "
        "months, or *at* a month.\n",
        *event_table(),
        "",
        "## State variables\n",
        "Attributes of each entity when it is created, except private ones, whose names begin with an underscore. "
        "A type is given if the code states it.\n",
        *state_table(),
        "## Numbers in the keys of draws\n",
        f"Purposes: {_numbers(Purpose)}.\n",
        f"States of a procurement: {_numbers(State)}.\n",
        f"Moves allowed: {'; '.join(moves)}.\n",
        f"States of a contract: {_numbers(ContractState)}. Reasons for its end: {_numbers(EndReason)}. Reasons for an "
        f"exit: {_numbers(ExitReason)}.\n",
        "## Reasons of postings\n",
        "| reason | number | money |",
        "| --- | --- | --- |",
        *(
            f"| `{r.name.lower()}` | {r.value} | {'enters' if r in ENTERS else 'leaves' if r in LEAVES else 'moves'} |"
            for r in Reason
        ),
        "",
    ]
    return "\n".join(lines)
