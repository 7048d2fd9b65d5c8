from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest
from selectolax.lexbor import LexborHTMLParser

from alerts.mail import rendering
from alerts.mail.names import Addresses, name_tables, quoted
from alerts.mail.rendering import RenderingError, render
from alerts.mail.samples import AS_OF, SampleAlert, below, communes, operators, recovered
from exporter.decision import Kind, Unit
from tests.alerts.mail.mail_driver import DAY, SOURCE, configuration, names, one
from tools.postbox import Letter

HOSTILE = """O"Bri\\en {{ .Evil }} <script>alert(1)</script> & 'xã' `tốt` %s\tmột"""


def alert(name: str, **changed: str) -> SampleAlert:
    """An alert on the payments of a department; `changed` are labels and annotations."""
    labels = {
        "alertname": name,
        "severity": "warning",
        "audience": "unit",
        "unit": "so-cong-thuong",
        "kind": "department",
        "parent": "tinh",
        "indicator": "online_payment",
        "source": SOURCE,
    }
    figures = {"rate": "38,4%", "target": "45%", "gap": "−6,6", "missing": "155 giao dịch", "as_of": AS_OF}
    return SampleAlert(
        {key: changed.get(key, value) for key, value in labels.items()},
        figures | {key: value for key, value in changed.items() if key not in labels},
    )


@pytest.fixture(scope="module")
def said(alertmanager: Path) -> Mapping[str, Letter]:
    """Letters on many single cases, from one run of the real Alertmanager."""
    cases: dict[str, Sequence[SampleAlert]] = {
        "far": [alert("DvcUnitFarBelowTarget", gap="−31,0", since="02/07/2024")],
        "order": [
            alert("DvcUnitBelowTarget", gap="−8,8"),
            alert("DvcUnitBelowTarget", gap="−10,1", indicator="online_dossier"),
            alert("DvcUnitBelowTarget", gap="−0,2", indicator="digitised_result"),
            alert("DvcUnitBelowTarget", gap="−100,0", indicator="electronic_result"),
        ],
        "twice": [alert("DvcUnitBelowTarget"), alert("DvcUnitBackOnTarget", rate="45,1%")],
        "mixed": [
            alert("DvcUnitBelowTarget"),
            alert("DvcUnitBackOnTarget", rate="51,0%", target="50%", indicator="online_dossier"),
            alert("DvcMeasurementMissing", indicator="digitised_result"),
            alert("DvcUnitFalling", indicator="electronic_result"),
        ],
        "hopeless": [alert("DvcUnitBelowTarget", missing="")],
        "partly unknown": [alert("DvcUnitBelowTarget", met="3/6", unknown="2")],
        "read": [alert("DvcUnitBelowTarget", as_of="", read_at="06:05 16/09/2024")],
        "undated": [alert("DvcUnitBelowTarget", as_of="")],
        "required": [alert("DvcUnitBelowTarget", required="62,0%", communes="31/38 xã, thị trấn đạt")],
        "beyond": [
            alert("DvcUnitBelowTarget", required="100,0%"),
            alert("DvcTargetOutOfReach", required="100,0%"),
        ],
        "uncounted": [
            alert("DvcUnitBelowTarget", counts="/", met="/", communes="/ xã, thị trấn đạt", parts=""),
            alert("DvcUnitBackOnTarget", counts="/", met="/", indicator="online_dossier"),
        ],
        "strange": [alert("DvcSomethingElse", summary="Một điều khác")],
        "unknown": [alert("DvcUnitBelowTarget", unit="so-moi", indicator="chi-tieu-moi")],
        "real": [alert("DvcUnitBelowTarget")],
        "bare": [SampleAlert({"alertname": "DvcUnitBelowTarget", "unit": "so-cong-thuong"})],
    }
    decision, _ = configuration()
    others = {
        "communes": many_communes(),
        "operators:several": [*operators("cong-tinh-xa"), *operators("cong-quoc-gia")],
        "operators:unit": recovered(decision, decision.units["so-cong-thuong"], SOURCE),
    }
    units = {f"unit:{unit.id}": below(decision, unit, SOURCE) for unit in every_unit()}
    told = {f"unit:{name}": alerts for name, alerts in cases.items()}
    found = render(alertmanager, names(Addresses("https://chitieu.example.vn")), told | others | units)
    return {key.removeprefix("unit:"): letter for key, letter in found.items()}


def every_unit() -> list[Unit]:
    """Whoever may be written to."""
    return [unit for unit in configuration()[0].units.values() if unit.kind is not Kind.PROVINCE]


def many_communes() -> list[SampleAlert]:
    """Every commune of a group below a target and far below it, each by more than the one before."""
    decision, _ = configuration()
    group = decision.units["xa-dong-hung"]
    sample = communes(decision, group, SOURCE)[0]
    return [
        replace(
            sample,
            labels={**sample.labels, "unit": commune.id, "alertname": name},
            annotations={**sample.annotations, "gap": f"−{place},0"},
        )
        for place, commune in enumerate(decision.children[group.id])
        for name in ("DvcUnitBelowTarget", "DvcUnitFarBelowTarget")
    ]


def test_what_is_far_below_is_marked_and_since_is_what_the_rules_say(said: Mapping[str, Letter]) -> None:
    row = one(LexborHTMLParser(said["far"].html), "tr.card").text()

    assert "▼▼" in row
    assert "Chưa đạt từ ngày02/07/2024" in row


def test_gaps_are_sorted_as_numbers(said: Mapping[str, Letter]) -> None:
    cells = LexborHTMLParser(said["order"].html).css("td.gap")

    assert [cell.text().partition(" ")[0] for cell in cells] == ["−100,0", "−10,1", "−8,8", "−0,2"]
    assert said["order"].subject.endswith(": 4 chỉ tiêu chưa đạt")


def test_nothing_is_called_recovered_that_is_below(said: Mapping[str, Letter]) -> None:
    letter = said["twice"]

    assert letter.subject.endswith(": 1 chỉ tiêu chưa đạt")
    assert "trở lại" not in letter.html + letter.text


def test_a_mixed_mail_counts_each_kind(said: Mapping[str, Letter]) -> None:
    assert said["mixed"].subject == (
        "[Chỉ tiêu DVC] Sở Công Thương: 1 chỉ tiêu chưa đạt, 1 chỉ tiêu giảm nhanh, "
        "1 chỉ tiêu chưa có số liệu, 1 chỉ tiêu đã đạt trở lại"
    )
    assert "Hồ sơ trực tuyến: 51,0% (chỉ tiêu 50%), số liệu đến 06:00 16/09/2024." in said["mixed"].text


def test_where_no_number_can_be_missing_there_is_a_dash(said: Mapping[str, Letter]) -> None:
    assert "Cần thêm: –" in said["hopeless"].text


def test_where_the_portal_gives_no_date_it_is_read_at_and_without_that_unknown(
    said: Mapping[str, Letter],
) -> None:
    assert "Số liệu đọc lúc 06:05 16/09/2024" in said["read"].text
    assert "Số liệu không rõ" in said["undated"].text


def test_what_the_rest_must_reach_is_said_unless_that_is_out_of_reach(said: Mapping[str, Letter]) -> None:
    assert "Phần còn lại của kỳ cần đạt ít nhất 62,0% (ước tính)." in said["required"].text
    assert "31/38 xã, thị trấn đạt." in said["required"].text
    assert "ít nhất" not in said["beyond"].text
    assert "không đạt được" in said["beyond"].text


def test_counts_that_are_not_known_are_left_out(said: Mapping[str, Letter]) -> None:
    assert "Số đếm" not in said["uncounted"].html
    assert "Số đếm" not in said["uncounted"].text
    assert "xã, thị trấn đạt" not in said["uncounted"].text
    assert "đã đạt /" not in said["uncounted"].text
    assert "trong 6 chỉ tiêu được giao" in said["uncounted"].text


def test_an_alert_of_another_name_is_told_with_its_summary(said: Mapping[str, Letter]) -> None:
    assert said["strange"].subject.endswith(": 1 thông báo")
    assert "Một điều khác" in said["strange"].html
    assert "Một điều khác" in said["strange"].text


def test_an_unknown_id_stands_for_itself(said: Mapping[str, Letter]) -> None:
    assert said["unknown"].subject == "[Chỉ tiêu DVC] so-moi: 1 chỉ tiêu chưa đạt"
    assert "* chi-tieu-moi" in said["unknown"].text


def test_real_figures_bear_no_mark(said: Mapping[str, Letter]) -> None:
    assert "mô phỏng" not in said["real"].html + said["real"].text
    assert "gửi thật" not in said["real"].html + said["real"].text


def test_an_alert_without_annotations_still_makes_a_mail(said: Mapping[str, Letter]) -> None:
    assert said["bare"].subject == "[Chỉ tiêu DVC] Sở Công Thương: 1 chỉ tiêu chưa đạt"


def test_every_name_of_the_decision_survives_in_subject_and_body(said: Mapping[str, Letter]) -> None:
    decision, _ = configuration()

    assert len(every_unit()) == 292
    for unit in every_unit():
        letter = said[unit.id]
        count = len({one.labels["indicator"] for one in below(decision, unit, SOURCE)})
        assert letter.subject.startswith(f"[Chỉ tiêu DVC] {unit.short_name_on(DAY)}")
        assert letter.subject.endswith(f": {count} chỉ tiêu chưa đạt")
        assert unit.name_on(DAY) in LexborHTMLParser(letter.html).text()
        assert unit.name_on(DAY) in letter.text
        if unit.kind is Kind.COMMUNE:
            assert ", huyện " in letter.subject or ", thành phố " in letter.subject


def test_a_name_with_every_sign_there_is_survives_unchanged(alertmanager: Path) -> None:
    decision, settings = configuration()
    unit = replace(decision.units["so-cong-thuong"], name=HOSTILE, short_name=HOSTILE)
    indicator = replace(decision.indicators["online_payment"], short_name=HOSTILE, note=HOSTILE)
    changed = replace(
        decision,
        units=MappingProxyType({**decision.units, unit.id: unit}),
        indicators=MappingProxyType({**decision.indicators, indicator.id: indicator}),
    )
    tables = name_tables(changed, settings, Addresses("https://a.example.vn/", {unit.id: HOSTILE}), DAY)

    found = render(alertmanager, tables, {"unit": [alert("DvcUnitBelowTarget")]})["unit"]

    tree = LexborHTMLParser(found.html)
    assert found.subject == f"[Chỉ tiêu DVC] {HOSTILE}: 1 chỉ tiêu chưa đạt".replace("\t", " ")
    assert f"Kính gửi: {HOSTILE}" in found.text
    assert f"* {HOSTILE}\n" in found.text
    assert tree.css("script") == []
    assert one(tree, "p").text() == f"Kính gửi: {HOSTILE}"


def test_ten_communes_are_told_and_the_rest_is_counted(said: Mapping[str, Letter]) -> None:
    letter = said["communes"]
    there = configuration()[0].children["xa-dong-hung"]

    assert letter.subject == (
        f"[Chỉ tiêu DVC] Xã, thị trấn Đông Hưng: {len(there)} đơn vị cấp xã có chỉ tiêu chưa đạt"
    )
    assert [line for line in letter.text.splitlines() if line.startswith("* ")] == [
        f"* {unit.name_on(DAY)}" for unit in list(reversed(there))[:10]
    ]
    assert f"Còn {len(there) - 10} đơn vị khác có chỉ tiêu chưa đạt" in letter.html
    assert letter.text.count("Hồ sơ trực tuyến:") == 10


def test_several_alerts_to_operators_are_counted_in_the_subject(said: Mapping[str, Letter]) -> None:
    letter = said["operators:several"]

    assert letter.subject == "[Chỉ tiêu DVC, vận hành] 2 cảnh báo DvcSourceDown"
    assert "Cổng Dịch vụ công quốc gia" in letter.text


def test_unit_alerts_to_operators_name_unit_and_indicator(said: Mapping[str, Letter]) -> None:
    assert "Sở Công Thương, Dịch vụ toàn trình" in said["operators:unit"].text


def test_a_broken_template_is_said(alertmanager: Path, tmp_path: Path) -> None:
    (tmp_path / "unit.tmpl").write_text('{{ define "dvc.unit.subject" }}{{ if }}')

    with pytest.raises(RenderingError, match="did not start"):
        render(alertmanager, "", {"unit": [alert("DvcUnitBelowTarget")]}, tmp_path)


def test_alerts_that_alertmanager_refuses_are_said(alertmanager: Path) -> None:
    ends_before_it_begins = operators(SOURCE, datetime(2024, 1, 1, tzinfo=UTC))

    with pytest.raises(RenderingError, match="refused the alerts"):
        render(alertmanager, names(), {"operators-over": ends_before_it_begins})


def test_a_mail_that_does_not_come_is_said_with_what_alertmanager_said(
    alertmanager: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "_MAIL_SECONDS", 0.1)

    with pytest.raises(RenderingError, match=r"(?s)0 of 1 letters came.*Alertmanager"):
        render(alertmanager, names(), {"unit": [alert("DvcUnitBelowTarget")]})


@pytest.mark.parametrize(
    ("text", "literal"), [('a"b', '"a\\"b"'), ("a\\b\n", '"a\\\\b\\n"'), ("xã {{", '"xã {{"')]
)
def test_a_literal_holds_whatever_is_in_the_text(text: str, literal: str) -> None:
    assert quoted(text) == literal


def test_what_is_not_known_is_not_passed_over(said: Mapping[str, Letter]) -> None:
    told = "đã đạt 3/6 chỉ tiêu được giao (2 chỉ tiêu chưa có số liệu); còn"

    assert told in said["partly unknown"].text
    assert told in said["partly unknown"].html
