"""Components of the page written in Vue, with the properties and events that Solara needs declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from caremarket.runners.demo.page.assets import VEGA

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
