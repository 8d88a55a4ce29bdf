"""A run told in plain English: complete, readable, the same live and replayed, and never ahead of its month."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from caremarket.agents.model import simulate
from caremarket.agents.records.event_kinds import EVENT_KINDS
from caremarket.agents.records.tables import to_table
from caremarket.agents.world.reasons import REASONS
from caremarket.experiments.report.story import Line, describe, feed, history
from caremarket.experiments.report.story.bid_basis import basis_of
from caremarket.experiments.report.story.event_phrases import PHRASES
from caremarket.experiments.report.story.phrase import HEADLINE, HIDDEN, NOTABLE
from caremarket.experiments.report.story.reason_phrases import CAUSES
from caremarket.experiments.report.story.wording import bought, crowd, date, kind_in_words, listed, money
from caremarket.runners.storage.encodings import plain_table
from tests.agents.conftest import composed, small

Tables = dict[str, pa.Table]
NAMES = ("Buyer", "Acute trust", "Hospice", "Charity", "Company", "Federation", "Friends", "Helpers")


@cache
def lived(name: str = "house") -> Tables:
    # With this seed somebody leaves the market.
    if name == "house":
        return simulate(composed("scenario=house"), 1).tables
    return simulate(small(f"policy={name}"), 1).tables


def event(
    kind: str, who: int = 2, other: int = 1, *, detail: str = "", amount: int = 123_456_700, **row: Any
) -> tuple[Any, ...]:
    return (row.get("time", 27.5), kind, who, other, row.get("procurement", 4), row.get("contract", 5), amount, detail)


UNMOVED = (0.0, -1.0, "none", -1, 100, 1000, 0, 0)
"""Columns of an organisation that is there throughout."""
NOTICE = event("procurement_notice", 0, -1, time=1.0, contract=-1, detail="end_of_life: community+voluntary")
BEGINS = event("contract_begins", 1, 0, time=2.0, procurement=-1, detail="end_of_life: community")


def tables_of(*events: tuple[Any, ...]) -> Tables:
    """Tables of a run with these events after a notice and the first day of a contract."""
    organisations = [
        (n, name, name, "ccg" if n == 0 else "third_sector", "area-1", "north", n > 1, n > 1, *UNMOVED)
        for n, name in enumerate(NAMES)
    ]
    return {
        "events": to_table("events", [NOTICE, BEGINS, *events]),
        "organisations": to_table("organisations", organisations),
    }


def told(*events: tuple[Any, ...]) -> list[Line]:
    return feed(tables_of(*events), since=2)


# Complete -------------------------------------------------------------------------------------------------


def test_every_kind_of_event_and_every_reason_has_words() -> None:
    assert set(PHRASES) == set(EVENT_KINDS)
    assert {kind: set(codes) for kind, codes in CAUSES.items()} == {k: set(codes) for k, codes in REASONS.items()}


@pytest.mark.parametrize("kind", PHRASES)
def test_every_phrase_makes_a_sentence_of_one_event_and_of_several(kind: str) -> None:
    for code in REASONS.get(kind, {"community": ""}):
        for count in (1, 5):
            lines = told(*[event(kind, 2 + n, detail=code) for n in range(count)])
            assert lines, code
            for line in lines:
                assert re.fullmatch(r"[A-Z0-9£].*[.]", line.text), line.text
                assert not re.search(r"[{}]|None|\bnan\b|  |\.\.| ,", line.text), line.text
                assert HIDDEN <= line.weight <= HEADLINE
            if PHRASES[kind].fold is not None and code and "{why}" in PHRASES[kind].text:
                assert (CAUSES[kind][code].tag if count > 1 and len(lines) == 1 else "because") in lines[0].text or (
                    CAUSES[kind][code].because.startswith(";")
                )


@pytest.mark.parametrize("policy", ["prime_provider", "alliance", "any_qualified_provider"])
def test_whatever_a_run_logs_is_told_with_its_reason(policy: str) -> None:
    tables = lived(policy)
    for line in feed(tables):
        assert re.fullmatch(r"[A-Z0-9£].*[.]", line.text), line.text
        assert "procurement " not in line.text, line.text
        assert not re.search(r"contract \d", line.text), line.text
        assert all(0 <= o < tables["organisations"].num_rows for o in line.organisations)
        if line.kind in {"refuses_subcontract", "no_bid", "fails_selection"}:
            assert re.search(r", because |: ", line.text), line.text


# Readable -------------------------------------------------------------------------------------------------


def test_a_hospice_refuses_because_more_would_be_at_risk_than_its_reserves() -> None:
    (line,) = told(event("refuses_subcontract", 2, 1, detail="reserves", amount=34_000_000))
    assert line.text == (
        "Hospice turned down what Acute trust offered for a part of end of life (community and voluntary care), "
        "because the terms would put £340,000 at risk in an ordinary bad year, more than its reserves."
    )
    assert line.when == "July 2015 (month 27)"
    assert line.organisations == (2, 1)
    assert line.weight == NOTABLE


def test_a_supplier_that_the_lead_needs_holds_out_for_more() -> None:
    (line,) = told(event("refuses_subcontract", 2, 1, detail="holds_out", amount=4_500_000))
    assert line.text.endswith("because the lead was likely to need it, and it held out for £45,000 a year more.")


def test_many_refusals_fold_into_one_line_with_how_many_had_which_reason() -> None:
    refused = [event("refuses_subcontract", who, 1, detail="below_cost") for who in (2, 3, 4, 5, 6)]
    refused += [event("refuses_subcontract", who, 0, detail="risk") for who in (7, 2)]
    (line,) = told(*refused)
    assert line.text.startswith(
        "Six providers (Hospice, Charity, Company and three others) turned down what Acute trust"
    )
    assert line.text.endswith(": below their cost (five) and too little for the risk (two).")
    assert set(line.organisations) == set(range(8))


def test_what_differs_in_month_or_tender_is_told_apart() -> None:
    later = event("refuses_subcontract", 3, 1, detail="risk", time=28.0)
    other = event("refuses_subcontract", 4, 1, detail="risk", procurement=9)
    assert len(told(event("refuses_subcontract", detail="risk"), later, other)) == 3


def test_the_lines_of_a_run_are_far_fewer_than_its_events() -> None:
    tables = lived("prime_provider")
    assert len(feed(tables, weight=NOTABLE)) < 0.35 * tables["events"].num_rows
    refusals = [line for line in feed(tables) if line.kind == "refuses_subcontract"]
    count = pc.sum(pc.equal(tables["events"]["kind"].cast("string"), "refuses_subcontract")).as_py()
    assert len(refusals) < 0.5 * count


def test_sums_dates_and_lists_read_as_people_say_them() -> None:
    assert [money(p) for p in (0, 12_300, 257_800, 3_412_345, 123_456_700, 99_960_000, -1_234_500_000_00)] == [
        "£0",
        "£123",
        "£2,600",
        "£34,000",
        "£1.2m",
        "£1.0m",
        "-£1.2bn",
    ]
    assert (date(0.0), date(26.4), date(93.0)) == (
        "April 2013 (month 0)",
        "June 2015 (month 26)",
        "January 2021 (month 93)",
    )
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert crowd(["a", "b", "c", "d"]) == "four organisations (a, b, c and one other)"
    assert bought("msk", "acute") == "MSK (acute care)"
    assert bought("msk+end_of_life", "acute+social+primary+voluntary") == "MSK and end of life"
    assert kind_in_words("acute_trust") == "an acute trust"


# Live and replayed, and month by month ----------------------------------------------------------------------


def test_frames_tell_together_what_the_whole_tells() -> None:
    tables = lived("prime_provider")
    times = tables["events"]["time"].to_pylist()
    cuts = [next((n for n, t in enumerate(times) if t >= month), len(times)) for month in range(1, 74, 3)]
    frames = [line for a, b in zip([0, *cuts], [*cuts, len(times)], strict=True) for line in feed(tables, a, b)]
    assert frames == feed(tables)
    assert feed(tables, len(times)) == []


def test_a_recorded_run_is_told_as_it_was_live(tmp_path: Path) -> None:
    tables = lived("alliance")
    for name, table in tables.items():
        pq.write_table(plain_table(table), tmp_path / f"{name}.parquet")
    read = {name: pq.read_table(tmp_path / f"{name}.parquet") for name in tables}
    assert feed(read) == feed(tables)
    holder = int(tables["contracts"]["holder"][0].as_py())
    assert describe(read, holder, 40.0) == describe(tables, holder, 40.0)
    assert history(read, holder) == history(tables, holder)


def test_the_feed_needs_only_what_there_is_in_mid_run() -> None:
    tables = lived("prime_provider")
    live = {name: tables[name] for name in ("events", "organisations")}
    said = [line.text for line in feed(live) if line.kind == "procurement_notice"]
    assert said == [line.text for line in feed(tables) if line.kind == "procurement_notice"]
    assert describe(live, 7)


def test_what_comes_later_is_not_told() -> None:
    tables = lived("house")
    month = 30.0
    lines = feed(tables, month=month)
    assert lines
    assert max(line.time for line in lines) <= month
    known = {**tables, "events": tables["events"].filter(pc.less_equal(tables["events"]["time"], month))}
    assert lines == feed(known)
    for organisation, exited in enumerate(tables["organisations"]["exited"].to_pylist()):
        now = " ".join(describe(tables, organisation, month))
        assert ("It left in" in now) == (0.0 <= exited <= month)
        assert all(line.time <= month for line in history(tables, organisation, month))
    gone = tables["organisations"]["exited"].to_pylist()
    assert any(month < exited for exited in gone)


# One organisation -------------------------------------------------------------------------------------------


def test_a_history_says_what_a_bid_rested_on_and_to_whom_it_was_lost() -> None:
    tables = lived("prime_provider")
    bids = tables["bids"].to_pylist()
    ended = {p["id"]: p for p in tables["procurements"].to_pylist() if p["winner"] >= 0}
    lost = next(b for b in bids if not b["won"] and b["procurement"] in ended and b["compliant"])
    lines = [line for line in history(tables, lost["bidder"]) if line.procurement == lost["procurement"]]
    by_kind = {line.kind: line.text for line in lines}
    assert f"took the work to cost {money(lost['cost_estimate'])} a year" in by_kind["bid"]
    winner = tables["organisations"]["name"][ended[lost["procurement"]]["winner"]].as_py()
    assert f"to {winner}, with a score of {lost['score']:.2f} against" in by_kind["lost"]


def test_a_history_says_what_a_bidder_believed_when_it_set_its_price() -> None:
    tables = lived("prime_provider")
    ended = set(tables["procurements"]["id"].to_pylist())
    bids = [b for b in tables["bids"].to_pylist() if b["procurement"] in ended]
    told_of = 0
    for bidder in {b["bidder"] for b in bids}:
        said = {line.procurement: line.text for line in history(tables, bidder) if line.kind == "bid"}
        for bid in (b for b in bids if b["bidder"] == bidder and b["procurement"] in said):
            told_of += 1
            text = said[bid["procurement"]]
            assert f"thought that the buyer could pay {money(bid['believed_affordable'])} a year" in text
            assert re.search(r"put its chance to win at (less than 1|\d+)%[.]$", text), text
            expected = re.search(r"It expected (.+) rival bids?, thought", text)
            assert expected is not None, text
            assert (expected[1] == "no") == (bid["believed_rivals"] < 0.05), text
    assert told_of == len(bids) > 10


@pytest.mark.parametrize(
    ("bid", "said"),
    [
        (
            {"believed_rivals": 2.43, "believed_chance": 0.384, "markup": 0.052, "risk_premium": 12_000_00},
            "It took the work to cost £980,000 a year, and added 5% and £12,000 for the risk. It expected 2.4 rival "
            "bids, thought that the buyer could pay £1.1m a year, and put its chance to win at 38%.",
        ),
        (
            {"believed_rivals": 1.0, "believed_chance": 0.001, "markup": -0.03, "risk_premium": 0},
            "It took the work to cost £980,000 a year, asked 3% less. It expected one rival bid, thought that "
            "the buyer could pay £1.1m a year, and put its chance to win at less than 1%.",
        ),
        (
            {"believed_rivals": 0.0, "believed_chance": 1.0, "markup": 0.0, "risk_premium": 0},
            "It took the work to cost £980,000 a year, and added nothing. It expected no rival bid, thought that the "
            "buyer could pay £1.1m a year, and put its chance to win at 100%.",
        ),
    ],
)
def test_the_basis_of_a_bid_reads_as_a_teacher_would_tell_it(bid: dict[str, Any], said: str) -> None:
    money_of_it = {"cost_estimate": 980_000_00, "believed_affordable": 1_100_000_00}
    assert basis_of(money_of_it | bid) == said


def test_a_portrait_adds_up_what_is_held_in_the_month() -> None:
    tables = lived("prime_provider")
    month = 36.0
    running = [c for c in tables["contracts"].to_pylist() if c["start"] <= month and not 0 <= c["ended"] <= month]
    holder = running[0]["holder"]
    total = sum(c["price"] for c in running if c["holder"] == holder)
    assert any(f"worth {money(total)} a year" in said for said in describe(tables, holder, month))


def test_a_portrait_says_why_it_left_and_what_it_turned_down() -> None:
    tables = lived("house")
    exits = [e for e in tables["events"].to_pylist() if e["kind"] == "exit"]
    assert exits
    for gone in exits:
        cause = CAUSES["exit"][gone["detail"]].because.partition("{")[0]
        assert cause in describe(tables, gone["organisation"])[0]
    refused = next(e for e in tables["events"].to_pylist() if e["kind"] == "refuses_subcontract")
    said = " ".join(describe(tables, refused["organisation"]))
    assert "turned down what leads offered" in said
    assert CAUSES["refuses_subcontract"][refused["detail"]].tag in said


def test_reserves_are_those_of_the_month_where_positions_were_recorded() -> None:
    tables = dict(lived("house"))
    tables["positions"] = pa.table(
        {
            "month": pa.array([0.0, 12.0, 24.0]),
            "organisation": pa.array([2, 2, 2], pa.int32()),
            "reserves": pa.array([100_000_00, 250_000_00, 50_000_00], pa.int64()),
            "turnover": pa.array([1_000_000_00] * 3, pa.int64()),
        }
    )
    assert any(
        "£250,000 in reserves" in said and "£100,000 in April 2013" in said for said in describe(tables, 2, 13.0)
    )
