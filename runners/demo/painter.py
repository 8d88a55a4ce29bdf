"""Turns pictures of a session into what the browser shows, on a thread of its own.

A chart is a specification and the rows of its named datasets. Mostly only the rows change from one picture to the next, and
only these are sent then. Only the view that is looked at is drawn, and where a picture comes while one is drawn, the latest
is drawn next and the others never.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from experiments import figures
from runners.demo.headlines import Headline, headlines
from runners.demo.session import Picture, View
from runners.demo.sides import problem_of

if TYPE_CHECKING:
    import altair as alt
    import pyarrow as pa

log = logging.getLogger("caremarket")

Draw = Callable[..., "alt.Chart"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of view.

    Attributes:
        key: its short name.
        title: what its tab says.
        about: what it shows, in a sentence.
        figure: its function in :mod:`experiments.figures`.
        options: what that is given beside tables, month and theme.
    """

    key: str
    title: str
    about: str
    figure: str
    options: Mapping[str, Any] = field(default_factory=dict)


KINDS: tuple[Kind, ...] = (
    Kind("shares", "Who holds", "Market shares of who holds contracts, with the index of concentration", "market_shares"),
    Kind(
        "work",
        "Who delivers",
        "Market shares of who does the work, with the index of concentration",
        "market_shares",
        {"basis": "delivered"},
    ),
    Kind("network", "Network", "Commissioners, who holds their contracts, and who works for whom", "supply_network"),
    Kind("timeline", "Contracts", "Procurements and contracts: who won, and what became of them", "contract_timeline"),
    Kind("reserves", "Reserves", "Reserves of small providers", "small_reserves"),
    Kind("promised", "Promised", "Work promised to small providers against work given", "promised_delivered"),
    Kind("outcome", "Outcome, cost", "What patients got, and what it cost", "outcome_cost"),
    Kind("flow", "SME flow", "Whose money it is, who holds it, and who does the work", "sme_flow"),
)


@dataclass(frozen=True, slots=True)
class Panel:
    """One side as the browser shows it.

    Attributes:
        title: what it shows.
        spec: the chart's specification as JSON, without its rows; empty for no chart.
        rows: dataset -> rows, as JSON.
        figures: the handful of figures beside its name.
        problem: why there is nothing to see.
        busy: whether it is being made anew.
        seconds: what drawing it took.
    """

    title: str = ""
    spec: str = ""
    rows: str = ""
    figures: tuple[Headline, ...] = ()
    problem: str = ""
    busy: bool = False
    seconds: float = 0.0


def drawn(chart: alt.Chart) -> tuple[str, str]:
    """Specification and rows of a chart, each as JSON."""
    whole = chart.to_dict(validate=False)
    rows = whole.pop("datasets", {})
    return json.dumps(whole, sort_keys=True), json.dumps(rows, separators=(",", ":"))


def panel(view: View, month: float, kind: Kind, theme: str) -> Panel:
    """One side's chart and figures at a month."""
    if view.tables is None:
        return Panel(view.title, problem=view.problem, busy=not view.problem)
    began = time.perf_counter()
    problem = view.problem
    spec, rows = "", ""
    try:
        draw: Draw = getattr(figures, kind.figure)
        spec, rows = drawn(draw(view.tables, month=month, theme=theme, **kind.options))
    except Exception as error:
        # The other side, the other views and the run itself have nothing to do with it.
        log.exception("the view %s could not be drawn", kind.key)
        problem = problem or f"This view could not be drawn ({problem_of(error)})."
    told = tuple(headlines(view.tables, month))
    return Panel(view.title, spec, rows, told, problem, view.busy, time.perf_counter() - began)


class Painter:
    """Draws the latest picture, whenever there is a newer one or something else is to be looked at.

    Args:
        paint: makes what is shown of a picture; called on the painter's thread.
        show: is given what ``paint`` made.
    """

    def __init__(self, paint: Callable[[Picture], Any], show: Callable[[Any], None]) -> None:
        self._paint = paint
        self._show = show
        self._wanted: Picture | None = None
        self._changed = threading.Condition()
        self._closed = False
        self.longest = 0.0
        self._thread = threading.Thread(target=self._work, name="caremarket-painter", daemon=True)
        self._thread.start()

    def want(self, picture: Picture) -> None:
        """Have a picture painted, unless a later one comes before its turn."""
        with self._changed:
            self._wanted = picture
            self._changed.notify()

    def close(self) -> None:
        """Paint nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._wanted is None and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                picture, self._wanted = self._wanted, None
            assert picture is not None
            began = time.perf_counter()
            try:
                self._show(self._paint(picture))
            except Exception:
                log.exception("a picture could not be painted")
            self.longest = max(self.longest, time.perf_counter() - began)


def rows_of(headlines_: Sequence[Headline]) -> list[dict[str, str]]:
    """Headlines as the browser takes them."""
    return [{"key": h.key, "name": h.name, "value": h.value, "about": h.about} for h in headlines_]


def size(tables: Mapping[str, pa.Table]) -> int:
    """Rows of all tables together."""
    return sum(table.num_rows for table in tables.values())
