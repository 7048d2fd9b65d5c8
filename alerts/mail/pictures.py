"""Pictures of mails as people see them: `python -m alerts.mail.pictures` draws those of docs/pictures.

Chromium draws them, with the fonts of the machine: a system font stack is what the mails ask for.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from alerts.mail.command import ROOT, name_table_text, unit_or_refuse
from alerts.mail.rendering import render
from alerts.mail.samples import kinds
from exporter.settings import load_config
from exporter.vietnamese import moment
from tools.binaries import installed
from tools.postbox import Letter

WIDTHS = {"": 640, "-phone": 390}
"""Width in CSS pixels by the ending of the picture's name."""
_WIDE = 520
"""From here on a mail is laid out as a table, with wide margins."""
FOLDER = ROOT / "docs" / "pictures"
_BOARDS = "https://chitieu.example.vn"
_SCALE = 2
_SECONDS = 120.0
_SHOWN = "Theo dõi chỉ tiêu dịch vụ công"


class PictureError(Exception):
    """Chromium is missing or drew nothing; the message says what it said."""


def page(letter: Letter, width: int) -> str:
    """A page with what a mail program shows of a mail: its head, and its HTML in a frame of its own."""
    subject, body = html.escape(letter.subject), html.escape(letter.html)
    addressee = re.search(r"^Kính gửi: (?:Đồng chí )?(.*)", letter.text, re.MULTILINE)
    to = html.escape(addressee[1] if addressee else ", ".join(letter.recipients))
    return f"""<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>0</title><style>
body {{ margin: 0; width: {width}px; background: #fff; color: #17212F; overflow: hidden;
  font: 15px/25px -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif }}
header {{ padding: 18px {32 if width > _WIDE else 20}px 16px }}
h1 {{ margin: 0 0 2px; font-size: 19px; line-height: 27px; font-weight: 600 }}
p {{ margin: 0; color: #46566A }} b {{ color: #17212F; font-weight: 500 }}
iframe {{ display: block; border: 0; width: {width}px; height: 10px }}
</style></head><body><header><h1>{subject}</h1><p>Từ: <b>{_SHOWN}</b></p>
<p>Đến: <b>{to}</b> · {moment(letter.received)}</p></header>
<iframe scrolling="no" srcdoc="{body}"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  frame.style.height = frame.contentDocument.body.offsetHeight + "px";
  document.title = document.body.offsetHeight;
}};
</script></body></html>"""


def draw(letter: Letter, width: int, target: Path) -> None:
    """Draws a mail at a width (CSS pixels), at twice as many pixels. Raises PictureError."""
    browser = shutil.which("chromium")
    if browser is None:
        raise PictureError("chromium is not on PATH; Debian's package has that name")
    with tempfile.TemporaryDirectory(prefix="picture-") as folder:
        source = Path(folder, "page.html")
        source.write_text(page(letter, width), "utf-8")
        shot = Path(folder, "page.png")
        common = [
            browser,
            "--headless=new",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
            "--virtual-time-budget=3000",
            # Chromium refuses to sandbox itself when root runs it, as in a container.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ]
        dom = _run([*common, f"--window-size={width},800", "--dump-dom", source.as_uri()])
        found = re.search(r"<title>([1-9]\d*)</title>", dom)
        if found is None:
            raise PictureError(f"chromium could not lay the mail out: {dom[-500:]}")
        _run(
            [
                *common,
                f"--force-device-scale-factor={_SCALE}",
                f"--window-size={width},{found[1]}",
                f"--screenshot={shot}",
                source.as_uri(),
            ]
        )
        if not shot.is_file():
            raise PictureError("chromium drew nothing")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shot, target)


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - chromium, with arguments made here
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except subprocess.SubprocessError as error:
        raise PictureError(f"chromium: {error}") from error
    return done.stdout


@click.command()
@click.option("--config", type=click.Path(path_type=Path), default=ROOT / "config/exporter.yaml")
@click.option("--into", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
@click.option("--unit", default="so-cong-thuong", show_default=True)
def main(config: Path, into: Path, unit: str) -> None:
    """Draw one mail of each kind at both widths."""
    decision, settings = load_config(config)
    sets = kinds(decision, unit_or_refuse(decision, unit), settings.sources[0].id, datetime.now(UTC))
    names = name_table_text(decision, settings, ROOT / "config/contacts.example.yaml", _BOARDS)
    letters = render(installed("alertmanager"), names, sets)
    for kind, letter in letters.items():
        for ending, width in WIDTHS.items():
            target = into / f"mail-{kind}{ending}.png"
            draw(letter, width, target)
            click.echo(target)


if __name__ == "__main__":
    main()
