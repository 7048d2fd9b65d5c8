"""What is linked while a Prometheus stands still, and that it is all that a Prometheus needs."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.stack import eventually, free_ports
from tools.backup import standing
from tools.backup.command import main
from tools.binaries import installed

BLOCK = "01JD0000000000000000000000"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Prometheus's folder, in the middle of everything that it does."""
    here = tmp_path / "prometheus"
    for name in (
        f"{BLOCK}/meta.json",
        f"{BLOCK}/chunks/000001",
        f"{BLOCK}/meta.json.tmp",
        "01JD0000000000000000000001.tmp-for-creation/index",
        "wal/00000007",
        "wal/00000008",
        "wal/checkpoint.00000006/00000000",
        "wal/checkpoint.00000007.tmp/00000000",
        "chunks_head/000003",
        "lock",
        "queries.active",
        "before-20240916T070000/wal/00000001",
        "snapshots/dvc-backup/wal/00000001",
    ):
        write(here / name, name)
    return here


def test_what_is_written_once_is_linked_and_what_is_written_on_is_copied(data: Path) -> None:
    standing.hold(data)

    held = data / standing.HELD
    found = {str(one.relative_to(held)): one for one in held.rglob("*") if one.is_file()}
    linked = {name for name, one in found.items() if one.samefile(data / name)}
    assert linked == {
        f"{BLOCK}/meta.json",
        f"{BLOCK}/chunks/000001",
        "wal/00000007",
        "wal/checkpoint.00000006/00000000",
    }
    assert set(found) - linked == {"wal/00000008", "chunks_head/000003"}
    assert all(one.read_text("utf-8") == name for name, one in found.items())

    standing.release(data)
    assert not held.exists()
    assert (data / BLOCK / "chunks/000001").is_file()


def test_one_that_goes_on_writing_is_told_of_and_leaves_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def goes_on(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes())
        with source.open("a") as file:
            file.write("more")

    monkeypatch.setattr(shutil, "copy2", goes_on)
    done = CliRunner().invoke(main, ["hold", str(data)])

    assert done.exit_code == 1
    assert "does not stand still" in done.output
    assert not (data / standing.HELD).exists()


def test_a_failure_leaves_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(OSError, match="No space"):
        standing.hold(data)

    assert not (data / standing.HELD).exists()


def test_it_is_released_by_its_name(data: Path) -> None:
    standing.hold(data)
    assert CliRunner().invoke(main, ["release", str(data)]).exit_code == 0
    assert not (data / standing.HELD).exists()


def test_a_folder_without_logs_is_none_that_fails(tmp_path: Path) -> None:
    standing.hold(tmp_path)
    assert not list(tmp_path.iterdir())


@contextmanager
def prometheus(data: Path, *scraped: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    (port,) = free_ports(1)
    targets = [f"127.0.0.1:{one or port}" for one in scraped]
    config = data.with_suffix(".yml")
    config.write_text(
        "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
        f"scrape_configs: [{{job_name: itself, static_configs: [{{targets: {targets}}}]}}]\n",
        "utf-8",
    )
    words = [
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with subprocess.Popen(
        [str(installed("prometheus")), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: answers(port), "Prometheus is ready")
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


def samples(url: str, moment: float) -> list[list[object]]:
    found = requests.get(
        f"{url}/api/v1/query",
        params={"query": "prometheus_tsdb_head_samples_appended_total[1h]", "time": str(moment)},
        timeout=10,
    ).json()["data"]["result"]
    return [sample for one in found for sample in one["values"]]


def test_another_prometheus_finds_every_sample_of_one_that_was_paused(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    with prometheus(data, 0) as (process, url):
        eventually(lambda: len(samples(url, time.time())) > 10, "it has scraped itself")
        process.send_signal(signal.SIGSTOP)
        moment = time.time()
        standing.hold(data)
        process.send_signal(signal.SIGCONT)
        before = samples(url, moment)
        # It goes on writing; what was taken stays as it was.
        eventually(lambda: len(samples(url, time.time())) > len(before) + 10, "it scrapes on")
        (data / standing.HELD).rename(copy)

    with prometheus(copy) as (_, url):
        after = samples(url, moment + 60)

    # A scrape that was under way when it was paused is written when it goes on.
    assert after == before[: len(after)]
    assert len(before) - len(after) <= 2
