"""Every file in `bad/` is a whole case: its title, the files as an operator wrote them, and all that is said.

`{{x09}}` stands for a byte that would not survive in a text file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.config.decision_file import load_decision
from exporter.config.faults import ConfigError
from exporter.settings import load_config
from tests.config.fakefamily import FAKE

CASES = sorted((Path(__file__).parent / "bad").glob("*.txt"))
ENOUGH = 100


def parts(case: Path) -> Mapping[str, str]:
    _, *pieces = re.split(r"^-- (\S+) --\n", case.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def raw(text: str) -> bytes:
    return re.sub(rb"\{\{x([0-9A-F]{2})\}\}", lambda found: bytes([int(found[1], 16)]), text.encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_all_that_is_wrong_is_said(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.sources.FAMILIES", FAKE)
    monkeypatch.chdir(tmp_path)
    files = dict(parts(case))
    expected = raw(files.pop("faults")).decode()
    for name, text in files.items():
        Path(name).write_bytes(raw(text))

    load, name = (
        (load_config, "exporter.yaml") if "exporter.yaml" in files else (load_decision, "targets.yaml")
    )
    with pytest.raises(ConfigError) as caught:
        load(Path(name))

    assert str(caught.value) + "\n" == expected


def test_there_are_many_cases_and_no_two_say_the_same() -> None:
    titles = {case.read_text("utf-8").splitlines()[0] for case in CASES}
    assert len(titles) == len(CASES) >= ENOUGH
