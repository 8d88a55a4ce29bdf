"""Wording of sums, dates, lists and care in the story."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from caremarket.market.provider_kinds import PROVIDER_KINDS

FIRST_YEAR, FIRST_MONTH = 2013, 3
"""Month 0 is April 2013; months are counted from January as 0."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MOST_NAMED = 3
"""Maximum number of names in a list before the number of the others."""

INITIALS = frozenset({"msk", "copd", "gp", "nhs", "ccg", "aqp"})
"""Words in configuration names that are written in capitals."""

KINDS = {
    "ccg": "clinical commissioning group",
    "gp_practice": "GP practice",
    "gp_network": "network of GP practices",
    "area_team": "area team of NHS England",
    "local_authority": "local authority",
    "nhs_england": "national commissioner",
    "regulator": "regulator",
}
"""Organisations that are not providers, in words; other kinds are written without their underscores."""


def money(pence: float) -> str:
    """Amount in pence as rounded text: ``£1.2m``, ``£340,000``, ``£2,600``."""
    pounds = abs(pence) / 100.0
    sign = "-" if pence < 0 else ""
    for unit, letter in ((1e9, "bn"), (1e6, "m")):
        if pounds >= 0.9995 * unit:
            scaled = pounds / unit
            return f"{sign}£{scaled:.0f}{letter}" if scaled >= 100.0 else f"{sign}£{scaled:.1f}{letter}"
    step = 1000 if pounds >= 10_000 else 100 if pounds >= 1000 else 1
    return f"{sign}£{round(pounds / step) * step:,}"


def date(month: float) -> str:
    """A month of the run as a date: ``June 2015 (month 26)``."""
    whole = int(month + 1e-9)
    return f"{MONTHS[(whole + FIRST_MONTH) % 12]} {FIRST_YEAR + (whole + FIRST_MONTH) // 12} (month {whole})"


def number(count: int) -> str:
    """A count as a word up to twelve, else in figures."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else f"{count:,}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""


def crowd(names: Sequence[str], noun: str = "organisations") -> str:
    """Some names, or their number and the first of them: ``Seven providers (A, B, C and four others)``."""
    if len(names) <= MOST_NAMED:
        return listed(names)
    rest = len(names) - MOST_NAMED
    others = f"{number(rest)} other{'s' if rest > 1 else ''}"
    return f"{number(len(names))} {noun} ({', '.join(names[:MOST_NAMED])} and {others})"


@lru_cache(maxsize=1024)
def plain(name: str) -> str:
    """A configuration name in plain English: ``end_of_life`` is end of life, ``msk`` is MSK."""
    return " ".join(w.upper() if w in INITIALS else w for w in name.split("_"))


def kind_in_words(kind: str, *, small: bool = False) -> str:
    """A kind of organisation with its article: ``a small third-sector provider``."""
    words = PROVIDER_KINDS[kind].words if kind in PROVIDER_KINDS else KINDS.get(kind, plain(kind))
    words = f"small {words}" if small else words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


@lru_cache(maxsize=1024)
def bought(pathways: str, functions: str) -> str:
    """Care in a lot or contract: ``end of life (community and social care)``; names joined by +.

    If it is nearly all of a pathway, only the pathway is named.
    """
    kinds = [plain(f) for f in functions.split("+") if f]
    places = [plain(p) for p in pathways.split("+") if p]
    care = f"{listed(kinds)} care" if len(kinds) <= MOST_NAMED else f"{number(len(kinds))} kinds of care"
    if not places:
        return care
    where = listed(places) if len(places) <= MOST_NAMED else f"{number(len(places))} pathways"
    if len(kinds) > MOST_NAMED:
        return where
    return f"{where} ({care})" if kinds else where


def sentence(text: str) -> str:
    """Text with an initial capital and a full stop."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")
