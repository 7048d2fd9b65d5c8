from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from dashboards.__main__ import main
from dashboards.inputs import ROOT
from tests.dashboards.boards import texts


def invoke(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.output


def test_build_writes_all_boards_and_nothing_a_second_time(tmp_path: Path) -> None:
    (tmp_path / "dvc-gone.json").write_text("{}", "utf-8")

    assert invoke("build", f"--out={tmp_path}")[0] == 0
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == texts()
    assert invoke("build", f"--out={tmp_path}") == (0, "")


def test_check_names_what_differs_and_writes_nothing(tmp_path: Path) -> None:
    invoke("build", f"--out={tmp_path}")
    assert invoke("build", f"--out={tmp_path}", "--check") == (0, "")
    board = tmp_path / "dvc-wall.json"
    board.write_text("{}", "utf-8")
    (tmp_path / "dvc-gone.json").write_text("{}", "utf-8")

    code, said = invoke("build", f"--out={tmp_path}", "--check")

    assert code == 1
    assert "dvc-wall.json differs" in said
    assert "dvc-gone.json differs" in said
    assert board.read_text("utf-8") == "{}"


def test_a_bad_file_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    bad = tmp_path / "alerts.yaml"
    bad.write_text("bands: {far_points: many}\n", "utf-8")

    code, said = invoke("build", f"--alerts={bad}", f"--out={tmp_path / 'out'}")

    assert code == 2
    assert "far_points" in said
    assert not (tmp_path / "out").exists()


def test_other_bands_make_other_boards(tmp_path: Path) -> None:
    other = tmp_path / "alerts.yaml"
    shipped = (ROOT / "config/alerts.yaml").read_text("utf-8")
    other.write_text(shipped.replace("far_points: 20", "far_points: 10"), "utf-8")

    assert invoke("build", f"--alerts={other}", f"--out={tmp_path / 'out'}")[0] == 0
    overview = (tmp_path / "out/dvc-overview.json").read_text("utf-8")
    assert "-0.1)" in overview
    assert "-0.2)" not in overview
    assert "thiếu trên 10 điểm" in overview
