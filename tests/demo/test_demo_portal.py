from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest
import requests

from demo import faults as catalogue
from demo.faults import SIMULATED
from demo.portal import TARGETS, DemoPortal, main
from exporter.clock import PROVINCE_TIME
from exporter.decision import Decision
from tests.demo.demo_asking import API, ASK, PAGE, PATIENCE, QUESTION, get, parts, raw


def test_an_ordinary_answer_is_whole_and_says_that_it_is_simulated(portal: DemoPortal) -> None:
    with requests.Session() as session:
        for path in ("/", PAGE, "/thong-ke/xa", "/dieu-khien"):
            answer = session.get(portal.url + path, timeout=PATIENCE)
            assert answer.status_code == 200
            assert "MO PHONG" in answer.headers["X-Mo-Phong"]
            assert SIMULATED in answer.text
        assert session.get(portal.url + PAGE, timeout=PATIENCE).headers["Content-Encoding"] == "gzip"
    plain = get(portal, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(plain.content) == int(plain.headers["Content-Length"])


def test_head_is_get_without_the_body(portal: DemoPortal) -> None:
    ask = ASK.replace(b"GET", b"HEAD").replace(b"Host: x", b"Host: x\r\nConnection: close")
    headers, body = parts(raw(portal, ask=ask))
    assert body == b""
    assert int(headers["content-length"]) > 10_000


def test_the_api_is_asked_over_http(portal: DemoPortal) -> None:
    answer = requests.post(portal.url + API, json=QUESTION, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["code"]) == (201, "OK")


def test_control_over_http(portal: DemoPortal) -> None:
    control = portal.url + "/dieu-khien"
    assert requests.post(control, json={"fault": "http_503", "times": 1}, timeout=PATIENCE).status_code == 200
    assert len(get(portal, "/dieu-khien").json()["faults"]) == 1
    assert get(portal).status_code == 503
    assert get(portal).status_code == 200
    assert requests.post(control + "/ngay", json={"date": "2024-11-02"}, timeout=PATIENCE).status_code == 200
    assert "02/11/2024" in get(portal).text
    portal.fault("empty")
    assert requests.delete(control, timeout=PATIENCE).json()["faults"] == []


def test_too_long_a_body_is_refused(portal: DemoPortal) -> None:
    for length in (b"100001", b"-5", b"x"):
        ask = b"POST /dieu-khien HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n"
        assert raw(portal, ask=ask).startswith(b"HTTP/1.1 413")


def test_stopping_ends_the_patient_and_the_waiting(decision: Decision) -> None:
    with DemoPortal(decision=decision) as portal:
        portal.fault("silent", path=PAGE)
        portal.fault("slow", path="/thong-ke/xa")
        idle = socket.create_connection(("127.0.0.1", portal.port))
        waiting = [threading.Thread(target=raw, args=(portal, PATIENCE, ask)) for ask in (
            ASK, ASK.replace(b"don-vi", b"xa"))]  # fmt: skip
        for thread in waiting:
            thread.start()
        deadline = time.monotonic() + PATIENCE
        while len(portal._server._open) < 3 and time.monotonic() < deadline:  # noqa: SLF001
            time.sleep(0.01)
        started = time.monotonic()
    for thread in waiting:
        thread.join(PATIENCE)
    idle.close()
    assert time.monotonic() - started < PATIENCE / 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", portal.port))


def test_what_goes_wrong_in_the_portal_itself_is_told(
    monkeypatch: pytest.MonkeyPatch, decision: Decision
) -> None:
    told: list[str] = []
    with DemoPortal(decision=decision, note=told.append) as portal:

        def broken(*_: object) -> None:
            raise RuntimeError("kaputt")

        monkeypatch.setattr(portal.site, "answer", broken)
        with pytest.raises(requests.ConnectionError):
            get(portal)
    assert "kaputt" in told[-1]


def test_the_demo_portal_can_start_on_a_file_and_run_on() -> None:
    with DemoPortal(decision=TARGETS, date=date(2024, 9, 16), running=True) as portal:
        first = portal.site.control.clock.now()
        assert first.tzinfo is PROVINCE_TIME
        assert first.date() == date(2024, 9, 16)
        portal.set_date(date(2024, 11, 2))
        assert portal.site.control.clock.today() == date(2024, 11, 2)


def test_the_command_serves_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "demo.portal", "--listen", "127.0.0.1:0", "--date", "2024-09-16"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, encoding="utf-8",
                          env=os.environ | {"PYTHONUTF8": "1"}) as process:  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://[0-9.:]+", line)
        assert found
        assert SIMULATED in line
        assert "16/09/2024" in requests.get(found[0], timeout=PATIENCE).text
        assert process.stdout.readline() == "GET / 200\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_an_address_in_use_is_said(portal: DemoPortal, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert main(["--listen", f"127.0.0.1:{portal.port}"]) == 1
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert "Không mở được" in capsys.readouterr().out


def test_a_compressed_page_is_the_page(portal: DemoPortal) -> None:
    ask = ASK.replace(b"Host: x", b"Host: x\r\nAccept-Encoding: gzip\r\nConnection: close")
    headers, body = parts(raw(portal, ask=ask))
    assert headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body).decode() == get(portal).text


def test_the_procfile_starts_the_portal_on_the_day_of_the_configuration() -> None:
    lines = (TARGETS.parents[1] / "demo" / "Procfile").read_text(encoding="utf-8").splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "portal",
        "inbox",
        "exporter",
        "prometheus",
        "alertmanager",
        "record",
    ]
    assert "-m demo.portal --date 2024-09-16" in lines[0]
    assert "date: 2024-09-16" in (TARGETS.parent / "exporter.yaml").read_text(encoding="utf-8")


def test_json_of_the_control_lists_what_is_known(portal: DemoPortal) -> None:
    assert json.loads(get(portal, "/dieu-khien").text)["known"] == dict(catalogue.ALL)
