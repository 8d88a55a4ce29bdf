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
from caremarket.market.provider_kinds import PROVIDER_KINDS
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
    """One side's chart and figures, as the browser shows them.

    Attributes:
        title: title of the side.
        spec: the chart's specification as JSON, without its rows; empty for no chart.
        rows: dataset -> rows, as JSON.
        figures: headline figures beside its title.
        problem: why there is no chart; empty if there is one.
        busy: whether the side is being rebuilt.
        seconds: time that drawing took.
    """

    title: str = ""
    spec: str = ""
    rows: str = ""
    figures: tuple[Headline, ...] = ()
    problem: str = ""
    busy: bool = False
    seconds: float = 0.0


class SidePainter:
    """Draws one side: a specification when another kind of chart is chosen, and otherwise only its rows."""

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
            # The other side, other charts and the run itself are not affected.
            log.exception("the view %s could not be drawn", kind.key)
            self._drawn, self._spec = (), ""
            problem = problem or f"This view could not be drawn ({problem_of(error)})."
        told = tuple(headlines(view.tables, month))
        return Panel(view.title, self._spec, rows, told, problem, view.busy, time.perf_counter() - began)

    def _rows(self, tables: Mapping[str, pa.Table], month: float, horizon: float, kind: ChartKind, theme: str) -> str:
        """The rows of a chart as JSON; the specification is made again if it is not that of the last picture."""
        wanted = (kind.key, theme, horizon)
        if wanted != self._drawn:
            self._spec = specification(horizon, kind, theme)
            self._drawn = wanted
        data = getattr(figures, f"{kind.figure}_data")(tables, month, **kind.options)
        return json.dumps(data, separators=(",", ":"))


_specs: dict[tuple[str, str, float], str] = {}


def specification(horizon: float, kind: ChartKind, theme: str) -> str:
    """A chart as Vega JSON without its rows. It is the same for every run of the same length, and made once.

    It has no title and no legend of colours, which the page shows once for both sides. Vega-Lite is compiled here, so
    that the browser need not do it.
    """
    key = (kind.key, theme, horizon if kind.over_time else 0.0)
    if key not in _specs:
        import vl_convert

        options = {**kind.options, **kind.size, **({"until": horizon} if kind.over_time else {})}
        draw: Draw = getattr(figures, kind.figure)
        # Made from an empty run, since Altair takes longer the more rows there are.
        empty = {name: to_table(name, []) for name in SCHEMAS}
        whole = draw(empty, month=0.0, theme=theme, **options).to_dict(validate=False)
        whole.pop("datasets", None)
        if isinstance(whole.get("title"), dict):
            whole["title"]["text"] = ""
        compiled = vl_convert.vegalite_to_vega(_without_kinds(whole))
        _specs[key] = json.dumps(compiled, sort_keys=True)
    return _specs[key]


def _without_kinds(part: Any) -> Any:
    """A specification without legends of kinds of organisation, and with other legends above the chart."""
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
    return [{"name": kind.label, "colour": kind.colour} for kind in PROVIDER_KINDS.values()]


def prepare_next(horizon: float, theme: str) -> bool:
    """Make the specification of one kind of chart that has none yet; returns whether there was one to make."""
    for kind in CHART_KINDS:
        if (kind.key, theme, horizon if kind.over_time else 0.0) not in _specs:
            specification(horizon, kind, theme)
            return True
    return False


def rows_of(headlines_: Sequence[Headline]) -> list[dict[str, str]]:
    """Headline figures in the form that the browser takes."""
    return [{"key": h.key, "name": h.name, "value": h.value, "about": h.about} for h in headlines_]
