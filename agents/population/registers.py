"""Reads the three NHS Organisation Data Service registers, and the list sizes of practices.

The reports ``eccg``, ``etr`` and ``epraccur`` have 27 columns, no header, quoted values and dates as ``YYYYMMDD``.
They are consistent only as of the practice register's date: an organisation counts if it had opened by that date and
had not closed by it. Organisations left out are counted, with the reason, in ``Registers.left_out``; lines that begin
with ``warning:`` say that the date and the registers do not match.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from caremarket.market.errors import ConfigurationError
from caremarket.market.register_entries import RegisterCCG, RegisterPractice, Registers, RegisterTrust

COLUMNS = 27
CODE, NAME, REGION, AREA, OPENED, CLOSED, STATUS, COMMISSIONER, SETTING = 0, 1, 2, 3, 10, 11, 12, 23, 25
GP_PRACTICE = "4"
ACTIVE = "A"

TrustKind = Literal["acute_trust", "community_trust", "mental_health_trust"]

_UNTOLD: Mapping[TrustKind, str] = MappingProxyType(
    {
        "mental_health_trust": "R1A RAT RDY RH5 RHA RKL RLY RMY RNK RNU RPG RT1 RT2 RTQ RTV RV3 RV5 RV9 RW1 "
        "RW4 RW5 RWK RWX RX3 RX4 RXE RXM RYK",
        "community_trust": "R1C R1E R1J",
    }
)
"""Kind, by code, of trusts whose name does not show it (Oxleas, Solent, Tees, Esk and Wear Valleys, ...)."""


def read_registers(ods_dir: str, as_of: str, patients_csv: str | None = None) -> Registers:
    """Read CCGs, trusts and GP practices that were open on a date.

    Args:
        ods_dir: folder that holds ``eccg.csv``, ``etr.csv`` and ``epraccur.csv``.
        as_of: date as ``YYYY-MM-DD``; 2015-11-27 for the registers of that year.
        patients_csv: NHS "patients registered at a GP practice" file, or None for no list sizes.

    Raises:
        ConfigurationError: if the date is not valid, a file is missing or not as described above (with its
            line), or no CCG with a practice was open on the date.
    """
    day = _parse_as_of(as_of)
    folder = Path(ods_dir).expanduser()
    if not folder.is_dir():
        raise ConfigurationError(
            "market.ods_dir", f"{ods_dir} is no folder; it must hold eccg.csv, etr.csv and epraccur.csv"
        )
    left_out: list[str] = []
    ccgs = _read_ccgs(folder / "eccg.csv", day, as_of, left_out)
    trusts = _read_trusts(folder / "etr.csv", day, as_of, left_out)
    sizes = None if patients_csv is None else read_list_sizes(patients_csv)
    path = folder / "epraccur.csv"
    practices = _read_practices(path, day, as_of, {c.code for c in ccgs}, sizes, left_out)
    with_practices = {p.ccg for p in practices}
    empty = [c.code for c in ccgs if c.code not in with_practices]
    if len(empty) == len(ccgs):
        raise ConfigurationError(
            str(path),
            f"no practice open on {as_of} belongs to a CCG of that date; choose another market.ods_as_of",
        )
    if empty:
        left_out.append(
            f"warning: {as_of} does not fit the practice register: {len(empty)} CCGs have no practice and "
            f"are left out: {_some(empty)}"
        )
    if not trusts:
        left_out.append(f"warning: no trust in scope was open on {as_of}")
    return Registers(
        ccgs=tuple(c for c in ccgs if c.code in with_practices),
        trusts=tuple(trusts),
        practices=tuple(practices),
        left_out=tuple(left_out),
    )


def trust_kind(code: str, name: str) -> TrustKind:
    """Kind of a trust by its name, or by its code if the name does not show it; acute otherwise."""
    for kind, codes in _UNTOLD.items():
        if code in codes.split():
            return kind
    name = name.upper()
    if "COMMUNITY" in name:
        return "community_trust"
    if "MENTAL HEALTH" in name or "PARTNERSHIP" in name:
        return "mental_health_trust"
    return "acute_trust"


def read_list_sizes(patients_csv: str) -> dict[str, int]:
    """Read registered patients by practice code from the columns GP_PRACTICE_CODE and TOTAL_ALL.

    The NHS file has one row per practice; other columns are ignored. If a file is split by SEX or by AGE (AGE_GROUP),
    its rows for ALL are used; if it has none, the rows of a practice are added up. Otherwise a practice that is listed
    again must have the same number.

    Raises:
        ConfigurationError: if the file is missing, a column is missing, a row is short, a number is not valid,
            or a practice is listed with two numbers; names file and line.
    """
    path = Path(patients_csv).expanduser()
    lines = _lines(path, "market.patients_csv names no file")
    _, header = next(lines, (0, []))
    names = [h.strip().upper() for h in header]
    for needed in ("GP_PRACTICE_CODE", "TOTAL_ALL"):
        if needed not in names:
            raise ConfigurationError(
                str(path), f"line 1: no column {needed}; GP_PRACTICE_CODE and TOTAL_ALL are expected"
            )
    code_at, total_at = names.index("GP_PRACTICE_CODE"), names.index("TOTAL_ALL")
    splits = [i for i, n in enumerate(names) if n in ("SEX", "AGE", "AGE_GROUP")]
    whole: dict[str, int] = {}
    parts: Counter[str] = Counter()
    for line, row in lines:
        if len(row) != len(names):
            raise ConfigurationError(
                str(path), f"line {line}: {len(row)} columns, {len(names)} are expected as in line 1"
            )
        code, total = row[code_at].strip(), _patients(row[total_at], path, line)
        if splits and any(row[i].strip().upper() != "ALL" for i in splits):
            parts[code] += total
        elif whole.setdefault(code, total) != total:
            raise ConfigurationError(
                str(path), f"line {line}: practice {code} has {total} patients here and {whole[code]} before"
            )
    return dict(parts) | whole


def _patients(text: str, path: Path, line: int) -> int:
    try:
        value = int(text.strip())
    except ValueError:
        value = -1
    if value < 0:
        raise ConfigurationError(
            str(path),
            f"line {line}: TOTAL_ALL is {text!r}; a whole number of patients, 0 or more, is expected",
        )
    return value


def _parse_as_of(as_of: str) -> int:
    """Date of the registers as a number YYYYMMDD."""
    try:
        return int(date.fromisoformat(as_of).strftime("%Y%m%d"))
    except (TypeError, ValueError):
        raise ConfigurationError(
            "market.ods_as_of", f"{as_of!r} is no date; expected YYYY-MM-DD, for example 2015-11-27"
        ) from None


def _lines(path: Path, missing: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file with their line numbers; blank lines are skipped."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, strict=True)
            for row in reader:
                if row:
                    yield reader.line_num, row
    except FileNotFoundError:
        raise ConfigurationError(str(path), f"no such file; {missing}") from None
    except OSError as error:
        raise ConfigurationError(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(str(path), f"is not UTF-8 text (byte {error.start})") from None
    except csv.Error as error:
        raise ConfigurationError(str(path), f"line {reader.line_num}: not CSV: {error}") from None


def _rows(path: Path, day: int) -> Iterator[tuple[list[str], bool]]:
    """Rows of a register, each with True if it was open on ``day``; a code is open at most once.

    Raises:
        ConfigurationError: if the file is missing, a row does not have 27 columns, or a date is not valid.
    """
    dates: dict[str, int] = {"": 0}
    open_codes: set[str] = set()
    for line, row in _lines(path, "market.ods_dir must hold eccg.csv, etr.csv and epraccur.csv"):
        if len(row) != COLUMNS:
            raise ConfigurationError(
                str(path),
                f"line {line}: {len(row)} columns, {COLUMNS} are expected (an ODS report has no header)",
            )
        for column in (OPENED, CLOSED):
            if row[column] not in dates:
                dates[row[column]] = _register_date(row[column], path, line, column)
        opened, closed = dates[row[OPENED]], dates[row[CLOSED]]
        is_open = 0 < opened <= day and (closed == 0 or closed > day)
        if not row[CODE]:
            raise ConfigurationError(str(path), f"line {line}: column 1 is empty, a code is expected")
        if is_open and row[CODE] in open_codes:
            raise ConfigurationError(str(path), f"line {line}: code {row[CODE]} is listed twice")
        if is_open:
            open_codes.add(row[CODE])
        yield row, is_open


def _register_date(text: str, path: Path, line: int, column: int) -> int:
    try:
        if len(text) != 8 or not text.isdecimal():
            raise ValueError
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise ConfigurationError(
            str(path), f"line {line}: column {column + 1} is {text!r}; a date YYYYMMDD or nothing is expected"
        ) from None
    return int(text)


def _read_ccgs(path: Path, day: int, as_of: str, left_out: list[str]) -> list[RegisterCCG]:
    found: list[RegisterCCG] = []
    reasons: Counter[str] = Counter()
    for row, is_open in _rows(path, day):
        if not is_open:
            reasons[f"not open on {as_of}"] += 1
        elif "COMMISSIONING HUB" in row[NAME].upper():
            reasons["a commissioning hub, not a CCG"] += 1
        elif not row[REGION] or not row[AREA]:
            reasons["without region or area"] += 1
        else:
            found.append(RegisterCCG(code=row[CODE], name=row[NAME], region=row[REGION], area=row[AREA]))
    _count(left_out, "rows of the CCG register", reasons)
    if not found:
        raise ConfigurationError(
            str(path),
            f"none of its {sum(reasons.values())} rows is a CCG open on {as_of}; choose another market.ods_as_of",
        )
    return found


def _read_trusts(path: Path, day: int, as_of: str, left_out: list[str]) -> list[RegisterTrust]:
    found: list[RegisterTrust] = []
    reasons: Counter[str] = Counter()
    for row, is_open in _rows(path, day):
        if not is_open:
            reasons[f"not open on {as_of}"] += 1
        elif not row[REGION] or not row[AREA]:
            reasons["without an English region"] += 1
        elif "AMBULANCE" in row[NAME].upper():
            reasons["an ambulance trust"] += 1
        else:
            kind = trust_kind(row[CODE], row[NAME])
            found.append(RegisterTrust(code=row[CODE], name=row[NAME], region=row[REGION], area=row[AREA], kind=kind))
    _count(left_out, "trusts", reasons)
    return found


def _read_practices(
    path: Path, day: int, as_of: str, ccgs: set[str], sizes: dict[str, int] | None, left_out: list[str]
) -> list[RegisterPractice]:
    found: list[RegisterPractice] = []
    reasons: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    for row, is_open in _rows(path, day):
        if row[SETTING] != GP_PRACTICE:
            reasons["with a prescribing setting other than 4 (GP practice)"] += 1
        elif not is_open:
            reasons[f"not open on {as_of}"] += 1
        elif row[STATUS] != ACTIVE:
            reasons["dormant or proposed"] += 1
        elif row[COMMISSIONER] not in ccgs:
            elsewhere[row[COMMISSIONER] or "none"] += 1
        else:
            size = None if sizes is None else sizes.get(row[CODE])
            found.append(RegisterPractice(code=row[CODE], name=row[NAME], ccg=row[COMMISSIONER], list_size=size))
    _count(left_out, "rows of the practice register", reasons)
    if elsewhere:
        where = _some([f"{code} ({n})" for code, n in sorted(elsewhere.items())])
        left_out.append(
            f"{sum(elsewhere.values())} active practices left out: they belong to no CCG of {as_of} but to {where}"
        )
    if sizes is not None:
        unknown = sum(p.list_size is None for p in found)
        if unknown:
            left_out.append(f"{unknown} practices have no list size in the patients file: the average is taken")
    return found


def _count(left_out: list[str], what: str, reasons: Counter[str]) -> None:
    left_out.extend(f"{n} {what} left out: {reason}" for reason, n in sorted(reasons.items()))


def _some(items: Iterable[str], most: int = 8) -> str:
    """First few entries of a list, and the number of the rest."""
    items = list(items)
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
