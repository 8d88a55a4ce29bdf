"""Whatever is killed, the same command goes on to the results of an undisturbed sweep, byte for byte."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from caremarket.runners.cli import main
from caremarket.runners.tracking.mlflow_store import open_store
from tests.runners.conftest import SMALL, result_folder

ROOT = Path(__file__).resolve().parents[3]
SMALLEST = (*SMALL[1:], "horizon_years=1")
REPLICATES = 20
RUNS = 2 * REPLICATES
DESIGN = (*SMALLEST, "policy=separate,prime_provider", f"replicates={REPLICATES}", "runner.batch_seconds=0.000001")
"""One run a part: as many moments to be killed at as there are runs."""
POOL, RAY = "local", "ray"
OVER_RAY = (pytest.mark.ray, pytest.mark.slow)
RUNNERS = [POOL, pytest.param(RAY, marks=OVER_RAY)]
FINAL = ("runs.parquet", "yearly.parquet", "design.parquet", "failures.parquet")
PATIENCE = 180.0


def sweep(runner: str, *overrides: str) -> list[str]:
    return ["sweep", *DESIGN, f"runner={runner}", "runner.workers=2", *overrides]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a sweep that nothing befell, made in this process."""
    root = tmp_path_factory.mktemp("undisturbed")
    assert main(["sweep", *DESIGN, "runner=local", "tracking=none", f"output_root={root}"]) == 0
    return contents(root)


def contents(root: Path) -> dict[str, bytes]:
    folder = result_folder(root)
    assert not list(folder.rglob("*.tmp"))
    assert pq.read_table(folder / "runs.parquet").column("run").to_pylist() == list(range(RUNS))
    return {name: (folder / name).read_bytes() for name in FINAL}


def parts(work: Path) -> int:
    return len(list(work.glob("outputs/*/*/runs/part-*")))


def heeds_interrupts() -> None:
    """Whoever runs the tests in the background ignores SIGINT, and so would what they start; a terminal's do not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def driver(work: Path, arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """The command in a process group of its own, as a terminal starts it."""
    command = [sys.executable, "-m", "caremarket.runners.cli", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        cwd=work,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=heeds_interrupts,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(true: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    give_up = time.monotonic() + PATIENCE
    while not true():
        if process is not None and process.poll() is not None:
            pytest.fail(f"it ended by itself with {process.returncode}: {process.communicate()[1][-2000:]}")
        assert time.monotonic() < give_up, "waited too long"
        time.sleep(0.005)


def offspring(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def finish(work: Path, arguments: list[str]) -> tuple[int, str]:
    with driver(work, arguments) as process:
        _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_the_driver_is_killed_at_five_moments(runner: str, work: Path, undisturbed: dict[str, bytes]) -> None:
    moments = random.Random(20151127)
    command = sweep(runner, "tracking=none")
    for _ in range(5):
        before = parts(work)
        with driver(work, command) as process:
            wanted = before + moments.randint(1, 6)
            until(lambda wanted=wanted: parts(work) >= wanted, process)  # type: ignore[misc]
            time.sleep(moments.uniform(0.0, 0.02))
            family = offspring(process)
            process.kill()
        if runner == POOL:  # Ray's agents look only now and then whether they are still needed
            until(lambda family=family: gone(family))  # type: ignore[misc]
    assert 5 <= parts(work) < RUNS
    assert main(["sweep", *DESIGN, "runner=local", "tracking=none"]) == 0
    assert contents(work / "outputs") == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize(("runner", "title"), [(POOL, "spawn_main"), pytest.param(RAY, "ray::_work", marks=OVER_RAY)])
def test_a_worker_is_killed(runner: str, title: str, work: Path, undisturbed: dict[str, bytes]) -> None:
    def workers() -> list[psutil.Process]:
        found = []
        for p in offspring(process):
            with suppress(psutil.Error):  # it may be gone by now
                found += [p] if title in " ".join(p.cmdline()) else []
        return found

    with driver(work, sweep(runner, "tracking=none")) as process:
        for wanted in (2, 8):
            until(lambda wanted=wanted: parts(work) >= wanted and bool(workers()), process)  # type: ignore[misc]
            random.Random(wanted).choice(workers()).kill()
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert contents(work / "outputs") == undisturbed


@pytest.mark.parametrize(
    ("runner", "number"),
    [
        (POOL, signal.SIGINT),
        pytest.param(POOL, signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(RAY, signal.SIGINT, marks=OVER_RAY),
    ],
)
def test_ctrl_c_and_sigterm_stop_cleanly(
    runner: str, number: signal.Signals, work: Path, undisturbed: dict[str, bytes]
) -> None:
    with driver(work, sweep(runner, "tracking=none")) as process:
        until(lambda: parts(work) >= 1, process)
        family = offspring(process)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # a terminal sends it to all of them
        else:
            process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    (line,) = [line for line in err.splitlines() if not line.startswith("local: ")]
    assert "the same command goes on" in line
    until(lambda: gone(family))
    kept = parts(work)
    assert 1 <= kept < RUNS
    assert main(["sweep", *DESIGN, "runner=local", "tracking=none"]) == 0
    assert contents(work / "outputs") == undisturbed


@pytest.mark.ray
@pytest.mark.slow
def test_a_node_is_removed_from_a_cluster(work: Path, undisturbed: dict[str, bytes]) -> None:
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        node = cluster.add_node(num_cpus=1)
        command = ["sweep", *DESIGN, "runner=ray", f"runner.address={cluster.address}", "tracking=none"]
        with driver(work, command) as process:
            until(lambda: parts(work) >= 6, process)
            cluster.remove_node(node, allow_graceful=False)
            _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
    finally:
        cluster.shutdown()
    assert contents(work / "outputs") == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_disk_runs_full(runner: str, work: Path, undisturbed: dict[str, bytes]) -> None:
    """A tmpfs of 200 kB in a mount namespace of its own; the second call finds it larger."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("no user namespaces here to mount a small tmpfs in")
    (work / "small").mkdir()
    command = " ".join(
        [sys.executable, "-m", "caremarket.runners.cli", *sweep(runner, "tracking=none", "output_root=small")]
    )
    script = f"""
        mount -t tmpfs -o size=200k tmpfs small || exit 99
        {command} > /dev/null 2> first; echo $? > status
        find small -name 'part-*' -path '*/runs/*' | wc -l > kept
        mount -o remount,size=64m small || exit 99
        {command} > /dev/null 2> second || exit 98
        cp -r small outputs
    """
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script], cwd=work, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode == 99:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr + (work / "second").read_text()
    assert (work / "status").read_text().strip() == "1"
    (line,) = [line for line in (work / "first").read_text().splitlines() if not line.startswith("local: ")]
    assert "No space left on device" in line
    assert "the same command goes on" in line
    kept = int((work / "kept").read_text())
    assert 0 < kept < RUNS
    assert f"{kept} of {RUNS} runs are there already" in (work / "second").read_text()
    assert contents(work / "outputs") == undisturbed


@pytest.mark.slow
def test_mlflow_s_server_stops_in_between_and_comes_back(work: Path, undisturbed: dict[str, bytes]) -> None:
    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    command = sweep(POOL, "tracking=mlflow", f"tracking.uri={uri}", "name=local")
    with served(work, port), driver(work, command) as process:
        until(lambda: parts(work) >= 3, process)
        stopped = process
        kill_server(work)
        _, err = stopped.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert err.count("MLflow out of reach") == 1
    assert contents(work / "outputs") == undisturbed
    with served(work, port):
        for _ in range(2):
            status, err = finish(work, command)
            assert status == 0, err
        store = open_store(uri, work / "outputs")
        experiment = store.client.get_experiment_by_name("local")
        runs = store.client.search_runs([experiment.experiment_id])
    assert sorted(run.data.tags["kind"] for run in runs) == ["point", "point", "sweep"]
    assert {run.data.tags.get("mlflow.runName") for run in runs} >= {"policy=separate", "policy=prime_provider"}


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(work: Path, port: int) -> Iterator[None]:
    """An MLflow server on a SQLite file."""
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{work / 'server.db'}", "--artifacts-destination", str(work / "art")]
    with open(work / "server.log", "a") as log:
        server = subprocess.Popen(command, cwd=work, stdout=log, stderr=log, start_new_session=True)
    (work / "server.pid").write_text(str(server.pid))
    try:
        until(lambda: answers(port))
        yield
    finally:
        kill_server(work)
        server.wait()


def kill_server(work: Path) -> None:
    with open(work / "server.pid") as file:
        pid = int(file.read())
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def answers(port: int) -> bool:
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=1.0) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False
