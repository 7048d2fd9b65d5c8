"""Programs that run for as long as a stage stands, each on a port of its own."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

HOST = "127.0.0.1"
_SECONDS = 60.0
_ASK = 10.0


class StageError(Exception):
    """A program did not start or did not answer; the message says which, and what it said last."""


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str | Path], log: Path, ready: str, cwd: Path | None = None) -> Iterator[None]:
    """A program until the block ends. It stands when the address `ready` answers. Raises StageError."""
    with log.open("ab") as output:
        words = [str(word) for word in command]
        server = subprocess.Popen(  # noqa: S603 - the project's own programs, with arguments made here
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd
        )
        try:
            _wait(server, ready, log)
            yield
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(server: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise StageError(f"{log.stem} ended at once: {said(log)}")
        try:
            if requests.get(ready, timeout=_ASK).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise StageError(f"{log.stem} does not answer at {ready}: {said(log)}")


def said(log: Path) -> str:
    """The end of what a program said."""
    return log.read_text("utf-8", errors="replace")[-800:] if log.is_file() else ""


@contextmanager
def prometheus(program: Path, config: Path, data: Path, port: int, log: Path, *more: str) -> Iterator[str]:
    """A Prometheus on given data; its address. Old history is kept, overlapping blocks stay as they are."""
    url = f"http://{HOST}:{port}"
    command: list[str | Path] = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address={HOST}:{port}",
        "--storage.tsdb.retention.time=5y",
        "--no-storage.tsdb.allow-overlapping-compaction",
        "--log.level=warn",
        *more,
    ]
    with running(command, log, f"{url}/-/ready"):
        yield url
