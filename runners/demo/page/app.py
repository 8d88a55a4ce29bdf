"""The teaching page: Solara components over a :class:`~caremarket.runners.demo.page.controller.PageController`.

Mesa's own page, ``mesa.visualization.SolaraViz``, is not used: it drives one model by ``model.step()`` at a fixed
interval, rebuilds it from keyword arguments, and draws data collected at each step. Here two models run side by side
without steps, can be stopped at any event or set back to any month, and are drawn from the tables of a run, so that a
recorded run looks the same. Solara's components, file dialogs and handling of tabs are used unchanged.
"""

from __future__ import annotations

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


@solara.component
def Desk(bridge: PageController, shown: solara.Reactive[Shown | None]) -> None:
    """The page's content: controls at the top, levers on the left, and the two sides beside each other."""
    now = shown.value
    kind, set_kind = solara.use_state(0)
    open_levers, set_open_levers = solara.use_state(True)
    open_story, set_open_story = solara.use_state(True)
    open_files, set_open_files = solara.use_state(False)
    open_help, set_open_help = solara.use_state(False)
    dark, set_dark = solara.use_state(False)
    picture = now.picture if now is not None else bridge.session.picture

    def view(number: int) -> None:
        if 0 <= number < len(CHART_KINDS):
            set_kind(number)
            bridge.look(kind=number)

    def toggle(what: str) -> None:
        if what == "levers":
            set_open_levers(not open_levers)
        elif what == "story":
            set_open_story(not open_story)
        elif what == "open":
            set_open_files(not open_files)
        elif what == "help":
            set_open_help(not open_help)

    def turn(theme: Any) -> None:
        set_dark(theme == "dark")
        solara.lab.theme.dark = theme == "dark"
        bridge.look(theme="dark" if theme == "dark" else "light")

    def close_all() -> None:
        bridge.pick(0, -1)
        set_open_files(False)
        set_open_help(False)

    def act(order: dict[str, Any]) -> None:
        what, value = order.get("what"), order.get("value")
        if what == "view" and isinstance(value, int):
            view(value)
        elif what == "theme":
            turn(value)
        elif what == "escape":
            close_all()
        elif what in {"levers", "story", "open", "help"}:
            toggle(str(what))
        else:
            bridge.act(str(what), value)

    with solara.Div(classes=["cm-desk", "cm-dark" if dark else "cm-light"]):
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
        Views(
            tabs=[{"key": k.key, "title": k.title, "about": k.about} for k in CHART_KINDS],
            chosen=kind,
            levers=open_levers,
            story=open_story,
            opened=open_files,
            event_choose=view,
            event_toggle=toggle,
        )
        solara.HTML("div", _legend(), classes=["cm-legend"])
        with solara.Div(classes=["cm-main", "with-levers" if open_levers and not picture.replay else "alone"]):
            if open_levers and not picture.replay:
                Levers(bridge, tuple(bridge.choices))
            with solara.Div(classes=["cm-sides", f"n{len(picture.views)}", "story" if open_story else "quiet"]):
                for number in range(len(picture.views)):
                    Half(bridge, now, number, kind)
        if now is not None and now.person is not None:
            Looked(bridge, now.person)
        if open_files:
            Files(bridge, lambda: set_open_files(False))
        if open_help:
            Help(lambda: set_open_help(False))


@cache
def _legend() -> str:
    """Legend of the colours of kinds of organisation, the same in every chart."""
    return "".join(
        f'<span><i style="background:{kind["colour"]}"></i>{escape(kind["name"])}</span>'
        for kind in kinds_of_organisation()
    )
