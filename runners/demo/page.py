"""The teaching page: Solara components over a :class:`~caremarket.runners.demo.bridge.Bridge`.

Mesa's own page, ``mesa.visualization.SolaraViz``, is not used: it drives one model by ``model.step()`` at a fixed
interval, makes it anew from keyword arguments, and draws what a data collector gathered by tick. Here two models stand
side by side, nothing ticks, one may stop at any event or go back to any month, and charts are drawn from the tables of
a run, so that a recorded run looks the same. What is Solara's is used as it is: components, files, the life of a tab.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

import solara
import solara.lab

from caremarket.market.errors import ConfigurationError
from caremarket.runners.demo.assets import VEGA
from caremarket.runners.demo.bridge import Bridge, Shown, checked_seed, unpacked_name
from caremarket.runners.demo.choices import Choice, check_names, policy_names, scenario_names
from caremarket.runners.demo.levers import Lever, levers
from caremarket.runners.demo.painter import KINDS, Panel, kinds_of_organisation, rows_of
from caremarket.runners.demo.recording import described, recordings
from caremarket.runners.demo.server import settings
from caremarket.runners.demo.session import SPEEDS, TooManySessionsError
from caremarket.runners.demo.told import Person, Said, Telling

CSS = (Path(__file__).parent / "vue" / "page.css").read_text(encoding="utf-8")
LETTERS = "AB"
Event = Callable[[Any], None] | None


@solara.component_vue("vue/transport.vue")
def Transport(  # noqa: D103
    phase: str = "building",
    month: float = 0.0,
    reached: float = 0.0,
    horizon: float = 120.0,
    label: str = "",
    speed: float = 12.0,
    speeds: list[float] = [],  # noqa: B006
    pace: float = 0.0,
    dark: bool = False,
    event_act: Event = None,
) -> None:
    pass


@solara.component_vue("vue/setup.vue")
def Setup(  # noqa: D103
    scenario: str = "",
    scenarios: list[dict[str, str]] = [],  # noqa: B006
    shows: str = "",
    seed: int = 1,
    names: list[str] = [],  # noqa: B006
    side: int = 0,
    from_now: bool = False,
    groups: list[dict[str, Any]] = [],  # noqa: B006
    values: dict[str, Any] = {},  # noqa: B006
    moved: dict[str, bool] = {},  # noqa: B006
    problem: str = "",
    event_choose: Event = None,
    event_pick_side: Event = None,
    event_pick_when: Event = None,
    event_move_lever: Event = None,
) -> None:
    pass


@solara.component_vue("vue/side.vue")
def Side(  # noqa: D103
    letter: str = "",
    title: str = "",
    policies: list[str] = [],  # noqa: B006
    policy: str = "",
    about: str = "",
    figures: list[dict[str, str]] = [],  # noqa: B006
    caption: str = "",
    spec: str = "",
    rows: str = "",
    lines: list[dict[str, Any]] = [],  # noqa: B006
    problem: str = "",
    busy: bool = False,
    vega: str = VEGA,
    event_choose_policy: Event = None,
    event_pick: Event = None,
) -> None:
    pass


@solara.component_vue("vue/tabs.vue")
def Views(  # noqa: D103
    tabs: list[dict[str, str]] = [],  # noqa: B006
    chosen: int = 0,
    levers: bool = True,
    story: bool = True,
    opened: bool = False,
    event_choose: Event = None,
    event_toggle: Event = None,
) -> None:
    pass


@solara.component_vue("vue/person.vue")
def Card(  # noqa: D103
    letter: str = "",
    name: str = "",
    about: list[str] = [],  # noqa: B006
    lines: list[dict[str, Any]] = [],  # noqa: B006
    event_close: Event = None,
) -> None:
    pass


@solara.component
def Page() -> None:
    """The page: one session for as long as the tab is there."""
    problem, set_problem = solara.use_state("")
    shown: solara.Reactive[Shown | None] = solara.use_reactive(cast("Shown | None", None))
    search = solara.use_router().search

    def begin() -> Bridge | None:
        try:
            return Bridge(settings(), _asked(search), shown.set)
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
    """Nothing of Solara's around the page: it fills the window."""
    return solara.Div(children=children or [])


@solara.component
def Desk(bridge: Bridge, shown: solara.Reactive[Shown | None]) -> None:
    """Transport on top, levers at the left, two sides beside each other."""
    now = shown.value
    kind, set_kind = solara.use_state(0)
    open_levers, set_open_levers = solara.use_state(True)
    open_story, set_open_story = solara.use_state(True)
    open_files, set_open_files = solara.use_state(False)
    open_help, set_open_help = solara.use_state(False)
    dark, set_dark = solara.use_state(False)
    picture = now.picture if now is not None else bridge.session.picture

    def view(number: int) -> None:
        if 0 <= number < len(KINDS):
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
            tabs=[{"key": k.key, "title": k.title, "about": k.about} for k in KINDS],
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


@solara.component
def Half(bridge: Bridge, now: Shown | None, number: int, kind: int) -> None:
    """One side."""
    panel = now.panels[number] if now is not None and number < len(now.panels) else Panel(busy=True)
    telling = now.tellings[number] if now is not None and number < len(now.tellings) else Telling()
    replay = now is not None and now.picture.replay
    problem, set_problem = solara.use_state("")
    policies = solara.use_memo(policy_names, [])
    policy = bridge.choices[number].policy
    Side(
        letter=LETTERS[number],
        title=panel.title,
        policies=[] if replay else sorted({*policies, policy}),
        policy=policy,
        about=policies.get(policy, ""),
        figures=rows_of(panel.figures),
        caption=f"{KINDS[kind].about}; side {LETTERS[number]}, {panel.title}",
        spec=panel.spec,
        rows=panel.rows,
        lines=_lines(telling.lines),
        problem=panel.problem or problem,
        busy=panel.busy,
        event_choose_policy=lambda chosen: set_problem(bridge.choose_policy(number, str(chosen))),
        event_pick=lambda organisation: bridge.pick(number, int(organisation)),
    )


@solara.component
def Levers(bridge: Bridge, choices: tuple[Choice, ...]) -> None:
    """Scenario, seed and levers."""
    side, set_side = solara.use_state(1)
    from_now, set_from_now = solara.use_state(False)
    problem, set_problem = solara.use_state("")
    turn, set_turn = solara.use_state(0)
    scenarios = solara.use_memo(scenario_names, [])
    groups = solara.use_memo(_groups, [])
    choice = choices[side]
    values = solara.use_memo(lambda: bridge.policy(side), [side, choice])

    def after(found: str) -> None:
        set_problem(found)
        # Also where nothing came of it: what the browser shows goes back to what counts.
        set_turn(turn + 1)

    def choose(asked: dict[str, Any]) -> None:
        after(bridge.choose(asked.get("scenario"), asked.get("seed")))

    def lever(asked: dict[str, Any]) -> None:
        after(bridge.move(side, asked.get("key"), asked.get("value"), from_now))

    Setup(
        scenario=choice.scenario,
        scenarios=[{"name": name} for name in sorted({*scenarios, choice.scenario})],
        shows=scenarios.get(choice.scenario, ""),
        seed=choice.seed,
        names=[c.policy for c in choices],
        side=side,
        from_now=from_now,
        groups=groups,
        values={**values, "_turn": turn},
        moved=dict.fromkeys(bridge.moved(side), True),
        problem=problem,
        event_choose=choose,
        event_pick_side=lambda number: set_side(int(number)),
        event_pick_when=lambda now: set_from_now(bool(now)),
        event_move_lever=lever,
    )


@solara.component
def Looked(bridge: Bridge, person: Person) -> None:
    """The organisation that was clicked."""
    Card(
        letter=LETTERS[person.side],
        name=person.name,
        about=list(person.about),
        lines=_lines(person.lines),
        event_close=lambda *_: bridge.pick(0, -1),
    )


@solara.component
def Files(bridge: Bridge, close: Callable[[], None]) -> None:
    """Open a recorded run, save the tables of this one, and the commands that make it again."""
    folder, set_folder = solara.use_state("")
    second, set_second = solara.use_state("")
    root = bridge.settings.output_root
    found = solara.use_memo(lambda: [(str(path), described(path)) for path in recordings(root)], [])
    picture = bridge.session.picture
    with solara.Div(classes=["cm-dialog"]):
        with solara.Row(justify="space-between"):
            solara.HTML("h2", "Open and save")
            solara.Button("Close", on_click=close, text=True)
        solara.HTML("h3", "Save the tables, as Parquet in a zip")
        with solara.Row():
            for number, view in enumerate(picture.views):
                if view.tables is not None:
                    name = unpacked_name(view.choice, view.title, picture.reached)
                    solara.FileDownload(
                        lambda number=number: bridge.archive(number),
                        filename=name,
                        label=f"Save {LETTERS[number]}",
                        mime_type="application/zip",
                    )
        for view in picture.views:
            if view.command:
                solara.HTML("pre", view.command, classes=["cm-command"])
        solara.HTML("h3", "Open a recorded run")
        if found:
            solara.Select(
                f"Runs under {root}/", values=[""] + [path for path, _ in found], value=folder, on_value=set_folder
            )
        solara.InputText("Folder of a run", value=folder, on_value=set_folder, continuous_update=True)
        solara.InputText("Another, to stand beside it (may be empty)", value=second, on_value=set_second)

        def opened() -> None:
            bridge.replay([folder, second] if second.strip() else [folder or " "])
            close()

        with solara.Row():
            solara.Button("Open", on_click=opened, color="#0072B2", disabled=not folder.strip())
            if picture.replay:

                def live() -> None:
                    bridge.session.choose_all(bridge.choices)
                    close()

                solara.Button("Back to live runs", on_click=live)


@solara.component
def Help(close: Callable[[], None]) -> None:
    """The keys."""
    keys = (
        ("space", "play, pause"),
        ("right, left arrow", "a month on, a month back"),
        ("E", "to the next event"),
        ("R", "back to the first month"),
        ("1 to 8", "views"),
        ("L", "scenario and levers"),
        ("S", "what happened, under the pictures"),
        ("T", "light, dark"),
        ("O", "recordings and downloads"),
        ("Tab, Enter", "from one control or organisation to the next, and choose it"),
        ("Esc", "close what is open"),
    )
    with solara.Div(classes=["cm-dialog"]):
        with solara.Row(justify="space-between"):
            solara.HTML("h2", "Keys")
            solara.Button("Close", on_click=close, text=True)
        for key, does in keys:
            with solara.Row():
                solara.HTML("b", key, style="min-width: 11rem")
                solara.Text(does)


@cache
def _legend() -> str:
    """Which colour is which kind of organisation, in every view."""
    return "".join(
        f'<span><i style="background:{kind["colour"]}"></i>{escape(kind["name"])}</span>'
        for kind in kinds_of_organisation()
    )


def _lines(lines: tuple[Said, ...]) -> list[dict[str, Any]]:
    return [{**asdict(line), "who": [{"index": index, "name": name} for index, name in line.who]} for line in lines]


def _groups() -> list[dict[str, Any]]:
    """Levers by heading, as the browser takes them."""
    found: dict[str, list[Lever]] = {}
    for lever in levers():
        found.setdefault(lever.group, []).append(lever)
    return [
        {"title": title, "levers": [{**asdict(lever), "choices": list(lever.choices)} for lever in group]}
        for title, group in found.items()
    ]


def _asked(search: str | None) -> list[Choice]:
    """What the page's address asks for: ``?scenario=house&a=separate&b=alliance&seed=3&b.flow_down=1``.

    Raises:
        ConfigurationError: it asks for what is not there.
    """
    given = settings()
    choices = list(given.choices)
    for key, value in parse_qsl((search or "").lstrip("?")):
        side, _, lever = key.partition(".")
        if key == "scenario":
            choices = [replace(c, scenario=value) for c in choices]
        elif key == "seed":
            choices = [replace(c, seed=checked_seed(value)) for c in choices]
        elif side in {"a", "b"} and not lever:
            choices["ab".index(side)] = replace(choices["ab".index(side)], policy=value)
        elif side in {"a", "b"}:
            number = "ab".index(side)
            choices[number] = replace(choices[number], levers={**choices[number].levers, lever: _typed(lever, value)})
    for choice in choices:
        check_names(choice, given.own_files)
    return choices


def _typed(lever: str, value: str) -> Any:
    """A lever's value as an address writes it."""
    import yaml

    return yaml.safe_load(value)
