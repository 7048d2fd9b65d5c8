from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from exporter.config.decision_checks import check_decision
from exporter.config.decision_file import Examined, load_decision
from exporter.config.faults import ConfigError
from exporter.config.settings_checks import check_settings
from exporter.config.yamlfile import read_document
from exporter.config.yamlmodel import Checked
from exporter.decision import PROVINCE, Kind
from exporter.settings import FetchSettings, QualitySettings, load_config, load_settings
from tests.config.fakefamily import FAKE, Options
from tests.config.files import SETTINGS, TARGETS, write

SHIPPED = Path(__file__).parents[2] / "config" / "exporter.yaml"


@pytest.fixture(autouse=True)
def _fake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "shipped" not in request.node.name:
        monkeypatch.setattr("exporter.sources.FAMILIES", FAKE)


def faults(folder: Path, settings: str, targets: str = TARGETS) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, settings, targets))
    return str(caught.value)


def test_paths_are_against_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    _, settings = load_config(Path("config/exporter.yaml"))
    assert settings.decision == Path("config/targets.yaml")
    assert settings.archive.directory == Path("var")
    assert load_settings(tmp_path / "config" / "exporter.yaml").archive.directory == tmp_path / "var"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    write(tmp_path / "a")
    path = write(
        tmp_path / "b", SETTINGS.replace("../var", "/srv/dvc") + f"decision: {tmp_path}/a/targets.yaml\n"
    )
    settings = load_settings(path)
    assert settings.archive.directory == Path("/srv/dvc")
    assert settings.decision == tmp_path / "a" / "targets.yaml"


def test_read_holds_the_options_of_the_family(tmp_path: Path) -> None:
    (source,) = load_settings(write(tmp_path)).sources
    assert source.read == Options(url="https://cong.example/thong-ke")
    assert (source.every, source.validity) == (timedelta(hours=6), timedelta(hours=26))


def test_all_is_what_applies_to_each_kind(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path))
    assert [(entry.kinds, entry.indicators) for entry in settings.responsible] == [
        ((Kind.PROVINCE,), ("online_dossier", "certified_copy")),
        # Only one department has a target for it, but that makes it one to be read.
        ((Kind.DEPARTMENT,), ("online_dossier", "certified_copy")),
        ((Kind.COMMUNE,), ("online_dossier", "certified_copy")),
    ]
    assert settings.source_of(Kind.DEPARTMENT, "certified_copy") == "cong"
    assert settings.source_of(Kind.DISTRICT, "online_dossier") is None


def test_all_for_a_kind_that_does_not_occur_is_nothing(tmp_path: Path) -> None:
    text = TARGETS.replace("applies_to: [department, commune]", "applies_to: [department]")
    text = text.replace("applies_to: [commune]", "applies_to: [department]")
    settings = load_settings(write(tmp_path, targets=text))
    assert Kind.COMMUNE not in {kind for entry in settings.responsible for kind in entry.kinds}


def test_nobody_with_a_reason(tmp_path: Path) -> None:
    settings = load_settings(
        write(
            tmp_path,
            SETTINGS.replace("[province, ", "[")
            + "  - {source: none, kinds: [province], reason: Chưa có, indicators: all}\n",
        )
    )
    assert settings.source_of(Kind.PROVINCE, "online_dossier") is None
    assert settings.responsible[-1].reason == "Chưa có"


def test_a_decision_given_is_used(tmp_path: Path) -> None:
    decision = load_decision(write(tmp_path / "a").parent / "targets.yaml")
    path = write(tmp_path / "b")
    path.with_name("targets.yaml").unlink()
    assert load_settings(path, decision).sources[0].id == "cong"
    path.write_text(SETTINGS.replace("indicators: all", "indicators: [online_dossier]"))
    with pytest.raises(ConfigError, match="no source is responsible for province: certified_copy"):
        load_settings(path, decision)


def test_a_faulty_decision_alone_is_told_alone(tmp_path: Path) -> None:
    said = faults(tmp_path, SETTINGS, TARGETS.replace("45,5%", "45"))
    assert said.startswith(f"{tmp_path}/targets.yaml:14:13: a percentage needs its sign")
    assert "exporter.yaml" not in said


def test_an_unreadable_decision_causes_no_other_fault(tmp_path: Path) -> None:
    settings = SETTINGS.replace("indicators: all", "indicators: [gì_đó]")
    said = faults(
        tmp_path,
        settings + "hold: [{unit: gì, indicator: gì, until: 2024-12-31, reason: a, by: b}]\n",
        "a: [",
    )
    assert said.count("\n\n") == 0
    assert "targets.yaml:1:5: a ',' or a closing bracket is missing" in said


def test_missing_parts_do_not_hide_other_faults(tmp_path: Path) -> None:
    said = faults(
        tmp_path, SETTINGS.replace("archive: {directory: ../var}\n", "").replace("family: fake", "family: x")
    )
    assert "key 'archive' is missing here" in said
    assert "unknown family 'x'; known here: fake" in said


def test_same_text_twice_through_an_alias_is_told_once(tmp_path: Path) -> None:
    settings = SETTINGS.replace(
        "read: {url: https://cong.example/thong-ke}", "read: &read {url: http://cong.example/}"
    )
    settings = settings.replace(
        "responsible:", "  - {id: hai, name: Hai, family: fake, read: *read}\nresponsible:"
    )
    assert faults(tmp_path, settings).count("over http anybody on the way") == 1


def test_no_families_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.sources.FAMILIES", {})
    assert "unknown family 'fake'; none is known here" in faults(tmp_path, SETTINGS)


def test_a_province_without_districts_and_groups(tmp_path: Path) -> None:
    decision, _ = load_config(write(tmp_path))
    copy = decision.indicators["certified_copy"]
    units = {unit.id: unit for unit in decision.assigned_units}
    assert list(units) == ["h44-01", "h44-02", "h44-101"]
    assert {unit.parent for unit in units.values()} == {PROVINCE}
    assert units["h44-101"].codes == {"official": "00001"}
    assert units["h44-01"].codes == {"national": "H44.01"}
    assert decision.target(units["h44-101"], copy) == 1
    assert decision.target(units["h44-01"], copy) is None
    assert decision.target(units["h44-02"], copy) == Fraction(1225, 10_000)
    assert decision.target(units["h44-01"], decision.indicators["online_dossier"]) == Fraction(455, 1000)
    assert decision.units[PROVINCE].name == "Toàn tỉnh"


def test_milestones_are_sorted_and_in_force_ends(tmp_path: Path) -> None:
    text = TARGETS.replace(
        "codes: {national: H44.01}", "milestones: {online_dossier: {2024-09-30: 45%, 2024-06-30: 40%}}"
    ).replace(
        "indicators:",
        "  in_force: 2025-06-30\nprovince: {aliases: [Tỉnh A], codes: {national: H44}}\nindicators:",
        1,
    )
    decision, _ = load_config(write(tmp_path, targets=text))
    unit, dossier = decision.units["h44-01"], decision.indicators["online_dossier"]
    assert decision.milestone(unit, dossier, date(2024, 6, 29)) is None
    assert decision.milestone(unit, dossier, date(2024, 6, 30)) == Fraction(40, 100)
    assert decision.milestone(unit, dossier, date(2024, 12, 31)) == Fraction(45, 100)
    assert decision.in_force_until == date(2025, 6, 30)
    assert decision.units[PROVINCE].aliases[0].name == "Tỉnh A"
    assert decision.units[PROVINCE].codes == {"national": "H44"}


def test_text_is_composed_and_on_one_line(tmp_path: Path) -> None:
    decision, _ = load_config(
        write(tmp_path, targets=TARGETS.replace("Sở Y tế", "Sơ\u0309  Y\n    tê\u0301"))
    )
    assert decision.units["h44-01"].name == "Sở Y tế"


def test_too_long_a_name(tmp_path: Path) -> None:
    assert "this text is longer than 500 characters" in faults(
        tmp_path, SETTINGS, TARGETS.replace("Sở Y tế", "Sở " * 300)
    )


def test_too_many_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.config.decision_checks.MAX_UNITS", 10)
    rows = "".join(f"  - {{id: u{n}, name: Sở {n}, kind: department}}\n" for n in range(8))
    said = faults(tmp_path, SETTINGS, TARGETS + rows)
    assert "targets.yaml:22:1: 11 units and communes are more than 10; keep one province to a file" in said


def test_old_names_one_after_the_other(tmp_path: Path) -> None:
    old = "{name: Ty Y tế, until: 1990-12-31}, {name: Sở Y tế cũ, since: 1991-01-01, until: 2023-12-31}"
    aliases = f"aliases: [{old}]"
    decision, _ = load_config(write(tmp_path, targets=TARGETS.replace("codes: {national: H44.01}", aliases)))
    unit = decision.units["h44-01"]
    names = [unit.name_on(date(year, 6, 1)) for year in (1980, 2000, 2024)]
    assert names == ["Ty Y tế", "Sở Y tế cũ", "Sở Y tế"]


def test_nothing_to_check_without_a_model(tmp_path: Path) -> None:
    document = read_document(write(tmp_path))
    assert list(check_settings(Checked(document, None, ()), Examined(None, ()), FAKE)) == []
    assert list(check_decision(Checked(document, None, ()))) == []


def test_the_shipped_files_are_right() -> None:
    decision, settings = load_config(SHIPPED)
    assert decision.number == "805/QĐ-UBND"
    assert [source.id for source in settings.sources] == ["cong-tinh-don-vi", "cong-tinh-xa", "cong-quoc-gia"]
    assert all(source.simulated for source in settings.sources)
    assert settings.clock is not None
    assert settings.clock.date == date(2024, 9, 16)
    for kind in Kind:
        for indicator in decision.indicators.values():
            wanted = "cong-tinh-xa" if kind in {Kind.COMMUNE, Kind.COMMUNE_GROUP} else "cong-tinh-don-vi"
            if kind is Kind.PROVINCE or kind in indicator.applies_to:
                assert settings.source_of(kind, indicator.id) == wanted


def test_the_shipped_comments_are_true_examples(tmp_path: Path) -> None:
    """What stands commented out is accepted, and says the values that are in force anyway."""
    text, shown = SHIPPED.read_text("utf-8"), []
    for key in ("fetch", "quality", "accept"):
        block = text[text.index(f"# {key}:") :].split("\n\n")[0].splitlines()
        shown += [
            line.removeprefix("# ") for line in block if line.startswith(("#   ", f"# {key}:", "# hold:"))
        ]
    start = text.index("  # keep_days:")
    kept = [line.replace("# ", "", 1) for line in text[start:].split("\n\n")[0].splitlines()]
    text = text.replace(
        "  directory: ../var/archive\n", "\n".join(["  directory: ../var/archive", *kept, ""])
    )
    path = tmp_path / "exporter.yaml"
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("fetch: "))
    path.write_text("\n".join([text, *shown]), "utf-8")
    (tmp_path / "targets.yaml").write_bytes(SHIPPED.with_name("targets.yaml").read_bytes())
    settings = load_settings(path)
    assert settings.fetch == FetchSettings()
    assert settings.quality == QualitySettings()
    assert (settings.archive.keep_days, settings.archive.replay_days) == (90, 10)
    assert len(settings.accept) == len(settings.hold) == 1
