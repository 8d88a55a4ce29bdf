"""The diagram of the contract forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tools.docs.diagrams.drawing import Drawing


def forms() -> Drawing:
    """Small diagrams of seven contract forms."""
    d = Drawing(760, 440)
    shapes: tuple[tuple[str, str, Callable[[Drawing, float, float], None]], ...] = (
        ("separate", "one provider a lot; the commissioner coordinates", _separate),
        ("any_qualified_provider", "all who qualify; patients choose", _choice),
        ("framework", "a pool on common terms; lots are called off", _framework),
        ("prime_contractor", "an integrator holds all and delivers nothing", _contractor),
        ("prime_provider", "the holder delivers part, buys the rest", _provider),
        ("accountable_lead", "a provider in mid-pathway answers for the whole budget", _lead),
        ("alliance", "one agreement, risk shared, decisions unanimous", _alliance),
    )
    for i, (name, about, shape) in enumerate(shapes):
        x, y = 98 + 188 * (i % 4), 24 + 215 * (i // 4)
        d.text(x, y, name, "head")
        shape(d, x, y + 36)
        d.lines(x, y + 172, about, 27, "small soft")
    x = 98 + 188 * 3
    for j, (kind, words) in enumerate(
        (
            ("commissioner", "commissioner"),
            ("prime", "holds, delivers nothing"),
            ("trust", "holds and delivers"),
            ("small", "delivers"),
        )
    ):
        d.bar(x - 80, 262 + 34 * j, 18, 18, kind)
        d.text(x - 54, 275 + 34 * j, words, "small left")
    return d


def _top(d: Drawing, x: float, y: float) -> None:
    d.box(x, y, 84, 26, "", "commissioner")


def _below(d: Drawing, x: float, y: float, kinds: Sequence[str], start: float = 13) -> None:
    for i, kind in enumerate(kinds):
        at = x - 48 + 48 * i
        d.arrow((x, y + start), (at, y + 71))
        d.box(at, y + 84, 38, 24, "", kind)


def _separate(d: Drawing, x: float, y: float) -> None:
    _top(d, x, y)
    _below(d, x, y, ("trust", "trust", "trust"))


def _choice(d: Drawing, x: float, y: float) -> None:
    _top(d, x, y)
    for i in range(3):
        d.arrow((x, y + 13), (x - 48 + 48 * i, y + 71), dash=True)
        d.box(x - 48 + 48 * i, y + 84, 38, 24, "", "trust")


def _framework(d: Drawing, x: float, y: float) -> None:
    _top(d, x, y)
    _below(d, x, y, ("trust", "trust", "trust"))
    d.parts.append(f'<rect class="line dash" x="{x - 74:g}" y="{y + 62:g}" width="148" height="44" rx="8"/>')


def _led(d: Drawing, x: float, y: float, kind: str) -> None:
    _top(d, x, y)
    d.arrow((x, y + 13), (x, y + 27))
    d.box(x, y + 40, 84, 26, "", kind)
    _below(d, x, y, ("small", "small", "small"), start=53)


def _contractor(d: Drawing, x: float, y: float) -> None:
    _led(d, x, y, "prime")


def _provider(d: Drawing, x: float, y: float) -> None:
    _led(d, x, y, "trust")


def _lead(d: Drawing, x: float, y: float) -> None:
    _led(d, x, y, "trust")
    d.text(x + 68, y + 44, "budget", "small")


def _alliance(d: Drawing, x: float, y: float) -> None:
    d.parts.append(f'<rect class="line" x="{x - 76:g}" y="{y - 20:g}" width="152" height="126" rx="8"/>')
    _top(d, x, y)
    for i in range(3):
        at = x - 48 + 48 * i
        d.arrow((x, y + 13), (at, y + 71), tip=False)
        d.box(at, y + 84, 38, 24, "", "trust")
    d.arrow((x - 29, y + 84), (x - 19, y + 84), tip=False)
    d.arrow((x + 19, y + 84), (x + 29, y + 84), tip=False)
