"""Charts of one side: Vega specifications, and the rows that fill them.

Usually only the rows change from one picture to the next, and then only they are sent to the browser.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caremarket.agents.records.tables import SCHEMAS, to_table
from caremarket.experiments.report import figures
from caremarket.runners.demo.drawing.chart_kinds import CHART_KINDS, ChartKind
from caremarket.runners.demo.drawing.headlines import Headline, headlines
from caremarket.runners.demo.drawing.painter import log
from caremarket.runners.demo.engine.pictures import View
from caremarket.runners.demo.engine.sides import problem_of

if TYPE_CHECKING:
    import altair as alt
    import pyarrow as pa


Draw = Callable[..., "alt.Chart"]


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


class SidePainter:
    """Draws one side: a chart when another view is looked at, and from then on the rows it is filled with."""

    def __init__(self) -> None:
        self._drawn: tuple[object, ...] = ()
        self._spec = ""

    def panel(self, view: View, month: float, horizon: float, kind: ChartKind, theme: str) -> Panel:
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

    def _rows(self, tables: Mapping[str, pa.Table], month: float, horizon: float, kind: ChartKind, theme: str) -> str:
        """The rows of a chart as JSON; its specification is made where it is not that of the picture before."""
        wanted = (kind.key, theme, horizon)
        if wanted != self._drawn:
            self._spec = specification(horizon, kind, theme)
            self._drawn = wanted
        data = getattr(figures, f"{kind.figure}_data")(tables, month, **kind.options)
        return json.dumps(data, separators=(",", ":"))


_specs: dict[tuple[str, str, float], str] = {}


def specification(horizon: float, kind: ChartKind, theme: str) -> str:
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
    for kind in CHART_KINDS:
        if (kind.key, theme, horizon if kind.over_time else 0.0) not in _specs:
            specification(horizon, kind, theme)
            return True
    return False


def rows_of(headlines_: Sequence[Headline]) -> list[dict[str, str]]:
    """Headlines as the browser takes them."""
    return [{"key": h.key, "name": h.name, "value": h.value, "about": h.about} for h in headlines_]
