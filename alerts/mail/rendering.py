"""Mails as they are really sent: a real Alertmanager renders them, and a postbox here takes them."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from alerts.mail.samples import SampleAlert
from tools.postbox import Letter, Postbox

TEMPLATES = Path(__file__).resolve().parent.parent / "alertmanager" / "templates"
FAMILIES: Mapping[str, str] = {
    "unit": "unit",
    "recovered": "unit",
    "unmeasured": "unit",
    "communes": "communes",
    "escalation": "escalation",
    "operators": "operators",
    "operators-over": "operators",
    "monitors": "monitors",
}
"""Kind of sample to the family of templates that it is for."""
EXTERNAL_URL = "http://127.0.0.1:9093"
_SENDER = "Theo dõi chỉ tiêu dịch vụ công <theo-doi@chitieu.example.vn>"
_START_SECONDS = 30.0
_MAIL_SECONDS = 60.0
_POLL_SECONDS = 0.05


class RenderingError(Exception):
    """Alertmanager did not start, or did not write the mail; the message says what it said."""


def render(
    alertmanager: Path, names: str, alerts: Mapping[str, Sequence[SampleAlert]], templates: Path = TEMPLATES
) -> dict[str, Letter]:
    """The mail of each set of alerts, by the key of the set; `names` is the text of names.tmpl.

    A key is a kind of FAMILIES, or one with anything behind a colon: `unit:so-cong-thuong`.
    Raises RenderingError.
    """
    with tempfile.TemporaryDirectory(prefix="mail-") as name, Postbox() as box:
        folder = Path(name)
        for template in templates.glob("*.tmpl"):
            (folder / template.name).write_text(template.read_text("utf-8"), "utf-8")
        (folder / "names.tmpl").write_text(names, "utf-8")
        config = configuration(box.port, list(alerts))
        (folder / "alertmanager.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
        with _running(alertmanager, folder) as address:
            _post(address, [alert.as_json(key) for key, several in alerts.items() for alert in several])
            # Nobody is told of the end of what he was never told of, so these take two mails.
            over = {key: several for key, several in alerts.items() if any(a.ends for a in several)}
            try:
                box.wait(len(alerts), _MAIL_SECONDS)
                if over:
                    _post(
                        address, [a.as_json(key, over=True) for key, several in over.items() for a in several]
                    )
                letters = box.wait(len(alerts) + len(over), _MAIL_SECONDS)
            except TimeoutError as error:
                raise RenderingError(f"{error}\n{_log(folder)}") from error
    by_recipient = {letter.recipients[0]: letter for letter in letters}
    return {key: by_recipient[_recipient(number)] for number, key in enumerate(alerts)}


def configuration(port: int, keys: Sequence[str]) -> dict[str, object]:
    """The configuration of an Alertmanager that writes one mail for each key, to a postbox on `port`."""
    return {
        "global": {
            "smtp_smarthost": f"127.0.0.1:{port}",
            "smtp_from": _SENDER,
            "smtp_require_tls": False,
            "smtp_hello": "localhost",
        },
        "templates": ["*.tmpl"],
        "route": {
            "receiver": "nobody",
            "group_by": ["sample"],
            "group_wait": "500ms",
            "group_interval": "1s",
            "repeat_interval": "1h",
            "routes": [
                {"receiver": f"sample-{number}", "matchers": [f'sample="{key}"']}
                for number, key in enumerate(keys)
            ],
        },
        "receivers": [
            {"name": "nobody"},
            *(
                {
                    "name": f"sample-{number}",
                    "email_configs": [_mail(number, FAMILIES[key.partition(":")[0]])],
                }
                for number, key in enumerate(keys)
            ),
        ],
    }


def _recipient(number: int) -> str:
    return f"sample-{number}@example.vn"


def _mail(number: int, family: str) -> dict[str, object]:
    return {
        "to": _recipient(number),
        "send_resolved": family == "operators",
        "headers": {"Subject": f'{{{{ template "dvc.{family}.subject" . }}}}'},
        "html": f'{{{{ template "dvc.{family}.html" . }}}}',
        "text": f'{{{{ template "dvc.{family}.text" . }}}}',
    }


@contextmanager
def _running(alertmanager: Path, folder: Path) -> Iterator[str]:
    """An Alertmanager in `folder`, ready; gives its address."""
    address = f"http://127.0.0.1:{_free_port()}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program, with arguments made here
            [
                alertmanager,
                "--config.file=alertmanager.yml",
                "--storage.path=data",
                "--cluster.listen-address=",
                # Alerts that began long ago do not wait for their group otherwise.
                "--dispatch.start-delay=1s",
                f"--web.listen-address={address.removeprefix('http://')}",
                f"--web.external-url={EXTERNAL_URL}",
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _until_ready(process, address, folder)
            yield address
        finally:
            process.terminate()
            process.wait()


def _until_ready(process: subprocess.Popen[bytes], address: str, folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/-/ready", timeout=1):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(_POLL_SECONDS)
    raise RenderingError(f"Alertmanager did not start:\n{_log(folder)}")


def _post(address: str, alerts: Sequence[Mapping[str, object]]) -> None:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{address}/api/v2/alerts",
        data=json.dumps(alerts).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_START_SECONDS):  # noqa: S310 - loopback
            return
    except urllib.error.HTTPError as error:
        with error:
            raise RenderingError(f"Alertmanager refused the alerts: {error.read().decode()}") from error


def _log(folder: Path) -> str:
    lines = (folder / "log").read_text("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-10:])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
