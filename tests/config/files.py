"""A small pair of files without faults, for tests that change one thing."""

from __future__ import annotations

from pathlib import Path

TARGETS = """\
decision:
  number: 1/QĐ-UBND
  title: Giao chỉ tiêu
  authority: Chủ tịch Ủy ban nhân dân tỉnh
  issued: 2024-05-24
  period: {start: 2024-01-01, end: 2024-12-31}
indicators:
  - id: online_dossier
    name: Tỷ lệ hồ sơ trực tuyến
    short_name: Hồ sơ trực tuyến
    counting: flow
    counted: hồ sơ
    applies_to: [department, commune]
    target: 45,5%
  - id: certified_copy
    name: Chứng thực
    short_name: Chứng thực
    counting: catalogue
    counted: cơ quan
    applies_to: [commune]
    target: 100%
units:
  - {id: h44-01, name: Sở Y tế, kind: department, codes: {national: H44.01}}
  - {id: h44-02, name: Sở Nội vụ, kind: department, targets: {certified_copy: 12.25%}}
  - {id: h44-101, name: Phường Một, kind: commune, code: "00001"}
"""

SETTINGS = """\
archive: {directory: ../var}
sources:
  - id: cong
    name: Cổng dịch vụ công tỉnh
    family: fake
    read: {url: https://cong.example/thong-ke}
responsible:
  - {source: cong, kinds: [province, department, commune], indicators: all}
"""


def write(folder: Path, settings: str = SETTINGS, targets: str = TARGETS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "targets.yaml").write_text(targets, "utf-8")
    (folder / "exporter.yaml").write_text(settings, "utf-8")
    return folder / "exporter.yaml"
