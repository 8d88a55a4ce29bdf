"""Turns pictures of a session into what the browser shows, on a thread of its own.

A chart is a specification and the rows of its named datasets. Mostly only the rows change from one picture to the next,
and only these are sent then. Only the view that is looked at is drawn, and where a picture comes while one is drawn,
the latest is drawn next and the others never.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caremarket.agents.records.tables import SCHEMAS, to_table
from caremarket.experiments.report import figures
from caremarket.runners.demo.headlines import Headline, headlines
from caremarket.runners.demo.session import Picture, View
from caremarket.runners.demo.sides import problem_of

if TYPE_CHECKING:
    import altair as alt
    import pyarrow as pa

log = logging.getLogger("caremarket")

IDLE_SECONDS = 0.4
Draw = Callable[..., "alt.Chart"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of view.

    Attributes:
        key: its short name.
        title: what its tab says.
        about: what it shows, in a sentence.
        figure: its function in :mod:`caremarket.experiments.report.figures`.
        over_time: whether its axis is time, up to the run's horizon from the start.
        options: what is given to it and to the function of its data.
        size: width and height of what it draws, in pixels, such that letters are legible in half a window.
    """

    key: str
    title: str
    about: str
    figure: str
    over_time: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    size: Mapping[str, int] = field(default_factory=dict)


KINDS: tuple[Kind, ...] = (
    Kind(
        "shares",
        "Who holds",
        "Market shares by who holds contracts, and the index of concentration with the authority's lines",
        "market_shares",
        True,
        {"view": "direct"},
        {"width": 310, "height": 275},
    ),
    Kind(
        "work",
        "Who delivers",
        "Market shares by who does the work, and the index of concentration with the authority's lines",
        "market_shares",
        True,
        {"view": "delivered"},
        {"width": 310, "height": 275},
    ),
    Kind(
        "network",
        "Network",
        "Commissioners, who holds their contracts, and who works for whom",
        "supply_network",
        options={"largest": 18, "width": 600, "height": 430},
    ),
    Kind(
        "timeline",
        "Contracts",
        "Procurements and contracts: who bid, who won, what became of them",
        "contract_timeline",
        True,
        {"lots": 12},
        {"width": 380, "height": 300},
    ),
    Kind(
        "reserves",
        "Reserves",
        "Reserves of small providers",
        "small_reserves",
        True,
        size={"width": 420, "height": 280},
    ),
    Kind(
        "promised",
        "Promised",
        "Work promised to sub-contractors against work given",
        "promised_delivered",
        True,
        size={"width": 420, "height": 280},
    ),
    Kind(
        "outcome",
        "Outcome, cost",
        "What patients got, and what it cost",
        "outcome_cost",
        True,
        size={"width": 420, "height": 280},
    ),
    Kind(
        "flow",
        "SME flow",
        "Whose money it is, who holds it, and who does the work",
        "sme_flow",
        size={"width": 640, "height": 430},
    ),
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


class Artist:
    """Draws one side: a chart when another view is looked at, and from then on the rows it is filled with."""

    def __init__(self) -> None:
        self._drawn: tuple[object, ...] = ()
        self._spec = ""

    def panel(self, view: View, month: float, horizon: float, kind: Kind, theme: str) -> Panel:
        """One side's chart and figures at a month."""
        if view.tables is None:
            return Panel(view.title, problem=view.problem, busy=not view.problem)
        began = time.perf_counter()
        problem, rows = view.problem, ""
        try:
            rows = self._rows(view.tables, month, horizon, kind, theme)
        except Exception as error:
            # The other side, the other views and the run itself have nothing to do with it.
            log.exception("the view %s could not be drawn", kind.key)
            self._drawn, self._spec = (), ""
            problem = problem or f"This view could not be drawn ({problem_of(error)})."
        told = tuple(headlines(view.tables, month))
        return Panel(view.title, self._spec, rows, told, problem, view.busy, time.perf_counter() - began)

    def _rows(self, tables: Mapping[str, pa.Table], month: float, horizon: float, kind: Kind, theme: str) -> str:
        """The rows of a chart as JSON; its specification is made where it is not that of the picture before."""
        wanted = (kind.key, theme, horizon)
        if wanted != self._drawn:
            self._spec = specification(horizon, kind, theme)
            self._drawn = wanted
        data = getattr(figures, f"{kind.figure}_data")(tables, month, **kind.options)
        return json.dumps(data, separators=(",", ":"))


_specs: dict[tuple[str, str, float], str] = {}


def specification(horizon: float, kind: Kind, theme: str) -> str:
    """A chart as Vega takes it, in JSON, without its rows. It is the same for every run of a length, and made once.

    What the page says of both sides together is left out of it: the title, and which colour is which kind. Vega-Lite is
    compiled here, so that the browser need not do it while a class looks on.
    """
    key = (kind.key, theme, horizon if kind.over_time else 0.0)
    if key not in _specs:
        import vl_convert

        options = {**kind.options, **kind.size, **({"until": horizon} if kind.over_time else {})}
        draw: Draw = getattr(figures, kind.figure)
        # Of an empty run: the fewer rows, the sooner Altair is done with them.
        empty = {name: to_table(name, []) for name in SCHEMAS}
        whole = draw(empty, month=0.0, theme=theme, **options).to_dict(validate=False)
        whole.pop("datasets", None)
        if isinstance(whole.get("title"), dict):
            whole["title"]["text"] = ""
        compiled = vl_convert.vegalite_to_vega(_without_kinds(whole))
        _specs[key] = json.dumps(compiled, sort_keys=True)
    return _specs[key]


def _without_kinds(part: Any) -> Any:
    """A specification without legends of kinds of organisations, and with other legends above the chart."""
    if isinstance(part, list):
        return [_without_kinds(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    found = {key: _without_kinds(inner) for key, inner in part.items()}
    if found.get("field") == "kind" and "scale" in found:
        found["legend"] = None
    elif isinstance(found.get("legend"), dict):
        found["legend"] = {**found["legend"], "orient": "top"}
    return found


def kinds_of_organisation() -> list[dict[str, str]]:
    """Name and colour of every kind of provider, for the legend that all views share."""
    from caremarket.experiments.report.figures.style import KINDS as COLOURS

    return [{"name": name, "colour": colour} for name, colour in COLOURS.values()]


def prepare_next(horizon: float, theme: str) -> bool:
    """Make the specification of one view that nobody has looked at yet; gives whether there was one to make."""
    for kind in KINDS:
        if (kind.key, theme, horizon if kind.over_time else 0.0) not in _specs:
            specification(horizon, kind, theme)
            return True
    return False


class Painter:
    """Draws the latest picture, whenever there is a newer one or something else is to be looked at.

    Args:
        paint: makes what is shown of a picture; called on the painter's thread.
        show: is given what ``paint`` made.
        prepare: does some work ahead while nothing is to be painted; gives whether there is more of it.
    """

    def __init__(
        self, paint: Callable[[Picture], Any], show: Callable[[Any], None], prepare: Callable[[], bool] | None = None
    ) -> None:
        self._paint = paint
        self._prepare = prepare
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
                if self._wanted is None and not self._closed:
                    self._changed.wait(None if self._prepare is None else IDLE_SECONDS)
                if self._closed:
                    return
                picture, self._wanted = self._wanted, None
            if picture is None:
                self._prepare = self._prepare if self._prepared() else None
                continue
            began = time.perf_counter()
            try:
                self._show(self._paint(picture))
            except Exception:
                log.exception("a picture could not be painted")
            self.longest = max(self.longest, time.perf_counter() - began)

    def _prepared(self) -> bool:
        """Do a piece of work ahead; gives whether there is more. What goes wrong is told where it is looked at."""
        try:
            return self._prepare is not None and self._prepare()
        except Exception:
            log.debug("a view could not be prepared", exc_info=True)
            return False


def rows_of(headlines_: Sequence[Headline]) -> list[dict[str, str]]:
    """Headlines as the browser takes them."""
    return [{"key": h.key, "name": h.name, "value": h.value, "about": h.about} for h in headlines_]
