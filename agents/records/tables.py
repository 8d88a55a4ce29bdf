"""Arrow tables of a run: every schema, with types and units.

``docs/tables.md`` is generated from :data:`SCHEMAS`. Money is in pence, time in months from 1 April 2013, shares in
[0, 1]. Organisations are numbered by ``organisations.index``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def _field(name: str, kind: pa.DataType, unit: str) -> pa.Field[Any]:
    return pa.field(name, kind, metadata={"unit": unit})


_I32 = pa.int32()
_I64 = pa.int64()
_F64 = pa.float64()
_BOOL = pa.bool_()
_NAME = pa.dictionary(pa.int32(), pa.string())

SCHEMAS: dict[str, pa.Schema] = {
    "yearly": pa.schema(
        [
            _field("year", _I32, "years since 1 April 2013; the state at the end of that year"),
            _field("dimension", _NAME, "nation, area or pathway"),
            _field("key", _NAME, "which area or pathway; empty for the nation"),
            _field("measure", _NAME, "name as in the summary"),
            _field("value", _F64, "unit of the measure"),
        ]
    ),
    "events": pa.schema(
        [
            _field("time", _F64, "months"),
            _field("kind", _NAME, "what happened"),
            _field("organisation", _I32, "who did it"),
            _field("other", _I32, "to or with whom, -1 for nobody"),
            _field("procurement", _I32, "procurement id, -1 for none"),
            _field("contract", _I32, "contract id, -1 for none"),
            _field("amount", _I64, "pence, where money is involved"),
            _field("detail", _NAME, "reason or kind, where there is one"),
        ]
    ),
    "procurements": pa.schema(
        [
            _field("id", _I32, "number"),
            _field("commissioner", _I32, "organisation"),
            _field("pathways", pa.string(), "names, joined by +"),
            _field("functions", pa.string(), "names, joined by +"),
            _field("round", _I32, "how often the first item has been procured"),
            _field("attempt", _I32, "attempt at this round"),
            _field("route", _NAME, "procurement route"),
            _field("form", _NAME, "contract form"),
            _field("opened", _F64, "months"),
            _field("signed", _F64, "months, -1 if nothing was signed or providers were accredited"),
            _field("closed", _F64, "months, -1 while under way (in mid-run alone)"),
            _field("outcome", _NAME, "awarded, no_bids, one_bid, over_budget or withdrawn; under_way in mid-run"),
            _field("candidates", _I32, "organisations that saw the notice"),
            _field("applicants", _I32, "organisations that wanted to compete"),
            _field("qualified", _I32, "organisations that passed selection"),
            _field("bids", _I32, "bids received"),
            _field("winner", _I32, "organisation, -1 for none"),
            _field("price", _I64, "pence a year"),
            _field("budget", _I64, "pence a year"),
            _field("reference_cost", _I64, "pence a year"),
        ]
    ),
    "bids": pa.schema(
        [
            _field("procurement", _I32, "procurement id"),
            _field("bidder", _I32, "organisation; of a consortium its lead, or the vehicle it founded when preferred"),
            _field("price", _I64, "pence a year"),
            _field("cost_estimate", _I64, "pence a year"),
            _field("markup", _F64, "share of cost"),
            _field("risk_premium", _I64, "pence a year"),
            _field("believed_rivals", _F64, "number of rivals that it expected to bid"),
            _field("believed_chance", _F64, "chance to win that it believed in, in [0, 1]"),
            _field("believed_affordable", _I64, "pence a year that it believed the commissioner can pay"),
            _field("quality", _F64, "as judged, in [0, 1]"),
            _field("social_value", _F64, "in [0, 1]"),
            _field("integration", _F64, "in [0, 1]"),
            _field("score", _F64, "weighted, in [0, 1]"),
            _field("compliant", _BOOL, "within budget"),
            _field("won", _BOOL, "preferred bidder"),
        ]
    ),
    "contracts": pa.schema(
        [
            _field("id", _I32, "number"),
            _field("procurement", _I32, "procurement id, -1 if not procured"),
            _field("commissioner", _I32, "organisation"),
            _field("holder", _I32, "organisation"),
            _field("form", _NAME, "contract form"),
            _field("payment", _NAME, "payment model"),
            _field("items", _I32, "functions of pathways covered at the start"),
            _field("pathways", pa.string(), "pathways covered at the start, joined by +"),
            _field("functions", pa.string(), "care functions covered at the start, joined by +"),
            _field("price", _I64, "pence a year at the start"),
            _field("start", _F64, "months"),
            _field("agreed_end", _F64, "months"),
            _field("ended", _F64, "months, -1 if running at the horizon"),
            _field("end_reason", _NAME, "why it ended"),
            _field("round", _I32, "round of the procurement"),
            _field("outcome", _F64, "last outcome index, -1 if never measured"),
        ]
    ),
    "subcontracts": pa.schema(
        [
            _field("id", _I32, "number"),
            _field("head", _I32, "contract id"),
            _field("supplier", _I32, "organisation"),
            _field("price", _I64, "pence a year for the whole of the items"),
            _field("promised", _F64, "share of volume promised"),
            _field("share", _F64, "share of volume given last"),
            _field("flow_down", _F64, "share of the head contract's risk repeated"),
            _field("guarantee", _F64, "share of the promise guaranteed"),
            _field("start", _F64, "months"),
            _field("end", _F64, "months, -1 if running at the horizon"),
            _field("end_reason", _NAME, "why it ended"),
            _field("promised_value", _F64, "pence promised over its life so far"),
            _field("delivered_value", _F64, "pence of work given over its life so far"),
        ]
    ),
    "positions": pa.schema(
        [
            _field("month", _F64, "months"),
            _field("organisation", _I32, "a provider that is there"),
            _field("reserves", _I64, "pence"),
            _field("turnover", _I64, "pence a year, last accounts"),
            _field("direct", _F64, "pence a year of contracts it holds; its part of what an alliance holds"),
            _field("delivered", _F64, "pence a year of the work it does, at what commissioners pay for it"),
            _field("promised", _F64, "pence a year promised to it under sub-contracts"),
            _field("given", _F64, "pence a year given to it under sub-contracts"),
            _field("contracts", _I32, "contracts it holds or hosts"),
            _field("distressed", _BOOL, "rescued within twelve months, or in debt beyond what it has invoiced"),
        ]
    ),
    "flows": pa.schema(
        [
            _field("month", _F64, "months"),
            _field("commissioner", _I32, "organisation that pays"),
            _field("holder", _I32, "organisation that holds the contract; in an alliance the member at work"),
            _field("deliverer", _I32, "organisation that does the work"),
            _field("joint", _BOOL, "held together by an alliance"),
            _field("value", _F64, "pence a year of such work, at what the commissioner pays for it"),
        ]
    ),
    "organisations": pa.schema(
        [
            _field("index", _I32, "number used by the other tables"),
            _field("id", pa.string(), "identifier, ODS code where there is one"),
            _field("name", pa.string(), "name"),
            _field("kind", _NAME, "kind of organisation"),
            _field("area", _NAME, "health-economy area"),
            _field("region", _NAME, "region"),
            _field("sme", _BOOL, "small or medium-sized at the start"),
            _field("third_sector", _BOOL, "charity, social enterprise or voluntary group"),
            _field("entered", _F64, "months"),
            _field("exited", _F64, "months, -1 if still there"),
            _field("exit_reason", _NAME, "why it left"),
            _field("federation", _I32, "a practice's federation at the horizon, -1 for none"),
            _field("reserves", _I64, "pence at the horizon"),
            _field("turnover", _I64, "pence a year, last accounts"),
            _field("market_income", _I64, "pence earned in the market over the run"),
            _field("market_cost", _I64, "pence spent on it over the run"),
        ]
    ),
    "postings": pa.schema(
        [
            _field("time", _F64, "months"),
            _field("payer", pa.string(), "account"),
            _field("payee", pa.string(), "account"),
            _field("contract", _I32, "contract id, -1 for none"),
            _field("reason", _NAME, "why money moved"),
            _field("amount", _I64, "pence"),
        ]
    ),
}


def to_table(name: str, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Convert rows, in schema order, to the named table."""
    schema = SCHEMAS[name]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = []
    for field, values in zip(schema, columns, strict=True):
        if pa.types.is_dictionary(field.type):
            # Codes in order of first appearance are deterministic and small.
            arrays.append(pa.array(values, pa.string()).dictionary_encode())
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
