"""What all charts of a run share: colours, themes, dates, and data that can be exchanged.

Colours are those of Okabe and Ito, told apart by the colour-blind, one a kind of organisation wherever it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import numpy as np

from market.errors import ConfigurationError

Theme = Literal["light", "dark"]
Rows = list[dict[str, Any]]
Datasets = dict[str, Rows]

KINDS: Mapping[str, tuple[str, str]] = {
    "acute_trust": ("Acute trust", "#0072B2"),
    "community_trust": ("Community trust", "#56B4E9"),
    "mental_health_trust": ("Mental health trust", "#CC79A7"),
    "gp_federation": ("GP federation", "#E69F00"),
    "third_sector": ("Third sector", "#009E73"),
    "independent": ("Independent", "#D55E00"),
    "prime": ("Prime, no own delivery", "#F0E442"),
    "vehicle": ("Joint venture", "#9A9A9A"),
}
"""Name and colour of every kind of provider, in the order in which they are stacked."""

COMMISSIONER, SEVERAL = "Commissioner", "Several"
SMALL, LARGE = "#009E73", "#0072B2"
ACCENT, WARNING = "#D55E00", "#E69F00"

_INK = {"light": "#1A1A1A", "dark": "#ECECEC"}
_FAINT = {"light": "#D9D9D9", "dark": "#454545"}
_MUTED = {"light": "#595959", "dark": "#B0B0B0"}
_PAPER = {"light": "#FFFFFF", "dark": "#16181D"}
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"


def ink(theme: Theme) -> str:
    """Colour of text and of commissioners."""
    return _INK[theme]


def muted(theme: Theme) -> str:
    """Colour of what explains."""
    return _MUTED[theme]


def faint(theme: Theme) -> str:
    """Colour of grids and of what has gone."""
    return _FAINT[theme]


def paper(theme: Theme) -> str:
    """Colour of the ground."""
    return _PAPER[theme]


def kind_name(kind: str) -> str:
    """A kind of provider in words; other organisations are commissioners or public bodies."""
    return KINDS[kind][0] if kind in KINDS else COMMISSIONER


def kind_colours(theme: Theme, *, commissioners: bool = False) -> alt.Scale:
    """The scale of colours by kind of organisation."""
    names = [name for name, _ in KINDS.values()]
    colours = [colour for _, colour in KINDS.values()]
    if commissioners:
        return alt.Scale(domain=[COMMISSIONER, *names, SEVERAL], range=[ink(theme), *colours, muted(theme)])
    return alt.Scale(domain=names, range=colours)


def milliseconds(months: Any) -> Any:
    """Milliseconds after 1970 of months after 1 April 2013, for Vega's time scales; an array for an array."""
    return _moment(float(months)) if isinstance(months, int | float) else _moments(months)


@lru_cache(maxsize=4096)
def _moment(month: float) -> int:
    """One month's; kept, for a chart asks for the same few hundred again and again."""
    return int(_moments(month))


def _moments(months: Any) -> Any:
    whole = np.floor(months).astype(np.int64)
    first = (np.datetime64("2013-04", "M") + whole).astype("datetime64[ms]").astype(np.int64)
    following = (np.datetime64("2013-04", "M") + whole + 1).astype("datetime64[ms]").astype(np.int64)
    return first + np.round((np.asarray(months) - whole) * (following - first)).astype(np.int64)


@lru_cache(maxsize=4096)
def date_text(month: float) -> str:
    """The calendar month that a month after 1 April 2013 lies in: ``April 2015``."""
    year, number = divmod(int(month) + 3, 12)
    names = "January February March April May June July August September October November December"
    return f"{names.split()[number]} {2013 + year}"


def time_axis(
    field: str, until: float, *, since: float = 0.0, title: str | None = None, labels: bool = True, **more: Any
) -> alt.X:
    """Calendar time from month ``since`` to month ``until``: an axis that does not move while a run goes on."""
    end = max(until, 1.0)
    axis = alt.Axis(values=_ticks(end), format="%b %Y", labels=labels, grid=False, labelOverlap=True)
    domain = [int(milliseconds(since)), int(milliseconds(end))]
    return alt.X(field, type="temporal", scale=alt.Scale(type="utc", domain=domain), axis=axis, title=title, **more)


def _ticks(end: float) -> list[int]:
    """The firsts of April, when years of account begin; of shorter times every quarter, of longer ones fewer."""
    every = 3 if end <= 30.0 else 12 if end <= 144.0 else 24
    return [int(milliseconds(float(month))) for month in range(0, int(end) + 1, every)]


def data(name: str) -> Any:
    """A dataset that is exchanged by name."""
    return alt.NamedData(name=name)


def finish(chart: Any, datasets: Datasets, theme: Theme, title: str, subtitle: str | Sequence[str] = "") -> Any:
    """Give a chart its data, its title and its theme."""
    check_theme(theme)
    made = chart.properties(
        title=alt.TitleParams(title, subtitle=subtitle, anchor="start", frame="group", offset=10),
        background=paper(theme),
        padding=12,
    )
    text = {"labelColor": ink(theme), "titleColor": ink(theme)}
    made = (
        made.configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            **text,
            gridColor=faint(theme),
            domainColor=muted(theme),
            tickColor=muted(theme),
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
        )
        .configure_legend(
            **text,
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
            symbolSize=140,
            symbolOpacity=1,
            labelLimit=260,
        )
        .configure_title(
            color=ink(theme), subtitleColor=muted(theme), fontSize=17, subtitleFontSize=13, subtitlePadding=5
        )
        .configure_header(**text, labelFontSize=13, titleFontSize=13)
    )
    # Last: every step before copies the whole chart.
    made["datasets"] = datasets
    return made


def check_theme(theme: str) -> None:
    """Raise :class:`ConfigurationError` for a theme there is not."""
    if theme not in _INK:
        raise ConfigurationError("theme", f"{theme!r} is unknown; allowed: {', '.join(_INK)}")
