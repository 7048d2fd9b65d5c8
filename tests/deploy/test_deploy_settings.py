from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from deploy.settings import main, merged, written


def run(*words: str | Path) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def place(folder: Path) -> object:
    return yaml.safe_load((folder / "place.yaml").read_text("utf-8"))


def test_mappings_are_merged_and_lists_replaced() -> None:
    below = {"servers": {"exporter": "a:1", "alertmanagers": ["b:2"]}, "other": 1}

    assert merged(below, {"servers": {"alertmanagers": ["c:3", "d:4"]}}) == {
        "servers": {"exporter": "a:1", "alertmanagers": ["c:3", "d:4"]},
        "other": 1,
    }
    assert below["servers"] == {"exporter": "a:1", "alertmanagers": ["b:2"]}


def test_one_value_is_written_by_its_path() -> None:
    assert written("servers.remote_write.url=https://a.example.vn/x?y=z") == {
        "servers": {"remote_write": {"url": "https://a.example.vn/x?y=z"}}
    }


@pytest.mark.parametrize("text", ["servers", "=x", "servers..url=x"])
def test_what_sets_nothing_is_refused(text: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--out", str(tmp_path), "--set", text])

    assert result.exit_code == 2
    assert "sets nothing; write it like servers.replica=a" in result.output


def test_each_profile_adds_its_own_and_a_fresh_start_forgets_them(tmp_path: Path) -> None:
    config, demo, out = tmp_path / "config", tmp_path / "demo", tmp_path / "out"
    for folder, name, text in (
        (config, "exporter.yaml", "real: 1\n"),
        (config, "contacts.yaml", "private: 1\n"),
        (config, "contacts.example.yaml", "private: 1\n"),
        (demo, "exporter.yaml", "simulated: 1\n"),
        (demo, "contacts.yaml", "invented: 1\n"),
    ):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    base, ha = tmp_path / "base.yaml", tmp_path / "ha.yaml"
    base.write_text("servers: {exporter: a:1, alertmanagers: [b:2]}\n", "utf-8")
    ha.write_text("servers: {alertmanagers: [b:2, c:3]}\n", "utf-8")
    first = ("--out", out, "--fresh", "--take", config, "--merge", base)

    run(*first)
    run("--out", out, "--take", demo)
    run("--out", out, "--merge", ha, "--set", "servers.replica=a")

    assert (out / "exporter.yaml").read_text("utf-8") == "simulated: 1\n"
    assert (out / "contacts.yaml").read_text("utf-8") == "invented: 1\n"
    assert place(out) == {"servers": {"exporter": "a:1", "alertmanagers": ["b:2", "c:3"], "replica": "a"}}

    run(*first)

    assert sorted(path.name for path in out.iterdir()) == ["exporter.yaml", "place.yaml"]
    assert (out / "exporter.yaml").read_text("utf-8") == "real: 1\n"
    assert place(out) == {"servers": {"exporter": "a:1", "alertmanagers": ["b:2"]}}
