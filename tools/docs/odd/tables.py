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
        "They belong to [odd.md](odd.md). Parameters stand in [configuration.md](configuration.md), measures in "
        "[measures.md](measures.md), columns of the tables a run writes in [tables.md](tables.md).\n",
        "## Events\n",
        "Every rule that can be an event, with the class that it is a method of or whose objects it takes. "
        "The delay is as in the code: *after* so many months, or *at* a month.\n",
        *event_table(),
        "",
        "## State variables\n",
        "What each entity has when it is made; names that begin with an underscore, which only it reads, are left out. "
        "A type is given where the code writes it.\n",
        *state_table(),
        "## Numbers in the keys of draws\n",
        f"Purposes: {_numbers(Purpose)}.\n",
        f"States of a procurement: {_numbers(State)}.\n",
        f"Moves allowed: {'; '.join(moves)}.\n",
        f"States of a contract: {_numbers(ContractState)}. Why one ended: {_numbers(EndReason)}. Why an organisation "
        f"left: {_numbers(ExitReason)}.\n",
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
