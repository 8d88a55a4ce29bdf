"""Do two checkouts give the same results to the byte? ``python -m benchmarks.same_bytes OTHER_CHECKOUT``.

Each checkout's own ``.venv/bin/caremarket run`` makes every shipped scenario and every policy on the small market, with
every table recorded. The SHA-256 of ``summary.json`` and of each Parquet file are compared. Exit status 1 if any
differ.
``--keep FILE`` writes the digests of the other checkout, or reads them if the file is there, so that many versions can
be held against one. Scenarios from the NHS registers need their folder (``--ods``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from benchmarks.figures import ROOT

ALWAYS = ("tracking=none", "record=full", "record.postings=true")
SMALL = ("market=small", "horizon_years=6", "seed=20130401")
REGISTERED = "england"
"""The scenario that is built from registers: without postings, of which it makes tens of millions."""


def requests(checkout: Path, ods: Path | None) -> dict[str, tuple[str, ...]]:
    """Overrides by name: each shipped scenario, each policy, forms chosen one by one, no mechanism."""
    configs = checkout / "configs"
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((configs / "scenario").glob("*.yaml")):
        if path.stem != REGISTERED:
            found[f"scenario={path.stem}"] = (*ALWAYS, f"scenario={path.stem}")
        elif ods is not None:
            found[f"scenario={path.stem}"] = (*ALWAYS[:-1], f"scenario={path.stem}", f"market.ods_dir={ods}")
    for path in sorted((configs / "policy").glob("*.yaml")):
        found[f"policy={path.stem}"] = (*ALWAYS, *SMALL, f"policy={path.stem}")
    found["policy.form=appraise"] = (*ALWAYS, *SMALL, "policy.form=appraise", "policy.duration_years=2")
    found["mechanisms=none"] = (*ALWAYS, *SMALL, "mechanisms=none")
    return found


def digests(checkout: Path, overrides: Sequence[str]) -> dict[str, str]:
    """SHA-256 by file name of what one ``caremarket run`` writes; its last line under ``error`` if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = [checkout / ".venv" / "bin" / "caremarket", "run", f"output_root={folder}", *overrides]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode:
            return {"error": (done.stderr.strip() or "no message").splitlines()[-1]}
        files = [path for path in Path(folder).rglob("*") if path.suffix == ".parquet" or path.name == "summary.json"]
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def all_digests(checkout: Path, asked: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """:func:`digests` of every request, over all cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(asked, pool.map(lambda o: digests(checkout, o), asked.values()), strict=True))


def differences(old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> list[str]:
    """One line for each file that differs, is missing on one side, or could not be made."""
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, {}), new.get(name, {})
        found += [
            f"{name}: {file}: {before.get(file, 'absent')} then {after.get(file, 'absent')}"
            for file in sorted(before.keys() | after.keys())
            if file == "error" or before.get(file) != after.get(file)
        ]
    return found


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_bytes", description=__doc__)
    parser.add_argument("other", type=Path, help="the checkout to compare with, its environment made (make setup)")
    parser.add_argument("--ods", type=Path, metavar="DIR", help="folder of the ODS registers: England as well")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where digests of the other checkout are kept")
    args = parser.parse_args(argv)
    asked = requests(ROOT, args.ods.resolve() if args.ods else None)
    if args.keep and args.keep.exists():
        old = json.loads(args.keep.read_text())
    else:
        old = all_digests(args.other.resolve(), asked)
        if args.keep:
            args.keep.write_text(json.dumps(old, indent=1) + "\n")
    new = all_digests(ROOT, asked)
    found = differences({name: old.get(name, {}) for name in asked}, new)
    print("\n".join(found))
    print(f"{len(new)} runs, {sum(map(len, new.values()))} files, {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
