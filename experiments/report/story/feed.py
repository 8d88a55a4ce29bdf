"""The feed: the event log in plain English, with the organisations concerned and the reasons.

Events of one kind in one month that concern the same thing become one line, so that six thousand refusals read as
"seven providers turned down ...". A frame of the page passes the offset of the first row it has not shown yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from caremarket.experiments.report.story.event_phrases import PHRASES
from caremarket.experiments.report.story.facts import Facts, Row, Tables, rows_of
from caremarket.experiments.report.story.phrase import HIDDEN, Cause, Phrase
from caremarket.experiments.report.story.reason_phrases import CAUSES
from caremarket.experiments.report.story.wording import crowd, date, listed, money, number, plain, sentence

MOST_PRICES = 5
"""Maximum number of bids that a line names with their prices."""

ON_THE_FIRST_DAY = "{count} contracts were in force on the first day, worth {total} a year, held by {who}"
ONE_ON_THE_FIRST_DAY = "{who} held a contract on the first day: {work}, at {money} a year"
"""Wording for the contracts at the start of a run."""

MOST_LOTS = 12
"""Maximum number of lots that a line names."""

INSTEAD = {"caretaker": "contract", "direct_agreement": "contract", "preferred": "procurement"}
"""Kinds with more detail than another kind on the same contract or procurement at the same time."""

TOLD_BY = {"contract_begins": ("caretaker", "direct_agreement"), "procurement_preferred": ("preferred",)}
"""Kinds that are omitted if one of these is described."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story.

    Attributes:
        time: months from 1 April 2013, of the first event in it.
        text: a sentence.
        organisations: indices of the organisations concerned, starting with those that acted.
        weight: 0 routine, 1 relevant to a reader of one organisation's history, 2 part of the story, 3 turning point.
        kind: kind of the events in it.
        procurement: number of the procurement, -1 for none.
        contract: number of the contract, -1 for none.
    """

    time: float
    text: str
    organisations: tuple[int, ...]
    weight: int
    kind: str = ""
    procurement: int = -1
    contract: int = -1

    @property
    def when(self) -> str:
        """Its month as a date: ``June 2015 (month 26)``."""
        return date(self.time)


def feed(
    tables: Tables,
    since: int = 0,
    until: int | None = None,
    *,
    month: float | None = None,
    weight: int = HIDDEN,
) -> list[Line]:
    """Describe a range of rows of the event log, in order.

    Args:
        tables: tables of a run, live or recorded: ``events`` and ``organisations`` at least; ``contracts`` and
            ``procurements`` supply the care bought if the log is of an older version.
        since: number of rows of ``events`` already described.
        until: row to stop before; None for all.
        month: last month to describe; None for all.
        weight: least weight of the lines wanted.
    """
    events = tables["events"]
    stretch = events.slice(since, None if until is None else max(0, until - since))
    if month is not None:
        stretch = stretch.filter(pc.field("time") <= month)
    return told(tables, stretch, weight)


def told(tables: Tables, events: pa.Table, weight: int = HIDDEN) -> list[Line]:
    """Lines for some rows of the event log, in order."""
    rows = _worth_telling(rows_of(events), weight)
    if not rows:
        return []
    facts = Facts(tables, rows)
    groups: dict[object, list[Row]] = {}
    for place, row in enumerate(rows):
        phrase = PHRASES.get(row["kind"])
        if phrase is None:
            phrase = Phrase(f"{{who}}: {plain(row['kind'])}", HIDDEN)
        groups.setdefault(_key(row, phrase, facts, place), []).append(row)
    lines = [_line(group, facts) for group in groups.values()]
    return [line for line in lines if line.weight >= weight]


def _worth_telling(rows: list[Row], weight: int) -> list[Row]:
    """Rows that can reach ``weight``, without those that another row of the same time describes better."""
    better = {(r["kind"], r["time"], r[INSTEAD[r["kind"]]]) for r in rows if r["kind"] in INSTEAD}
    found = []
    for row in rows:
        kind = row["kind"]
        if kind in TOLD_BY and any((b, row["time"], row[INSTEAD[b]]) in better for b in TOLD_BY[kind]):
            continue
        if kind == "procurement_preferred" and row["other"] < 0:
            # No single organisation: accredited providers have a line each.
            continue
        if _weight_of(row) >= weight:
            found.append(row)
    return found


def _weight_of(row: Row) -> int:
    cause = _cause(row)
    if cause is not None and cause.weight is not None:
        return cause.weight
    phrase = PHRASES.get(row["kind"])
    return phrase.weight if phrase is not None else HIDDEN


def _cause(row: Row) -> Cause | None:
    return CAUSES.get(row["kind"], {}).get(row["detail"])


def _key(row: Row, phrase: Phrase, facts: Facts, place: int) -> object:
    """Key that rows in one line must share; the row's own position if it has its own line."""
    if phrase.fold is None:
        return place
    columns = phrase.fold
    if row["kind"] == "contract_begins":
        # Contracts running on the first day are one line; later, contracts that start under one procurement.
        procurement = facts.procurement_of(row["contract"])
        if row["time"] == 0.0:
            return "first day"
        return (row["kind"], procurement, int(row["time"])) if procurement >= 0 else place
    return (row["kind"], int(row["time"]), *[row[c] for c in columns])


class _Words(dict[str, str]):
    """Values of the names in a phrase, looked up only if the phrase has them."""

    def __init__(self, group: list[Row], facts: Facts, phrase: Phrase, who: list[int], others: list[int]) -> None:
        super().__init__()
        self._group = group
        self._facts = facts
        self._phrase = phrase
        self._who = who
        self._others = others

    def __missing__(self, word: str) -> str:
        group, facts = self._group, self._facts
        first = group[0]
        match word:
            case "who":
                return crowd([facts.name(i) for i in self._who], self._phrase.noun) if self._who else "somebody"
            case "other":
                return facts.name(first["other"])
            case "others":
                return crowd([facts.name(i) for i in self._others]) if self._others else facts.name(-1)
            case "lot":
                return facts.lot(first["procurement"], first["organisation"])
            case "lots":
                lots = dict.fromkeys(facts.lot(r["procurement"], first["organisation"]) for r in group)
                return listed(list(lots)[:MOST_LOTS])
            case "work":
                return facts.work(first["contract"], first["organisation"])
            case "money":
                return money(first["amount"])
            case "amount":
                return number(first["amount"])
            case "total":
                return money(sum(r["amount"] for r in group))
            case "count":
                return number(len(group))
            case "detail":
                return plain(first["detail"])
            case "who_money":
                return _with_prices(group, facts)
            case "why":
                return _why(group, facts)
        raise KeyError(word)


def _line(group: list[Row], facts: Facts) -> Line:
    first = group[0]
    phrase = PHRASES.get(first["kind"]) or Phrase(f"{{who}}: {plain(first['kind'])}", HIDDEN)
    who = list(dict.fromkeys(r["organisation"] for r in group if r["organisation"] >= 0))
    others = list(dict.fromkeys(r["other"] for r in group if r["other"] >= 0))
    text = phrase.many if len(group) > 1 and phrase.many else phrase.text
    if first["kind"] == "contract_begins" and first["time"] == 0.0:
        text = ON_THE_FIRST_DAY if len(group) > 1 else ONE_ON_THE_FIRST_DAY
    if phrase.own and first["other"] == first["organisation"]:
        text = phrase.own
    return Line(
        first["time"],
        sentence(text.format_map(_Words(group, facts, phrase, who, others))),
        tuple(dict.fromkeys([*who, *others])),
        max(_weight_of(r) for r in group),
        first["kind"],
        _common(group, "procurement"),
        _common(group, "contract"),
    )


def _common(group: list[Row], column: str) -> int:
    """A number that all rows of a group share, else -1."""
    found = {r[column] for r in group}
    return int(found.pop()) if len(found) == 1 else -1


def _with_prices(group: list[Row], facts: Facts) -> str:
    """Bidders with their prices, the cheapest first."""
    asked = sorted(group, key=lambda r: (r["amount"], r["organisation"]))
    named = [f"{facts.name(r['organisation'])} at {money(r['amount'])}" for r in asked[:MOST_PRICES]]
    if len(asked) > MOST_PRICES:
        named.append(f"{number(len(asked) - MOST_PRICES)} more")
    return listed(named)


def _why(group: list[Row], facts: Facts) -> str:
    """The reason of one, or the reasons of several with the number for each."""
    causes = [c for c in (_cause(r) for r in group) if c is not None]
    if not causes:
        return ""
    one = len({(r["organisation"], r["other"]) for r in group}) == 1
    if len(group) == 1 or (one and len(set(causes)) == 1):
        row = group[0]
        other = "it" if row["other"] == row["organisation"] else facts.name(row["other"])
        because = causes[0].because.format_map({"money": money(row["amount"]), "other": other})
        return because if because.startswith(";") else f", because {because}"
    counted = Counter(c.tag for c in causes)
    if len(counted) == 1:
        return f": {causes[0].tag}"
    return ": " + listed([f"{tag} ({number(n)})" for tag, n in counted.most_common()])
