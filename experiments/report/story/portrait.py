"""One organisation: its description and state in a month, and its actions with reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from caremarket.experiments.report.story.bid_basis import basis_of
from caremarket.experiments.report.story.facts import Facts, Row, Tables, events_of, rows_of, rows_with
from caremarket.experiments.report.story.feed import Line, told
from caremarket.experiments.report.story.phrase import HIDDEN, QUIET
from caremarket.experiments.report.story.reason_phrases import CAUSES
from caremarket.experiments.report.story.wording import date, kind_in_words, listed, money, number, sentence
from caremarket.market.provider_kinds import for_one_contract

MOST_CONTRACTS = 5
"""Maximum number of contracts and sub-contracts that a portrait names, the largest first."""

BUYERS = frozenset({"ccg", "local_authority", "nhs_england", "area_team"})


def history(tables: Tables, organisation: int, month: float | None = None) -> list[Line]:
    """Events of an organisation in order, with the basis of its bids.

    Args:
        tables: tables of a run, live or recorded.
        organisation: its index.
        month: last month to describe; None for all.
    """
    mine = (pc.field("organisation") == organisation) | (pc.field("other") == organisation)
    if month is not None:
        mine &= pc.field("time") <= month
    bids = _bids(tables, organisation, month)
    rested_on = {procurement["id"]: bid for bid, procurement in bids}
    lines = [_with_bid(line, rested_on) for line in told(tables, tables["events"].filter(mine), HIDDEN)]
    lines += _lost(tables, organisation, bids)
    lines += _subcontracts_ended(tables, organisation, month)
    return sorted(lines, key=lambda line: line.time)


def _known_by(row: Row, column: str, month: float | None) -> bool:
    return month is None or row[column] <= month


def _rows(tables: Tables, name: str, column: str, wanted: set[int]) -> list[Row]:
    """Rows of a table that may not have been recorded."""
    table = tables.get(name)
    return [] if table is None else rows_with(table, column, wanted, table.column_names)


def _bids(tables: Tables, organisation: int, month: float | None) -> list[tuple[Row, Row]]:
    """Its bids in procurements that had ended, with these procurements."""
    bids = _rows(tables, "bids", "bidder", {organisation})
    ended = {p["id"]: p for p in _rows(tables, "procurements", "id", {b["procurement"] for b in bids})}
    found = [(b, ended[b["procurement"]]) for b in bids if b["procurement"] in ended]
    return [(b, p) for b, p in found if _known_by(p, "closed", month)]


def _with_bid(line: Line, bids: dict[int, Row]) -> Line:
    """A line on one of its bids, followed by its basis."""
    bid = bids.get(line.procurement) if line.kind == "bid" else None
    if bid is None:
        return line
    return replace(line, text=f"{line.text} {basis_of(bid)}")


def _lost(tables: Tables, organisation: int, bids: list[tuple[Row, Row]]) -> list[Line]:
    """Tenders it lost, with the gap to the winner."""
    lost = [(b, p) for b, p in bids if not b["won"] and p["winner"] >= 0]
    if not lost:
        return []
    wanted = {p["id"] for _, p in lost}
    won = {b["procurement"]: b for b in _rows(tables, "bids", "procurement", wanted) if b["won"]}
    facts = Facts(tables, [{"procurement": n, "contract": -1} for n in sorted(wanted)])
    lines = []
    for bid, procurement in lost:
        winner = won.get(procurement["id"])
        said = (
            f"{facts.name(organisation)} lost {facts.lot(procurement['id'], -2)} to {facts.name(procurement['winner'])}"
        )
        if not bid["compliant"]:
            said += ": its bid did not comply"
        elif winner is not None:
            said += f", with a score of {bid['score']:.2f} against {winner['score']:.2f}"
        when = procurement["signed"] if procurement["signed"] >= 0.0 else procurement["closed"]
        both = (organisation, procurement["winner"])
        lines.append(Line(when, sentence(said), both, QUIET, "lost", procurement["id"]))
    return lines


ENDS = {
    "head_ended": "the contract it hung on ended",
    "supplier_gone": "it had left the market",
    "removed": "it was failing and was removed",
    "replaced_by_board": "the board of the alliance replaced it",
}
"""Reasons for the end of a sub-contract, in words."""


def _subcontracts_ended(tables: Tables, organisation: int, month: float | None) -> list[Line]:
    ended = [
        s
        for s in _rows(tables, "subcontracts", "supplier", {organisation})
        if s["end"] >= 0.0 and _known_by(s, "end", month)
    ]
    if not ended:
        return []
    facts = Facts(tables, [{"procurement": -1, "contract": s["head"]} for s in ended])
    lines = []
    for sub in ended:
        said = f"the sub-contract of {facts.name(organisation)} ended: {facts.work(sub['head'], -2)}"
        because = ENDS.get(sub["end_reason"])
        said += f", because {because}" if because else ""
        if sub["promised_value"] > 0:
            share = sub["delivered_value"] / sub["promised_value"]
            said += f"; of {money(sub['promised_value'])} that was promised it was given {share:.0%}"
        lines.append(Line(sub["end"], sentence(said), (organisation,), QUIET, "subcontract_ends", -1, sub["head"]))
    return lines


def describe(tables: Tables, organisation: int, month: float | None = None) -> list[str]:
    """Description and state of an organisation in a month (None: at the end), one sentence each.

    Args:
        tables: tables of a run, live or recorded; ``positions`` give reserves in past months.
        organisation: its index.
        month: later events are ignored.
    """
    (row,) = tables["organisations"].slice(organisation, 1).to_pylist()
    said = [_who(tables, row, month)]
    if row["kind"] in BUYERS:
        said += _buys(tables, organisation, month)
    else:
        said += _means(tables, row, month)
        if row["exited"] < 0.0 or not _known_by(row, "exited", month):
            said += _holds(tables, organisation, month)
            said += _supplies(tables, organisation, month)
        said += _contests(tables, organisation, month)
    said += _reasons(tables, organisation, month)
    return [sentence(s) for s in said]


def _who(tables: Tables, row: Row, month: float | None) -> str:
    small = bool(row["sme"]) and row["kind"] != "gp_practice" and not for_one_contract(row["kind"])
    kind = kind_in_words(row["kind"], small=small)
    said = f"{row['name']} is {kind}"
    if row["area"]:
        said += f" in {row['area'].replace('-', ' ').replace('_', ' ')}"
    if row["entered"] > 0.0:
        said += f"; it came in {date(row['entered'])}"
    if row["exited"] >= 0.0 and _known_by(row, "exited", month):
        said += f". It left in {date(row['exited'])}{_why_it_left(tables, row)}"
    return said


def _why_it_left(tables: Tables, row: Row) -> str:
    """Reason for exit in the event log, which is more detailed than the table of organisations."""
    left = events_of(tables["events"], "organisation", {row["index"]}, ("exit",))
    code = left[-1]["detail"] if left else row["exit_reason"]
    cause = CAUSES["exit"].get(code)
    if cause is None:
        return ""
    other = Facts(tables, []).name(left[-1]["other"] if left else -1)
    return f", because {cause.because.format_map({'other': other})}"


def _means(tables: Tables, row: Row, month: float | None) -> list[str]:
    """Reserves and turnover, from ``positions`` if recorded, else their last values."""
    if row["exited"] >= 0.0 and _known_by(row, "exited", month):
        return []
    places = [p for p in _rows(tables, "positions", "organisation", {row["index"]}) if _known_by(p, "month", month)]
    now: Row = places[-1] if places else row
    if not places and month is not None and "positions" in tables:
        return []
    means = [f"{money(now['reserves'])} in reserves"]
    if now["turnover"] > 0:
        means.append(f"a turnover of {money(now['turnover'])} a year")
    said = f"it has {listed(means)}"
    if len(places) > 1:
        said += f"; reserves were {money(places[0]['reserves'])} in {date(places[0]['month'])}"
    return [said]


def _running(rows: list[Row], month: float | None, ended: str) -> list[Row]:
    """Contracts or sub-contracts in force in a month."""
    if month is None:
        return [r for r in rows if r[ended] < 0.0]
    return [r for r in rows if r["start"] <= month and (r[ended] < 0.0 or r[ended] > month)]


def _holds(tables: Tables, organisation: int, month: float | None) -> list[str]:
    held = _running(_rows(tables, "contracts", "holder", {organisation}), month, "ended")
    if not held:
        return ["it holds no contract"]
    held.sort(key=lambda c: (-c["price"], c["id"]))
    facts = Facts(tables, [{"procurement": -1, "contract": c["id"]} for c in held])
    named = [f"{facts.work(c['id'], -2)}, {money(c['price'])} a year" for c in held[:MOST_CONTRACTS]]
    more = f"; and {number(len(held) - MOST_CONTRACTS)} more" if len(held) > MOST_CONTRACTS else ""
    total = money(sum(c["price"] for c in held))
    plural = "s" if len(held) > 1 else ""
    said = [f"it holds {number(len(held))} contract{plural} worth {total} a year: {'; '.join(named)}{more}"]
    under = _running(_rows(tables, "subcontracts", "head", {c["id"] for c in held}), month, "end")
    if under:
        given = "share" if month is None else "promised"
        suppliers = list(dict.fromkeys(facts.name(s["supplier"]) for s in under))
        value = money(sum(s["price"] * s[given] for s in under))
        said.append(
            f"{number(len(suppliers))} work{'s' if len(suppliers) == 1 else ''} for it under sub-contracts, "
            f"for {value} a year: {listed(suppliers[:MOST_CONTRACTS])}"
        )
    return said


def _supplies(tables: Tables, organisation: int, month: float | None) -> list[str]:
    subs = _running(_rows(tables, "subcontracts", "supplier", {organisation}), month, "end")
    if not subs:
        return []
    subs.sort(key=lambda s: (-s["price"] * s["promised"], s["id"]))
    facts = Facts(tables, [{"procurement": -1, "contract": s["head"]} for s in subs])
    # The delivered share is known only for the present; for the past, the promised share.
    given = "share" if month is None else "promised"
    heads = {c["id"]: c["holder"] for c in _rows(tables, "contracts", "id", {s["head"] for s in subs})}
    named = [
        f"{facts.work(s['head'], -2)}, under {facts.name(heads.get(s['head'], -1))}, "
        f"{money(s['price'] * s[given])} a year"
        for s in subs[:MOST_CONTRACTS]
    ]
    more = f"; and {number(len(subs) - MOST_CONTRACTS)} more" if len(subs) > MOST_CONTRACTS else ""
    said = f"it works under {number(len(subs))} sub-contract{'s' if len(subs) > 1 else ''}: {'; '.join(named)}{more}"
    promised = sum(s["promised_value"] for s in subs)
    delivered = sum(s["delivered_value"] for s in subs)
    if promised > 0 and month is None:
        said += f". So far it was promised {money(promised)} of work and given {delivered / promised:.0%} of it"
    return [said]


def _contests(tables: Tables, organisation: int, month: float | None) -> list[str]:
    bids = _bids(tables, organisation, month)
    if not bids:
        return []
    won = sum(b["won"] for b, _ in bids)
    return [f"it has bid {_times(len(bids))} in tenders that are over, and won {number(won) if won else 'none'}"]


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{number(count)} times"


def _buys(tables: Tables, organisation: int, month: float | None) -> list[str]:
    running = _running(_rows(tables, "contracts", "commissioner", {organisation}), month, "ended")
    said = []
    if running:
        total = money(sum(c["price"] for c in running))
        holders = len({c["holder"] for c in running})
        said.append(f"it has {number(len(running))} contracts with {number(holders)} holders, worth {total} a year")
    bought = [p for p in _rows(tables, "procurements", "commissioner", {organisation}) if _known_by(p, "closed", month)]
    if bought:
        outcomes = Counter(p["outcome"] for p in bought)
        failed = len(bought) - outcomes["awarded"]
        said.append(f"it has procured {_times(len(bought))}, {number(failed)} of them to no end")
    return said


COUNTED = {
    "refuses_subcontract": "it has turned down what leads offered",
    "no_bid": "it has decided not to bid",
    "fails_selection": "it has failed selection",
    "alliance_fails": "it has failed to bring an alliance together",
}
"""Decisions for which a portrait gives the reasons."""


def _reasons(tables: Tables, organisation: int, month: float | None) -> list[str]:
    """Number of its decisions not to act, with reasons."""
    mine = pc.field("organisation") == organisation
    if month is not None:
        mine &= pc.field("time") <= month
    table: pa.Table = tables["events"].filter(mine).select(["kind", "detail"])
    counted: dict[str, Counter[str]] = {}
    for row in rows_of(table):
        if row["kind"] in COUNTED:
            counted.setdefault(row["kind"], Counter())[row["detail"]] += 1
    said = []
    for kind, words in COUNTED.items():
        found = counted.get(kind)
        if found:
            tags = [f"{CAUSES[kind][c].tag} ({number(n)})" for c, n in found.most_common() if c in CAUSES[kind]]
            said.append(f"{words} {_times(found.total())}" + (f": {listed(tags)}" if tags else ""))
    return said
