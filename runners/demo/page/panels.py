"""Parts of the page: a side, scenario and levers, and the organisation that was clicked."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import solara

from caremarket.runners.demo.choices import Choice, policy_names, scenario_names
from caremarket.runners.demo.drawing.chart_kinds import CHART_KINDS
from caremarket.runners.demo.drawing.charts import Panel, rows_of
from caremarket.runners.demo.drawing.story_feed import Person, Said, Telling
from caremarket.runners.demo.lever_controls import Lever, levers
from caremarket.runners.demo.page.controller import PageController, Shown
from caremarket.runners.demo.page.vue_components import Card, Setup, Side

LETTERS = "AB"


@solara.component
def Half(bridge: PageController, now: Shown | None, number: int, kind: int) -> None:
    """One side: policy, headline figures, chart and feed."""
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
        caption=f"{CHART_KINDS[kind].about}; side {LETTERS[number]}, {panel.title}",
        spec=panel.spec,
        rows=panel.rows,
        lines=_lines(telling.lines),
        problem=panel.problem or problem,
        busy=panel.busy,
        event_choose_policy=lambda chosen: set_problem(bridge.choose_policy(number, str(chosen))),
        event_pick=lambda organisation: bridge.pick(number, int(organisation)),
    )


@solara.component
def Levers(bridge: PageController, choices: tuple[Choice, ...]) -> None:
    """Panel with scenario, seed and levers."""
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
        # Also after an error, so that the browser shows the actual values again.
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
def Looked(bridge: PageController, person: Person) -> None:
    """Description of the organisation that was clicked."""
    Card(
        letter=LETTERS[person.side],
        name=person.name,
        about=list(person.about),
        lines=_lines(person.lines),
        event_close=lambda *_: bridge.pick(0, -1),
    )


def _lines(lines: tuple[Said, ...]) -> list[dict[str, Any]]:
    return [{**asdict(line), "who": [{"index": index, "name": name} for index, name in line.who]} for line in lines]


def _groups() -> list[dict[str, Any]]:
    """Levers by heading, in the form that the browser takes."""
    found: dict[str, list[Lever]] = {}
    for lever in levers():
        found.setdefault(lever.group, []).append(lever)
    return [
        {"title": title, "levers": [{**asdict(lever), "choices": list(lever.choices)} for lever in group]}
        for title, group in found.items()
    ]
