"""Headers that only the portal may see."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from exporter.archive.store import Archive
from exporter.config.faults import ConfigError
from exporter.errors import PortalError
from exporter.fetch.collect import run_collection
from exporter.fetch.secret import LARGEST, WithSecrets
from exporter.settings import load_config
from exporter.web.configuration import told
from tests.faulty import FaultyServer, redirect, reply
from tests.fetching import Bench, request
from tests.test_pipeline import Told

KEY = "Bearer khong-ai-duoc-biet"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "portal-key"
    path.write_text(KEY + "\n", encoding="utf-8")
    return path


def test_the_portal_is_told_and_the_page_is_not(secret: Path) -> None:
    with FaultyServer({"/a": [redirect("/b")], "/b": [reply(b"[]")]}) as server:
        asked = request(server.url("/a"))
        found = WithSecrets(Bench().fetcher, {"Authorization": secret}).fetch(asked)
        assert [a.headers["authorization"] for a in server.asked] == [KEY, KEY]
    assert found.request is asked
    assert KEY not in repr(found)


def test_another_host_is_never_told(secret: Path) -> None:
    with FaultyServer({"/": [reply(b"[]")]}) as other:
        away = redirect(other.url("/").replace("127.0.0.1", "localhost"))
        with FaultyServer({"/a": [away]}) as server, pytest.raises(PortalError, match="redirected away"):
            WithSecrets(Bench().fetcher, {"X-Api-Key": secret}).fetch(request(server.url("/a")))
        assert other.asked == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\r\nSet-Cookie: b", "must hold one line"),
        (b"", "must hold one line"),
        (b"a" * (LARGEST + 10), "must hold one line"),
        ("mật khẩu".encode(), "not plain ASCII"),
        (None, "No such file"),
    ],
)
def test_what_is_no_secret_is_not_sent(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "portal-key"
    if content is not None:
        path.write_bytes(content)
    with FaultyServer({"/": [reply(b"[]")]}) as server:
        with pytest.raises(PortalError, match=message) as caught:
            WithSecrets(Bench().fetcher, {"X-Api-Key": path}).fetch(request(server.url("/")))
        assert server.asked == []
    assert "Set-Cookie" not in str(caught.value)


def test_nothing_of_it_reaches_the_archive_or_the_log(
    tmp_path: Path, secret: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the portal repeats it, as a page of an error may."""
    caplog.set_level(logging.DEBUG)
    bench = Bench(retries=1)
    archive = Archive(tmp_path / "archive", keep_days=9)
    good, echo = reply(b"[]"), reply(f'[["{KEY}", 1, 2]]'.encode())
    for behaviour, kept in ((good, 1), (echo, 0)):
        with FaultyServer({"/nam": [behaviour]}) as server:
            source = Told()
            source.address = server.url("/nam")
            fetcher = WithSecrets(bench.fetcher, {"Authorization": secret})
            found = run_collection("cong", source, fetcher, bench.clock, logging.getLogger("exporter.test"))
            assert server.asked[0].headers["authorization"] == KEY
        assert len(found.pages) == kept
        assert len(found.failures) == 1 - kept
        archive.store(found)
    written = [path.read_bytes() for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert written
    assert not any(b"khong-ai" in content for content in written)
    assert "khong-ai" not in caplog.text
    assert "khong-ai" not in repr(found)


SHIPPED = Path(__file__).resolve().parents[2] / "config"


def test_it_stands_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    text = (SHIPPED / "exporter.yaml").read_text(encoding="utf-8")
    begin = text.index("    family:")
    config = tmp_path / "exporter.yaml"
    config.write_text(
        text[:begin] + "    secret_headers: {X-Api-Key: portal-key}\n" + text[begin:], encoding="utf-8"
    )
    (tmp_path / "targets.yaml").write_bytes((SHIPPED / "targets.yaml").read_bytes())
    _, settings = load_config(config)
    assert settings.sources[0].secret_headers == {"X-Api-Key": tmp_path / "portal-key"}
    assert "X-Api-Key" in told({"--config": settings})


@pytest.mark.parametrize(
    ("name", "message"), [("Host", "the exporter's own"), ("a: b", "no name of a header")]
)
def test_what_is_no_header_is_refused_with_its_place(tmp_path: Path, name: str, message: str) -> None:
    text = (SHIPPED / "exporter.yaml").read_text(encoding="utf-8")
    begin = text.index("    family:")
    config = tmp_path / "exporter.yaml"
    config.write_text(
        f'{text[:begin]}    secret_headers: {{"{name}": key}}\n{text[begin:]}', encoding="utf-8"
    )
    (tmp_path / "targets.yaml").write_bytes((SHIPPED / "targets.yaml").read_bytes())
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(config)
    assert caught.value.faults[0].line == text[:begin].count("\n") + 1
