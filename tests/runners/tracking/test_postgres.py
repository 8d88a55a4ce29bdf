"""A sweep tracked in PostgreSQL, straight and through an MLflow server that keeps its runs there."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest

from caremarket.runners.tracking.folders import track
from caremarket.runners.tracking.mlflow_store import open_store
from tests.runners.sweeps import finished_sweep

POINTS = 4
PATIENCE = 120.0
HERE = "127.0.0.1"


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is; Debian keeps them off the path."""
    found = shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if found is None:
        pytest.skip(f"PostgreSQL's {name} is not installed")
    return found


def other_user() -> int | None:
    """Root may not run PostgreSQL: whom to run it as then."""
    if os.getuid():
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    pytest.skip("PostgreSQL cannot be run as root, and there is no user postgres or nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not true():
        assert process.poll() is None, "it ended before it answered"
        assert time.monotonic() < give_up
        time.sleep(0.2)


def connects(port: int) -> bool:
    import psycopg2

    try:
        psycopg2.connect(host=HERE, port=port, user="me", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def healthy(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://{HERE}:{port}/health", timeout=1.0) as reply:
        return bool(reply.status == 200)
    return False


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Address of a database of its own, gone afterwards."""
    pytest.importorskip("psycopg2")
    initdb, server, user = program("initdb"), program("postgres"), other_user()
    folder = Path(tempfile.mkdtemp(prefix="caremarket-postgres-"))  # pytest's own folders are for its user alone
    if user is not None:
        os.chown(folder, user, -1)
    port, data = free_port(), folder / "data"
    quiet = {"cwd": folder, "user": user, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([initdb, "-D", data, "-U", "me", "-A", "trust", "--no-sync"], check=True, **quiet)  # type: ignore[call-overload]
    command = [server, "-D", data, "-h", HERE, "-p", str(port), "-k", folder, "-c", "fsync=off"]
    process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
    try:
        until(lambda: connects(port), process)
        yield f"postgresql+psycopg2://me@{HERE}:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        shutil.rmtree(folder)


@pytest.fixture
def server(postgres: str, tmp_path: Path) -> Iterator[str]:
    """Address of an MLflow server on that database, with artifacts in its own charge."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", HERE, "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", postgres, "--artifacts-destination", str(tmp_path / "artifacts")]
    with open(tmp_path / "server.log", "wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: healthy(port), process)
        yield f"http://{HERE}:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["postgres", "server"])
def test_a_sweep_is_there_once(way: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    address: str = request.getfixturevalue(way)
    root = tmp_path / "outputs"
    folder = finished_sweep(root, POINTS, name=f"kept_{way}")
    for _ in range(2):
        assert track(folder, address, partial(open_store, address, root))
    client = open_store(address, root).client
    experiment = client.get_experiment_by_name(folder.parent.name)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert sorted(run.data.tags.get("point", "") for run in runs) == ["", "0", "1", "2", "3"]
    assert {run.info.status for run in runs} == {"FINISHED"}
    parent = next(run for run in runs if run.data.tags["kind"] == "sweep")
    assert {f.path for f in client.list_artifacts(parent.info.run_id)} >= {"config.yaml", "headlines.png"}
    assert (tmp_path / "artifacts").exists() == (way == "server")
    assert not (root / "mlflow.db").exists()
