"""Controller of one page: passes requests to its session, and pictures to the page.

It does not know Solara; the page passes in a function that receives everything to be shown.
"""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from caremarket.experiments.configuration.allowed import SEED_LIMIT
from caremarket.market.errors import ConfigurationError
from caremarket.market.levers import PolicySpec
from caremarket.runners.demo.choices import Choice, check_names
from caremarket.runners.demo.drawing.chart_kinds import CHART_KINDS
from caremarket.runners.demo.drawing.charts import Panel, SidePainter, prepare_next
from caremarket.runners.demo.drawing.painter import Painter
from caremarket.runners.demo.drawing.story_feed import Person, Storyteller, Telling, when
from caremarket.runners.demo.engine.pictures import Picture
from caremarket.runners.demo.engine.session import Session
from caremarket.runners.demo.lever_controls import lever
from caremarket.runners.demo.settings import Settings
from caremarket.runners.storage.encodings import json_bytes, parquet_bytes, plain_table

NOTED = ("events", "organisations", "contracts", "subcontracts", "procurements", "bids", "yearly", "positions", "flows")


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the browser shows at a moment.

    Attributes:
        picture: state of the session.
        label: its month as a date.
        panels: the two sides.
        tellings: the feeds beside them.
        person: the organisation that was clicked; None if there is none.
    """

    picture: Picture
    label: str
    panels: tuple[Panel, ...]
    tellings: tuple[Telling, ...]
    person: Person | None


@dataclass
class Looking:
    """Chart, theme and organisation that are chosen on a page."""

    kind: int = 0
    theme: str = "light"
    person: tuple[int, int] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class PageController:
    """One page's session and painter.

    Args:
        settings: settings of the server.
        choices: the inputs of the two sides.
        show: receives everything to be shown, on the painter's thread.

    Raises:
        TooManySessionsError: the greatest number of pages are open.
    """

    def __init__(self, settings: Settings, choices: Sequence[Choice], show: Callable[[Shown], None]) -> None:
        self.settings = settings
        self.looking = Looking()
        self.choices = list(choices)
        self._artists = [SidePainter() for _ in choices]
        self._tellers = [Storyteller() for _ in choices]
        self.session = Session(settings.composer, choices, settings.speed)
        self.painter = Painter(self._paint, show, self._prepare)
        self._unlisten = self.session.listen(self.painter.want)
        self.painter.want(self.session.picture)
        if settings.replay:
            self.session.replay(list(settings.replay))

    def close(self) -> None:
        """Stop simulating and drawing."""
        self._unlisten()
        self.painter.close()
        self.session.close(wait=None)

    # Requests of the page -----------------------------------------------------------------------------------

    def act(self, what: str, value: Any = None) -> None:
        """Carry out the request of a button or key of the playback controls; unknown requests are ignored."""
        session = self.session
        simple: Mapping[str, Callable[[], None]] = {
            "toggle": session.toggle,
            "month": session.step_months,
            "back": lambda: session.step_months(-1.0),
            "event": session.step_event,
            "reset": session.reset,
        }
        if what in simple:
            simple[what]()
        elif what == "seek" and isinstance(value, int | float):
            session.seek(float(value))
        elif what == "speed" and isinstance(value, int | float):
            session.set_speed(float(value))

    def look(self, *, kind: int | None = None, theme: str | None = None) -> None:
        """Choose another kind of chart, or another theme."""
        with self.looking.lock:
            if kind is not None and 0 <= kind < len(CHART_KINDS):
                self.looking.kind = kind
            if theme is not None:
                self.looking.theme = theme
        self.painter.want(self.session.picture)

    def pick(self, side: int, organisation: int) -> None:
        """Choose an organisation to describe; -1 for none."""
        with self.looking.lock:
            self.looking.person = None if organisation < 0 else (side, organisation)
        self.painter.want(self.session.picture)

    def choose(self, scenario: str | None = None, seed: Any = None) -> str:
        """Set scenario or seed of both sides, and start again; returns an error message, or an empty string."""
        try:
            changed = list(self.choices)
            if scenario is not None:
                changed = [replace(c, scenario=scenario, levers={}, reforms=()) for c in changed]
            if seed is not None:
                changed = [replace(c, seed=checked_seed(seed), reforms=()) for c in changed]
            for choice in changed:
                check_names(choice, self.settings.own_files)
        except ConfigurationError as error:
            return str(error)
        self.choices = changed
        self.session.choose_all(changed)
        return ""

    def choose_policy(self, side: int, policy: str) -> str:
        """Set the policy of a side, with the policy's own levers; returns an error message, or an empty string."""
        choice = replace(self.choices[side], policy=policy, levers={}, reforms=())
        try:
            check_names(choice, self.settings.own_files)
        except ConfigurationError as error:
            return str(error)
        self.choices[side] = choice
        self.session.choose(side, choice)
        return ""

    def move(self, side: int, key: Any, value: Any, from_now: bool = False) -> str:
        """Move a lever of a side, from the start or the month on view; returns an error message, or an empty string."""
        try:
            value = _checked(str(key), value)
            policy = self.policy(side)
            month = round(self.session.picture.month, 3) if from_now else None
            choice = self.choices[side].with_lever(policy, str(key), value, month or None)
            self.settings.composer.scenario(choice)
        except ConfigurationError as error:
            return str(error)
        self.choices[side] = choice
        self.session.choose(side, choice)
        return ""

    def policy(self, side: int) -> dict[str, Any]:
        """Levers of a side at the month on view; the registry's defaults if its scenario cannot be composed."""
        try:
            scenario = self.settings.composer.scenario(self.choices[side])
        except ConfigurationError:
            return PolicySpec().model_dump()
        policy = scenario.policy
        for _, begins, changed in scenario.reforms():
            if begins <= self.session.picture.month:
                policy = changed
        return policy.model_dump()

    def moved(self, side: int) -> list[str]:
        """Levers of a side that were moved on the page."""
        choice = self.choices[side]
        return sorted({*choice.levers, *(key for _, key, _ in choice.reforms)})

    def replay(self, folders: Sequence[str]) -> None:
        """Open recorded runs."""
        self.session.replay([folder for folder in folders if folder.strip()][:2])

    def archive(self, side: int) -> bytes:
        """The tables of a side as a zip of Parquet files; unpacked, it can be opened as a recorded run."""
        picture = self.session.picture
        view = picture.views[side]
        if view.tables is None:
            raise ConfigurationError("download", "there is nothing to save yet")
        name = view.choice.scenario if view.choice else view.title
        manifest: dict[str, Any] = {
            "kind": "run",
            "name": name,
            "seed": view.choice.seed if view.choice else -1,
            "choices": {"policy": view.title},
            "params": {"horizon_years": picture.reached / 12.0} if picture.reached > 0 else {},
            "command": view.command,
            "saved_at_month": picture.reached,
        }
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", json_bytes(manifest))
            for table in NOTED:
                if table in view.tables:
                    archive.writestr(f"{table}.parquet", parquet_bytes(plain_table(view.tables[table])))
        return packed.getvalue()

    def _prepare(self) -> bool:
        """Prepare a kind of chart that may be chosen next; returns whether there may be more to prepare."""
        if self.session.picture.phase == "playing":
            return True  # later
        return prepare_next(self.session.picture.horizon, self.looking.theme)

    # Drawing ------------------------------------------------------------------------------------

    def _paint(self, picture: Picture) -> Shown:
        with self.looking.lock:
            kind, theme, person = CHART_KINDS[self.looking.kind], self.looking.theme, self.looking.person
        panels = tuple(
            artist.panel(view, picture.month, picture.horizon, kind, theme)
            for artist, view in zip(self._artists, picture.views, strict=False)
        )
        tellings = tuple(
            teller.tell(view.tables, picture.month, (view.title, view.choice, picture.replay))
            for teller, view in zip(self._tellers, picture.views, strict=False)
        )
        found: Person | None = None
        if person is not None and person[0] < len(picture.views):
            tables = picture.views[person[0]].tables
            found = None if tables is None else self._tellers[person[0]].person(tables, *person, picture.month)
        return Shown(picture, when(picture.month), panels, tellings, found)


def unpacked_name(choice: Choice | None, title: str, month: float) -> str:
    """The file name of an archive."""
    base = f"{choice.scenario}-{choice.policy}-seed{choice.seed}" if choice else Path(title).name.replace(", ", "-")
    return f"caremarket-{base}-month{month:.0f}.zip".replace(" ", "-")


def checked_seed(value: Any) -> int:
    """A seed from text or a number.

    Raises:
        ConfigurationError: it is not a whole number, or out of range.
    """
    text = str(value).strip()
    if not text.isdecimal() or int(text) >= SEED_LIMIT:
        raise ConfigurationError("seed", f"{text!r} is not allowed; a whole number from 0 to below 2^63 is")
    return int(text)


def _checked(key: str, value: Any) -> Any:
    """The value of a lever in the type of the registry; numbers outside a slider's range are moved to its ends."""
    try:
        found = lever(key)
    except KeyError:
        raise ConfigurationError(f"policy.{key}", "is no lever") from None
    if found.kind in {"number", "whole"}:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ConfigurationError(f"policy.{key}", f"{json.dumps(value)} is not a number") from None
        if number != number:
            raise ConfigurationError(f"policy.{key}", "is not a number")
        number = min(max(number, found.low), found.high)
        return round(number) if found.kind == "whole" else number
    return list(value) if found.kind == "several" and isinstance(value, list | tuple) else value
