"""Colours, themes, dates and exchangeable data, shared by all charts of a run.

Colours are those of Okabe and Ito, which colour-blind readers can distinguish: one per kind of organisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import floor
from typing import Any, Literal

import altair as alt

from caremarket.market.errors import ConfigurationError
from caremarket.market.provider_kinds import PROVIDER_KINDS

Theme = Literal["light", "dark"]
Rows = list[dict[str, Any]]
Datasets = dict[str, Rows]

COMMISSIONER, SEVERAL = "Commissioner", "Several"
SMALL, LARGE = "#009E73", "#0072B2"
ACCENT, WARNING = "#D55E00", "#E69F00"

_INK: Mapping[str, str] = {"light": "#1A1A1A", "dark": "#ECECEC"}
_FAINT = {"light": "#D9D9D9", "dark": "#454545"}
_MUTED = {"light": "#595959", "dark": "#B0B0B0"}
_PAPER = {"light": "#FFFFFF", "dark": "#16181D"}
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"


def ink(theme: Theme) -> str:
    """Colour of text and of commissioners."""
    return _INK[check_theme(theme)]


def muted(theme: Theme) -> str:
    """Colour of explanatory text."""
    return _MUTED[check_theme(theme)]


def faint(theme: Theme) -> str:
    """Colour of grids and of organisations that have left."""
    return _FAINT[check_theme(theme)]


def paper(theme: Theme) -> str:
    """Colour of the background."""
    return _PAPER[check_theme(theme)]


def outlined_text(base: Any, theme: Theme, text: str, x: alt.X, y: alt.Y, **mark: Any) -> list[alt.Chart]:
    """Labels with an outline in the colour of the background, which keeps them legible over other marks.

    Args:
        base: chart of the data.
        theme: colours of text and outline.
        text: field with the label.
        x, y: position.
        **mark: other properties of the text mark.
    """
    outline = {"stroke": paper(theme), "strokeWidth": 3, "strokeJoin": "round", "color": paper(theme)}
    return [
        base.mark_text(**mark, **colours).encode(x=x, y=y, text=text) for colours in (outline, {"color": ink(theme)})
    ]


def kind_name(kind: str) -> str:
    """A kind of provider in words; other organisations are commissioners or public bodies."""
    return PROVIDER_KINDS[kind].label if kind in PROVIDER_KINDS else COMMISSIONER


def kind_colours(theme: Theme, *, commissioners: bool = False) -> alt.Scale:
    """The colour scale by kind of organisation."""
    names = [kind.label for kind in PROVIDER_KINDS.values()]
    colours = [kind.colour for kind in PROVIDER_KINDS.values()]
    if commissioners:
        return alt.Scale(domain=[COMMISSIONER, *names, SEVERAL], range=[ink(theme), *colours, muted(theme)])
    return alt.Scale(domain=names, range=colours)


@lru_cache(maxsize=65_536)
def milliseconds(month: float) -> int:
    """Milliseconds after 1970 of a month after 1 April 2013, for Vega's time scales."""
    whole = floor(month)
    start, end = _first_of(whole), _first_of(whole + 1)
    return start + round((month - whole) * (end - start))


def _first_of(month: int) -> int:
    years, number = divmod(month + 3, 12)
    return round(datetime(2013 + years, number + 1, 1, tzinfo=UTC).timestamp() * 1000.0)


@lru_cache(maxsize=65_536)
def date_text(month: float) -> str:
    """Calendar month of a number of months after 1 April 2013: ``April 2015``."""
    year, number = divmod(int(month) + 3, 12)
    names = "January February March April May June July August September October November December"
    return f"{names.split()[number]} {2013 + year}"


def time_axis(
    field: str, until: float, *, since: float = 0.0, title: str | None = None, labels: bool = True, **more: Any
) -> alt.X:
    """Calendar axis from month ``since`` to month ``until``: fixed while a run continues."""
    end = max(until, 1.0)
    axis = alt.Axis(values=_ticks(end), format="%b %Y", labels=labels, grid=False, labelOverlap=True)
    domain = [milliseconds(since), milliseconds(end)]
    return alt.X(field, type="temporal", scale=alt.Scale(type="utc", domain=domain), axis=axis, title=title, **more)


def _ticks(end: float) -> list[int]:
    """The firsts of April, when financial years begin; every quarter for short periods, fewer for long ones."""
    every = 3 if end <= 30.0 else 12 if end <= 144.0 else 24
    return [milliseconds(float(month)) for month in range(0, int(end) + 1, every)]


def data(name: str) -> Any:
    """A dataset that can be replaced by name."""
    return alt.NamedData(name=name)


def finish(chart: Any, datasets: Datasets, theme: Theme, title: str, subtitle: str | Sequence[str] = "") -> Any:
    """Add data, title and theme to a chart."""
    text: dict[str, Any] = {
        "labelColor": ink(theme),
        "titleColor": ink(theme),
        "labelFontSize": 13,
        "titleFontSize": 13,
    }
    made = chart.properties(
        title=alt.TitleParams(title, subtitle=subtitle, anchor="start", frame="group", offset=10),
        background=paper(theme),
        padding=12,
    ).configure(
        font=FONT,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            **text, gridColor=faint(theme), domainColor=muted(theme), tickColor=muted(theme), titleFontWeight="normal"
        ),
        legend=alt.LegendConfig(**text, titleFontWeight="normal", symbolSize=140, symbolOpacity=1, labelLimit=260),
        title=alt.TitleConfig(
            color=ink(theme), subtitleColor=muted(theme), fontSize=17, subtitleFontSize=13, subtitlePadding=5
        ),
        header=alt.HeaderConfig(**text),
    )
    # Last, and not by a method: each method of a chart copies the whole chart.
    made["datasets"] = datasets
    return made


def check_theme(theme: str) -> str:
    """Return the theme if it exists; raises :class:`ConfigurationError` if not."""
    if theme not in _INK:
        raise ConfigurationError("theme", f"{theme!r} is unknown; allowed: {', '.join(_INK)}")
    return theme
