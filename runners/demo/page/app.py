"""The teaching page: Solara components over a :class:`~caremarket.runners.demo.page.controller.PageController`.

Mesa's own page, ``mesa.visualization.SolaraViz``, is not used: it drives one model by ``model.step()`` at a fixed
interval, rebuilds it from keyword arguments, and draws data collected at each step. Here two models run side by side
without steps, can be stopped at any event or set back to any month, and are drawn from the tables of a run, so that a
recorded run looks the same. Solara's components, file dialogs and handling of tabs are used unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, cast

import solara
import solara.lab

from caremarket.market.errors import ConfigurationError
from caremarket.runners.demo.drawing.chart_kinds import CHART_KINDS
from caremarket.runners.demo.drawing.charts import kinds_of_organisation
from caremarket.runners.demo.engine.session import SPEEDS, TooManySessionsError
from caremarket.runners.demo.page.address import choices_from
from caremarket.runners.demo.page.controller import PageController, Shown
from caremarket.runners.demo.page.dialogs import Files, Help
from caremarket.runners.demo.page.panels import Half, Levers, Looked
from caremarket.runners.demo.page.server import settings
from caremarket.runners.demo.page.vue_components import Transport, Views

CSS = (Path(__file__).parent / "vue" / "page.css").read_text(encoding="utf-8")


@solara.component
def Page() -> None:
    """The page: one session for as long as the tab is open."""
    problem, set_problem = solara.use_state("")
    shown: solara.Reactive[Shown | None] = solara.use_reactive(cast("Shown | None", None))
    search = solara.use_router().search

    def begin() -> PageController | None:
        try:
            return PageController(settings(), choices_from(search), shown.set)
        except (TooManySessionsError, ConfigurationError) as error:
            set_problem(str(error))
            return None

    bridge = solara.use_memo(begin, [])
    solara.use_effect(lambda: bridge.close if bridge is not None else None, [])
    solara.Style(CSS)
    with solara.Div(classes=["cm"]):
        if bridge is None:
            solara.Error(problem or "The page could not be started.")
        else:
            Desk(bridge, shown)


@solara.component
def Layout(children: Any = None) -> solara.Element:
    """An empty layout in place of Solara's, so that the page fills the window."""
    return solara.Div(children=children or [])


OPEN_AT_FIRST = frozenset({"levers", "story"})
MAY_BE_OPEN = OPEN_AT_FIRST | {"open", "help"}
"""Parts of the page that can be opened and closed: panel of levers, feeds, dialog of files, dialog of keys."""


@solara.component
def Desk(bridge: PageController, shown: solara.Reactive[Shown | None]) -> None:
    """The page's content: controls at the top, levers on the left, and the two sides beside each other."""
    now = shown.value
    kind, set_kind = solara.use_state(0)
    parts, set_parts = solara.use_state(OPEN_AT_FIRST)
    dark, set_dark = solara.use_state(False)

    def view(number: int) -> None:
        if 0 <= number < len(CHART_KINDS):
            set_kind(number)
            bridge.look(kind=number)

    def toggle(part: str) -> None:
        if part in MAY_BE_OPEN:
            set_parts(parts ^ {part})

    def turn(theme: Any) -> None:
        set_dark(theme == "dark")
        solara.lab.theme.dark = theme == "dark"
        bridge.look(theme="dark" if theme == "dark" else "light")

    def act(order: dict[str, Any]) -> None:
        what, value = order.get("what"), order.get("value")
        if what == "view" and isinstance(value, int):
            view(value)
        elif what == "theme":
            turn(value)
        elif what == "escape":
            bridge.pick(0, -1)
            set_parts(parts - {"open", "help"})
        elif what in MAY_BE_OPEN:
            toggle(str(what))
        else:
            bridge.act(str(what), value)

    with solara.Div(classes=["cm-desk", "cm-dark" if dark else "cm-light"]):
        Controls(bridge, now, dark, act)
        Views(
            tabs=[{"key": k.key, "title": k.title, "about": k.about} for k in CHART_KINDS],
            chosen=kind,
            levers="levers" in parts,
            story="story" in parts,
            opened="open" in parts,
            event_choose=view,
            event_toggle=toggle,
        )
        solara.HTML("div", _legend(), classes=["cm-legend"])
        Sides(bridge, now, kind, parts)
        if now is not None and now.person is not None:
            Looked(bridge, now.person)
        if "open" in parts:
            Files(bridge, lambda: set_parts(parts - {"open"}))
        if "help" in parts:
            Help(lambda: set_parts(parts - {"help"}))


@solara.component
def Controls(bridge: PageController, now: Shown | None, dark: bool, act: Callable[[dict[str, Any]], None]) -> None:
    """Playback controls: play, step, seek, speed and theme."""
    picture = now.picture if now is not None else bridge.session.picture
    with solara.Div(classes=["cm-top"]):
        Transport(
            phase=picture.phase,
            month=round(picture.month, 3),
            reached=round(picture.reached, 2),
            horizon=picture.horizon,
            label=now.label if now is not None else "",
            speed=picture.speed,
            speeds=sorted({*SPEEDS, picture.speed}),
            pace=round(picture.pace),
            dark=dark,
            event_act=act,
        )


@solara.component
def Sides(bridge: PageController, now: Shown | None, kind: int, parts: frozenset[str]) -> None:
    """The two sides, and the levers on their left while they are open and the sides are not recordings."""
    picture = now.picture if now is not None else bridge.session.picture
    with_levers = "levers" in parts and not picture.replay
    with solara.Div(classes=["cm-main", "with-levers" if with_levers else "alone"]):
        if with_levers:
            Levers(bridge, tuple(bridge.choices))
        with solara.Div(classes=["cm-sides", f"n{len(picture.views)}", "story" if "story" in parts else "quiet"]):
            for number in range(len(picture.views)):
                Half(bridge, now, number, kind)


@cache
def _legend() -> str:
    """Legend of the colours of kinds of organisation, the same in every chart."""
    return "".join(
        f'<span><i style="background:{kind["colour"]}"></i>{escape(kind["name"])}</span>'
        for kind in kinds_of_organisation()
    )
