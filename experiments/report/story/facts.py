"""Facts for the story from a run's tables: names, the care bought, the parties to a contract.

Only rows of the organisations, procurements and contracts named by the events are read, so that the time for a frame
of the page does not grow with the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caremarket.experiments.report.story.wording import bought

Tables = Mapping[str, pa.Table]
Row = dict[str, Any]

TELLS_WHAT = ("procurement_engagement", "procurement_notice", "procurement_preferred")
"""Kinds of events with the care bought by a procurement in their detail."""


def rows_of(table: pa.Table) -> list[Row]:
    """Rows as dictionaries; names stored as numbers are looked up in one pass, which takes a third of the time."""
    schema = pa.schema([f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f for f in table.schema])
    found: list[Row] = table.cast(schema).to_pylist()
    return found


def rows_with(table: pa.Table, column: str, wanted: Iterable[int], columns: list[str]) -> list[Row]:
    """Rows of a table with ``column`` among some numbers."""
    numbers = pa.array(sorted({n for n in wanted if n >= 0}), pa.int32())
    if not len(numbers) or not table.num_rows:
        return []
    # Find the rows first, then read only those: filtering text column by column is slower than reading it.
    places = pc.indices_nonzero(pc.is_in(table[column], value_set=numbers))
    return rows_of(table.select(columns).take(places))


def events_of(events: pa.Table, column: str, wanted: Iterable[int], kinds: tuple[str, ...]) -> list[Row]:
    """Events of some kinds with ``column`` among some numbers."""
    numbers = pa.array(sorted({n for n in wanted if n >= 0}), pa.int32())
    if not len(numbers) or not events.num_rows:
        return []
    places: list[pa.Array[Any]] = []
    start = 0
    for batch in events.select([column, "kind"]).to_batches():
        hit = pc.indices_nonzero(pc.is_in(batch.column(0), value_set=numbers))
        kind = batch.column(1).take(hit)
        if isinstance(kind, pa.DictionaryArray):
            # A dictionary column has few distinct values: search those once.
            codes = [n for n, word in enumerate(kind.dictionary.to_pylist()) if word in kinds]
            told = pc.is_in(kind.indices, value_set=pa.array(codes, kind.indices.type))
        else:
            told = pc.is_in(kind, value_set=pa.array(kinds, kind.type))
        places.append(pc.add(hit.filter(told).cast(pa.int64()), start))
        start += batch.num_rows
    return rows_of(events.take(pa.chunked_array(places)))


class Facts:
    """Names and subjects, for the events given.

    Args:
        tables: tables of a run, live or recorded; ``events`` and ``organisations`` are required, others optional.
        events: rows of the event log to describe.
    """

    def __init__(self, tables: Tables, events: list[Row]) -> None:
        organisations = tables["organisations"]
        self.names = [str(name) for name in organisations["name"].to_pylist()]
        # With only one commissioner, the buyer need not be named.
        self._one_buyer = organisations["kind"].cast(pa.string()).to_pylist().count("ccg") <= 1
        self._contracts = _contracts(tables, {e["contract"] for e in events})
        procurements = {e["procurement"] for e in events} | {c["procurement"] for c in self._contracts.values()}
        self._lots = _lots(tables, procurements)

    def name(self, organisation: int) -> str:
        """An organisation's name; a placeholder if it has none."""
        return self.names[organisation] if 0 <= organisation < len(self.names) else "somebody that is gone"

    def lot(self, procurement: int, by: int) -> str:
        """Care bought by a procurement, and its commissioner unless that is ``by``."""
        found = self._lots.get(procurement)
        if found is None:
            return f"procurement {procurement}"
        return self._for(*found, by)

    def _for(self, what: str, commissioner: int, by: int) -> str:
        said = self._one_buyer or commissioner in {by, -1}
        return what if said else f"{what} for {self.name(commissioner)}"

    def procurement_of(self, contract: int) -> int:
        """The procurement that led to a contract, -1 if none did."""
        found = self._contracts.get(contract)
        return int(found["procurement"]) if found else -1

    def work(self, contract: int, by: int) -> str:
        """Care in a contract, and its commissioner."""
        found = self._contracts.get(contract)
        if found is None:
            return f"contract {contract}"
        return self._for(found["what"], found["commissioner"], by)


def _what(detail: str) -> str:
    pathways, _, functions = detail.partition(": ")
    return bought(pathways, functions)


def _lots(tables: Tables, wanted: set[int]) -> dict[int, tuple[str, int]]:
    """Care bought and buyer of procurements, by number: from the event log, else from those that have ended."""
    found = {
        row["procurement"]: (_what(row["detail"]), row["organisation"])
        for row in events_of(tables["events"], "procurement", wanted, TELLS_WHAT)
        if row["detail"]
    }
    missing = wanted - set(found)
    if "procurements" in tables:
        ended = rows_with(tables["procurements"], "id", missing, ["id", "commissioner", "pathways", "functions"])
        found |= {r["id"]: (bought(r["pathways"], r["functions"]), r["commissioner"]) for r in ended}
    return found


def _contracts(tables: Tables, wanted: set[int]) -> dict[int, Row]:
    """Care in each contract, its commissioner, and the procurement that led to it."""
    found: dict[int, Row] = {}
    for row in events_of(tables["events"], "contract", wanted, ("contract_begins",)):
        if row["detail"]:
            what = {"what": _what(row["detail"]), "commissioner": row["other"], "procurement": -1}
            found[row["contract"]] = what
    if "contracts" in tables:
        columns = ["id", "commissioner", "procurement", "functions"]
        for row in rows_with(tables["contracts"], "id", wanted, columns):
            known = found.setdefault(
                row["id"], {"what": bought("", row["functions"]), "commissioner": row["commissioner"]}
            )
            known["procurement"] = row["procurement"]
    return found
