"""The page ``docs/tables.md``: every table of a run with its columns, kinds of events and reasons.

Columns come from :data:`caremarket.agents.records.tables.SCHEMAS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from caremarket.agents.records.event_kinds import EVENT_KINDS
from caremarket.agents.records.measures import summary_names
from caremarket.agents.records.tables import SCHEMAS
from caremarket.agents.world.reasons import REASONS
from tools.docs.places import HEADER

TABLES: Mapping[str, str] = {
    "yearly": "Measures at the end of every year, by nation, area and pathway, in long form.",
    "events": "Events in order of time. The kinds are listed below.",
    "procurements": "One row per procurement that has ended, direct awards included.",
    "bids": "One row per bid, including the offer on which a direct award is based.",
    "contracts": "One row per contract that was ever in force.",
    "subcontracts": "One row per sub-contract.",
    "positions": "One row per provider and point in time: every `record.positions_months` months, at the start and at "
    "the horizon. The concentration in the yearly table is calculated from sums of `direct` and `delivered`.",
    "flows": "Yearly value of work at the same points in time: one row per commissioner, holder and deliverer.",
    "organisations": "One row per organisation ever in the market: commissioners, providers, practices.",
    "postings": "One row per posting in the ledger. Off unless `record.postings=true`.",
}

NOTES: Mapping[str, str] = {
    "procurements": "`qualified` counts the applicants that passed the tests of turnover and guarantee and have no "
    "recent default with this commissioner, before any shortlist. Partners that bid together count as one. In a "
    "call-off all applicants are members of the pool, which has been tested before; a direct award has no applicants.",
}
"""Table -> explanation of its columns below them."""


def tables_page() -> str:
    """``docs/tables.md``."""
    return "\n".join(
        [HEADER + "# Tables of a run\n", INTRODUCTION, *_columns(), *_kinds_and_reasons(), *_summary(), SWEEP]
    )


def _columns() -> Iterator[str]:
    """One section for each table: its columns with type and meaning."""
    for name, schema in SCHEMAS.items():
        yield from (f"## {name}\n", TABLES[name] + "\n", "| column | type | meaning |", "| --- | --- | --- |")
        yield from (f"| `{f.name}` | {_arrow(f.type)} | {f.metadata[b'unit'].decode()} |" for f in schema)
        yield from ("", NOTES[name], "") if name in NOTES else ("",)


def _kinds_and_reasons() -> Iterator[str]:
    yield from ("## Kinds of events\n", "| kind | meaning |", "| --- | --- |")
    yield from (f"| `{kind}` | {meaning} |" for kind, meaning in EVENT_KINDS.items())
    yield REASONS_TEXT
    for kind, codes in REASONS.items():
        yield from (f"| `{kind}` | `{code}` | {text} |" for code, text in codes.items())


def _summary() -> Iterator[str]:
    yield SUMMARY
    yield ", ".join(f"`{name}`" for name in summary_names()) + ".\n"


INTRODUCTION = """\
`summary.json` is always written; the tables are Parquet files in the same folder, switched on and off under \
`record`: `caremarket run` keeps all but `postings`, a sweep keeps `yearly`. Time is in months from \
1 April 2013, money in whole pence, shares in [0, 1]. Organisations are named by `organisations.index`. \
Names are stored as dictionary-encoded text in memory and as plain text in the files.
"""
REASONS_TEXT = """
## Reasons

For these kinds of events, `detail` is a code for the reason of the decision: the decisive condition at the time. \
The detail of other kinds is a name, or empty. [howto-read-the-story.md](howto-read-the-story.md) shows the reasons \
in sentences.

| kind | detail | meaning |
| --- | --- | --- |"""
SUMMARY = """
## summary.json

One flat object of names and numbers in this order; null if there was nothing to measure. \
[measures.md](measures.md) defines each.
"""
SWEEP = """\
## Tables of a sweep

| file | rows |
| --- | --- |
| `runs.parquet` | one per run: `run`, `point`, `replicate`, `seed`, `label`, a column for each lever, then every \
measure of the summary as float64, null if there was nothing to measure |
| `design.parquet` | one per design point: `point`, `label`, `config_hash`, a column for each lever; \
the file's metadata describe the design and its samples under `caremarket.design` |
| `stopping.parquet` | with `design.stopping`, one per point and measure: `point`, `label`, `measure`, \
`replicates`, `mean` (of paired differences with `against`), `half_width`, `target`, `reached` |
| `sensitivity.parquet` | from commands such as `caremarket sensitivity screening`, one per index: `block`, `measure`, \
`index` (S1, ST, S2; mu, mu_star, sigma), `factor`, `other` (second factor of S2), `value`, `half_width` |
| `failures.parquet` | one per run that failed: `run`, `point`, `replicate`, `seed`, `label`, `reason` |
| `comparison.parquet` | one per policy and measure, written by `caremarket compare`: \
[howto-compare-policies.md](howto-compare-policies.md) |
| `yearly.parquet` and any other table kept | as above, with `run`, `point`, `replicate` before the other columns |
"""


def _arrow(kind: pa.DataType) -> str:
    return (
        "name (text)"
        if pa.types.is_dictionary(kind)
        else {"double": "float64", "string": "text"}.get(str(kind), str(kind))
    )
