from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from caremarket.agents.population import build_population, read_registers
from caremarket.agents.population.registers import read_list_sizes, trust_kind
from caremarket.market.errors import ConfigurationError
from caremarket.market.randomness import Streams
from caremarket.market.register_entries import Registers
from caremarket.market.scenario import Scenario

DAY = "2015-11-27"


def row(
    code: str,
    name: str = "A NAME",
    *,
    region: str = "Y1",
    area: str = "Q1",
    opened: str = "20130401",
    closed: str = "",
    status: str = "A",
    ccg: str = "",
    setting: str = "",
    columns: int = 27,
) -> str:
    cells = [""] * 27
    cells[0:4] = code, name, region, area
    cells[10:13] = opened, closed, status
    cells[23], cells[25] = ccg, setting
    return ",".join(f'"{c}"' for c in (cells + [""] * 9)[:columns])


def write(
    folder: Path,
    ccgs: list[str] | None = None,
    trusts: list[str] | None = None,
    practices: list[str] | None = None,
) -> str:
    files = {
        "eccg.csv": ccgs if ccgs is not None else [row("00A"), row("00B")],
        "etr.csv": trusts if trusts is not None else [row("RAA", "SHIRE HOSPITALS NHS TRUST")],
        "epraccur.csv": practices
        if practices is not None
        else [row(f"P{i}", ccg="00A" if i % 2 else "00B", setting="4") for i in range(6)],
    }
    for name, lines in files.items():
        (folder / name).write_text("".join(f"{line}\r\n" for line in lines))
    return str(folder)


def test_the_registers_of_november_2015(registers_of_2015: Registers) -> None:
    assert len(registers_of_2015.ccgs) == 209
    assert len(registers_of_2015.trusts) == 224
    assert len(registers_of_2015.practices) == 7_752
    a_ccg = Counter(p.ccg for p in registers_of_2015.practices)
    assert (min(a_ccg.values()), max(a_ccg.values())) == (5, 122)
    left_out = "\n".join(registers_of_2015.left_out)
    assert "14 rows of the CCG register left out: a commissioning hub, not a CCG" in left_out
    assert "10 trusts left out: an ambulance trust" in left_out
    assert "3 trusts left out: without an English region" in left_out
    assert "208 rows of the practice register left out: dormant or proposed" in left_out
    assert "4 active practices left out" in left_out
    assert "112 (1), 114 (1), Q78 (1), RY6 (1)" in left_out
    assert "warning" not in left_out
    kinds = Counter(t.kind for t in registers_of_2015.trusts)
    assert 140 <= kinds["acute_trust"] <= 165
    assert 45 <= kinds["mental_health_trust"] <= 60
    assert 15 <= kinds["community_trust"] <= 22


def test_a_date_that_does_not_fit_the_practice_register_is_warned_of(
    registers_of_2015: Registers,
) -> None:
    folder = os.environ.get("CAREMARKET_ODS_DIR", str(Path(__file__).parents[3] / "../shared/data/ods"))
    registers = read_registers(folder, "2013-04-01")
    (warning,) = [line for line in registers.left_out if line.startswith("warning:")]
    assert "2013-04-01 does not fit the practice register: 3 CCGs have no practice" in warning
    assert "13T" not in {c.code for c in registers.ccgs}
    assert "practices left out: they belong to no CCG of 2013-04-01 but to 112 (1), 114 (1), 13T" in "\n".join(
        registers.left_out
    )


def test_open_means_opened_by_the_day_and_not_closed_by_it(tmp_path: Path) -> None:
    ccgs = [
        row("00A", opened="20151127"),
        row("00B", opened="20151128"),
        row("00C", closed="20151127"),
        row("00D", closed="20151128"),
    ]
    practices = [row(f"P{c}", ccg=f"00{c}", setting="4") for c in "ABCD"]
    registers = read_registers(write(tmp_path, ccgs, practices=practices), DAY)
    assert [c.code for c in registers.ccgs] == ["00A", "00D"]
    assert [p.code for p in registers.practices] == ["PA", "PD"]


def test_what_is_no_practice_no_ccg_or_no_trust_in_scope_is_left_out_with_its_reason(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        ccgs=[row("00A"), row("14X", "SOUTH COMMISSIONING HUB"), row("00W", region="")],
        trusts=[row("RYA", "NORTH AMBULANCE SERVICE NHS TRUST"), row("RT4", "WELSH NHS TRUST", region="")],
        practices=[
            row("P1", ccg="00A", setting="4"),
            row("P2", ccg="00A", setting="3"),
            row("P3", ccg="00A", setting="4", status="D"),
            row("P4", ccg="7A1", setting="4"),
        ],
    )
    registers = read_registers(folder, DAY)
    assert [c.code for c in registers.ccgs] == ["00A"]
    assert [p.code for p in registers.practices] == ["P1"]
    assert registers.trusts == ()
    assert registers.left_out == (
        "1 rows of the CCG register left out: a commissioning hub, not a CCG",
        "1 rows of the CCG register left out: without region or area",
        "1 trusts left out: an ambulance trust",
        "1 trusts left out: without an English region",
        "1 rows of the practice register left out: dormant or proposed",
        "1 rows of the practice register left out: with a prescribing setting other than 4 (GP practice)",
        "1 active practices left out: they belong to no CCG of 2015-11-27 but to 7A1 (1)",
        "warning: no trust in scope was open on 2015-11-27",
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"ccgs": [row("00A"), row("00B", columns=26)]}, r"eccg\.csv: line 2: 26 columns, 27 are expected"),
        ({"trusts": [row("RAA", columns=28)]}, r"etr\.csv: line 1: 28 columns, 27 are expected"),
        (
            {"practices": [row("P1", opened="2013-04-01")]},
            r"epraccur\.csv: line 1: column 11 is '2013-04-01'",
        ),
        ({"practices": [row("P1", closed="20150230")]}, r"epraccur\.csv: line 1: column 12 is '20150230'"),
        ({"ccgs": [row("00A"), row("00A")]}, r"eccg\.csv: line 2: code 00A is listed twice"),
        ({"ccgs": [row("")]}, r"eccg\.csv: line 1: column 1 is empty"),
        (
            {"ccgs": [row("00A", closed="20150331")]},
            r"eccg\.csv: none of its 1 rows is a CCG open on 2015-11-27",
        ),
        ({"ccgs": []}, r"eccg\.csv: none of its 0 rows is a CCG open on 2015-11-27"),
        ({"practices": []}, r"epraccur\.csv: no practice open on 2015-11-27 belongs to a CCG"),
        ({"ccgs": ['"00A","unclosed']}, r"eccg\.csv: line 1: not CSV"),
    ],
)
def test_a_bad_register_is_one_line_naming_file_and_line(
    tmp_path: Path, files: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        read_registers(write(tmp_path, **files), DAY)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["eccg.csv", "etr.csv", "epraccur.csv"])
def test_a_missing_register_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ConfigurationError, match=rf"{name}: no such file; market\.ods_dir must hold eccg\.csv"):
        read_registers(folder, DAY)


def test_a_missing_folder_a_bad_date_and_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"market\.ods_dir: .*nowhere is no folder"):
        read_registers(str(tmp_path / "nowhere"), DAY)
    folder = write(tmp_path)
    for date in ("27/11/2015", "2015-02-30", ""):
        with pytest.raises(ConfigurationError, match=r"market\.ods_as_of: .* YYYY-MM-DD"):
            read_registers(folder, date)
    (tmp_path / "eccg.csv").write_bytes(b'"00A","\xff\xfe"\n')
    with pytest.raises(ConfigurationError, match=r"eccg\.csv: is not UTF-8 text"):
        read_registers(folder, DAY)


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("RY8", "DERBYSHIRE COMMUNITY HEALTH SERVICES NHS FOUNDATION TRUST", "community_trust"),
        ("RXT", "BIRMINGHAM AND SOLIHULL MENTAL HEALTH NHS FOUNDATION TRUST", "mental_health_trust"),
        ("RWV", "DEVON PARTNERSHIP NHS TRUST", "mental_health_trust"),
        ("RX3", "TEES, ESK AND WEAR VALLEYS NHS FOUNDATION TRUST", "mental_health_trust"),
        ("R1C", "SOLENT NHS TRUST", "community_trust"),
        ("RBS", "ALDER HEY CHILDREN'S NHS FOUNDATION TRUST", "acute_trust"),
        ("RC1", "BEDFORD HOSPITAL NHS TRUST", "acute_trust"),
    ],
)
def test_the_kind_of_a_trust(code: str, name: str, kind: str) -> None:
    assert trust_kind(code, name) == kind


def patients(folder: Path, text: str) -> str:
    path = folder / "patients.csv"
    path.write_text(text)
    return str(path)


def test_list_sizes_come_from_the_patients_file_in_any_order_of_columns(tmp_path: Path) -> None:
    sizes = patients(tmp_path, "POSTCODE,TOTAL_ALL,GP_PRACTICE_CODE\nX1,5000,P1\nX2,0,P2\n")
    registers = read_registers(write(tmp_path), DAY, sizes)
    assert {p.code: p.list_size for p in registers.practices} == {
        "P0": None, "P1": 5000, "P2": 0, "P3": None, "P4": None, "P5": None,
    }  # fmt: skip
    assert "4 practices have no list size in the patients file: the average is taken" in registers.left_out


def test_rows_split_by_sex_or_age_are_added_up_unless_there_is_one_for_all(tmp_path: Path) -> None:
    split = "GP_PRACTICE_CODE,SEX,TOTAL_ALL\nP1,MALE,10\nP1,FEMALE,12\nP2,ALL,30\nP2,MALE,14\nP2,FEMALE,16\n"
    assert read_list_sizes(patients(tmp_path, split)) == {"P1": 22, "P2": 30}
    repeated = "GP_PRACTICE_CODE,TOTAL_ALL\nP1,10\nP1,10\n"
    assert read_list_sizes(patients(tmp_path, repeated)) == {"P1": 10}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GP_PRACTICE_CODE,TOTAL\nP1,1\n", "line 1: no column TOTAL_ALL"),
        ("", "line 1: no column GP_PRACTICE_CODE"),
        ("GP_PRACTICE_CODE,TOTAL_ALL\nP1,1\nP2,-3\n", "line 3: TOTAL_ALL is '-3'"),
        ("GP_PRACTICE_CODE,TOTAL_ALL\nP1,many\n", "line 2: TOTAL_ALL is 'many'"),
        ("GP_PRACTICE_CODE,TOTAL_ALL\nP1\n", "line 2: 1 columns, 2 are expected"),
        ("GP_PRACTICE_CODE,TOTAL_ALL\nP1,1\nP1,2\n", "line 3: practice P1 has 2 patients here and 1 before"),
    ],
)
def test_a_bad_patients_file_is_one_line_naming_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"patients\.csv: {message}"):
        read_list_sizes(patients(tmp_path, text))
    with pytest.raises(ConfigurationError, match=r"none\.csv: no such file; market\.patients_csv"):
        read_list_sizes(str(tmp_path / "none.csv"))


def test_population_is_the_sum_of_the_lists_and_ids_are_the_codes(tmp_path: Path, local: Scenario) -> None:
    sizes = patients(tmp_path, "GP_PRACTICE_CODE,TOTAL_ALL\nP1,50000\nP3,60000\n")
    registers = read_registers(write(tmp_path), DAY, sizes)
    market = local.market.model_copy(update={"source": "ods", "registers": registers})
    blueprint = build_population(local.model_copy(update={"market": market}), Streams(1))
    assert {c.id: c.population for c in blueprint.commissioners} == {"00A": 117_300, "00B": 21_900}
    assert "RAA" in {p.id for p in blueprint.providers}
    assert {p.id for p in blueprint.practices} == {f"P{i}" for i in range(6)}
    assert set(registers.left_out) <= set(blueprint.notes)


def test_ccgs_without_a_patient_are_refused_or_left_out(tmp_path: Path, local: Scenario) -> None:
    def build(text: str):
        registers = read_registers(write(tmp_path), DAY, patients(tmp_path, text))
        market = local.market.model_copy(update={"source": "ods", "registers": registers})
        return build_population(local.model_copy(update={"market": market}), Streams(1))

    header = "GP_PRACTICE_CODE,TOTAL_ALL\n"
    blueprint = build(header + "P0,0\nP2,0\nP4,0\n")
    assert [c.id for c in blueprint.commissioners] == ["00A"]
    assert "1 CCGs left out: no patients (00B)" in blueprint.notes
    with pytest.raises(ConfigurationError, match=r"market\.registers: no CCG has a practice with patients"):
        build(header + "".join(f"P{i},0\n" for i in range(6)))
