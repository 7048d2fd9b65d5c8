from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.metrics.catalogue import CATALOGUE, Metric
from tools import docs


def test_the_committed_page_is_what_the_catalogue_says() -> None:
    assert docs.TARGET.read_text("utf-8") == docs.metrics_page(CATALOGUE), "run `make docs`"


def test_the_page_has_a_row_and_a_section_for_every_metric() -> None:
    page = docs.metrics_page(
        [
            Metric("dvc_a_ratio", ("unit", "period"), "What it means."),
            Metric("dvc_b_total", (), "Why.", "counter"),
        ],
    )

    assert "| [dvc_a_ratio](#dvc_a_ratio) | gauge | `unit`, `period` |\n" in page
    assert "| [dvc_b_total](#dvc_b_total) | counter | - |\n" in page
    assert "\n## dvc_a_ratio\n\ngauge, labels: `unit`, `period`\n\nWhat it means.\n" in page
    assert "\n## dvc_b_total\n\ncounter, no labels\n\nWhy.\n" in page


def test_every_metric_says_what_it_means_and_stands_once() -> None:
    names = [metric.name for metric in CATALOGUE]

    assert len(names) == len(set(names))
    for metric in CATALOGUE:
        assert re.fullmatch(r"dvc_[a-z_]+", metric.name)
        assert metric.help.endswith(".")


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "TARGET", tmp_path / "metrics.md")

    result = CliRunner().invoke(docs.main)

    assert result.exit_code == 0
    assert (tmp_path / "metrics.md").read_text("utf-8") == docs.metrics_page(CATALOGUE)
