from __future__ import annotations

import stat
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from alerts.rulebook.common import Alert, Recording
from dashboards.stage import backfill, pictures, setting
from dashboards.stage.servers import StageError, free_port, running
from dashboards.stage.stage import Past, Stage
from tests.dashboards.boards import boards, inputs

A, B, C, D = "a:x:y", "b:x:y", "c:x:y", "d:x:y"
RULES = [
    Recording(A, "x", ""),
    Recording(B, f"{A} + {B}", ""),
    Recording(C, f"{B} or {A}", ""),
    Recording(D, C, ""),
]


def test_rules_are_run_after_those_they_rest_on() -> None:
    steps = backfill.levels(RULES, [C])

    assert [[rule.record for rule in step] for step in steps] == [[A], [B], [C]]


def test_what_is_not_recorded_needs_no_step() -> None:
    assert backfill.levels(RULES, ["dvc_indicator_ratio", "z:x:y"]) == []


def test_the_shipped_rules_have_an_order() -> None:
    rules = setting.recordings(inputs())
    steps = backfill.levels(rules, backfill.asked_over_time(boards()))
    known: set[str] = set()
    for step in steps:
        made = {rule.record for rule in step}
        for rule in step:
            needs = backfill.names([rule.expr]) - {rule.record}
            assert needs <= known | {name for name in needs if name not in {r.record for r in rules}}
        known |= made
    assert "province:dvc_targets_met:count" in known


def test_only_what_is_drawn_over_time_is_wanted_of_the_past() -> None:
    board = {"panels": [{"targets": [{"range": True, "expr": A}, {"instant": True, "expr": B}]}]}

    assert backfill.asked_over_time(board) == {A}


def test_a_program_that_ends_at_once_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('không mở được cổng'); raise SystemExit(3)"]

    with (
        pytest.raises(StageError, match=r"broken ended at once.*không mở được cổng"),
        running(command, tmp_path / "broken.log", "http://127.0.0.1:1/"),
    ):
        pytest.fail("it never stood")


def test_a_call_that_fails_is_told() -> None:
    with pytest.raises(StageError, match="oh no"):
        backfill.call([sys.executable, "-c", "raise SystemExit('oh no')"])


def test_a_stage_is_told_what_is_shipped_with_its_own_ports(tmp_path: Path) -> None:
    ports = setting.Ports(*(free_port() for _ in range(6)))
    path = setting.exporter_file(tmp_path, ports, date(2024, 12, 30), "3m")
    text = path.read_text("utf-8")

    assert f"http://127.0.0.1:{ports.portal}/" in text
    assert ":9808" not in text
    assert "clock: {date: 2024-12-30}" in text
    assert "validity: 26h" not in text
    assert (tmp_path / "targets.yaml").is_file()


def test_a_shipped_configuration_that_changed_is_noticed() -> None:
    with pytest.raises(ValueError, match="no longer has 'validity: 1h'"):
        setting._replaced("validity: 26h", "validity: 1h", "validity: 3m")  # noqa: SLF001 - its refusal is the test


def test_alerts_do_not_wait_on_a_stage(tmp_path: Path) -> None:
    setting.rule_files(tmp_path, inputs())
    texts = [path.read_text("utf-8") for path in tmp_path.glob("*.yaml")]

    assert len(texts) == 3
    assert not any(
        "for: " in line for text in texts for line in text.splitlines() if line.startswith("        for")
    )
    assert all("interval: 5s" in text for text in texts)
    rule = Alert("A", "x", "", {}, {}, wait=timedelta(hours=1), keep=timedelta(hours=1))
    assert setting._at_once(rule) == Alert("A", "x", "", {}, {})  # noqa: SLF001 - pure, and what the rest rests on


def renderer(folder: Path, code: str) -> Path:
    path = folder / "renderer"
    path.write_text(f"#!{sys.executable}\nimport sys\n{code}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


STAGE = Stage("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_the_renderer_is_told_what_to_draw(tmp_path: Path) -> None:
    code = (
        "out = next(w for w in sys.argv if w.startswith('--out=')).removeprefix('--out=')\n"
        "open(out, 'w').write(' '.join(sys.argv[1:])); sys.stderr.write('one note')"
    )
    out = tmp_path / "x.png"
    view = pictures.View("dvc-unit", ("unit=so-y-te",))
    words = list(view.words(Past(259, date(2024, 9, 16))))

    assert pictures.draw([str(renderer(tmp_path, code))], STAGE, Path("b.json"), out, words) == "one note"
    assert out.read_text().split() == [
        "b.json",
        "--prometheus=http://127.0.0.1:1",
        f"--out={out}",
        "--locale=vi-VN",
        "--from=now-258d",
        "--var=unit=so-y-te",
    ]


def test_a_wall_is_drawn_without_controls_and_without_scrolling() -> None:
    words = list(pictures.View("dvc-wall", wall=True).words(Past(259, date(2024, 9, 16))))

    assert {"--kiosk", "--no-controls", "--clip"} <= set(words)


def test_a_renderer_that_draws_nothing_is_told(tmp_path: Path) -> None:
    program = renderer(tmp_path, "sys.exit('no browser')")

    with pytest.raises(StageError, match="drew nothing: no browser"):
        pictures.draw([str(program)], STAGE, Path("b.json"), tmp_path / "x.png", [])


def test_a_renderer_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="the renderer"):
        pictures.draw([str(tmp_path / "none")], STAGE, Path("b.json"), tmp_path / "x.png", [])


def test_every_board_has_a_view() -> None:
    assert {view.board for view in pictures.VIEWS} == set(boards())
