from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config.decision_file import load_decision
from exporter.config.faults import ConfigError
from exporter.config.yamlfile import MAX_BYTES, Document, read_document
from exporter.config.yamltree import Mark
from exporter.settings import load_config
from tests.config.files import SETTINGS, TARGETS


def read(tmp_path: Path, text: str | bytes) -> Document:
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path)


def message(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_scalars_stay_what_they_look_like(tmp_path: Path) -> None:
    text = """\
whole: -7
real: 2.5e1
yes: true
nothing: ~
void:
quoted: "7"
forced: !!str 7
country: no
octal: 012
time: 1:30
day: 2024-10-31
huge: 123456789012345678901
endless: 1e999
version: 1.2.3
folded: >
  a
  b
"""
    assert read(tmp_path, text).data == {
        "whole": -7,
        "real": 25.0,
        "yes": True,
        "nothing": None,
        "void": None,
        "quoted": "7",
        "forced": "7",
        "country": "no",
        "octal": "012",
        "time": "1:30",
        "day": "2024-10-31",
        "huge": "123456789012345678901",
        "endless": "1e999",
        "version": "1.2.3",
        "folded": "a b\n",
    }


def test_every_key_and_value_knows_its_place(tmp_path: Path) -> None:
    document = read(tmp_path, 'tên:\n  - {xã: "Đông Hòa", mã: 1}\n  - rỗng:\n')
    assert document.keys["tên", 0, "mã"] == Mark(2, 22, 2)
    assert document.values["tên", 0, "xã"] == Mark(2, 10, 10)
    assert document.text(("tên", 0, "xã")) == '"Đông Hòa"'
    assert document.values["tên", 0] == Mark(2, 5, 23)
    assert document.line(("tên", 1)) == 3
    assert document.fault(("tên", 1, "rỗng"), "m").column == 5
    assert document.fault(("tên", 0, "mã"), "m", key=True).column == 22
    assert document.fault(("tên", 0, "lạ", "sâu"), "m").line == 2


def test_aliases_point_to_what_they_repeat(tmp_path: Path) -> None:
    document = read(tmp_path, "a: &x {k: 1}\nb: *x\nc: [*x, *x]\n")
    assert document.data == {"a": {"k": 1}, "b": {"k": 1}, "c": [{"k": 1}, {"k": 1}]}
    assert document.values["c", 1, "k"] == document.values["a", "k"] == Mark(1, 11, 1)


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    document = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\rc: 3\n")
    assert document.data == {"a": 1, "b": 2, "c": 3}
    assert document.values["c",] == Mark(3, 4, 1)


def test_tabs_behind_text_are_harmless(tmp_path: Path) -> None:
    assert read(tmp_path, "a: x\ty # z\t\nb: 1\n").data == {"a": "x\ty", "b": 1}


def test_tabs_in_lines_without_text_are_told_as_well(tmp_path: Path) -> None:
    said = message(tmp_path, "a: 1\n\t\n \t# chú thích\n")
    assert "a.yaml:2:1: a tab stands" in said
    assert "a.yaml:3:2: a tab stands" in said


def test_block_list_and_question_mark_keys(tmp_path: Path) -> None:
    assert read(tmp_path, "? a\n: - 1\n  - 2\n").data == {"a": [1, 2]}


def test_a_question_mark_at_the_end_of_the_file(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\n?")
    assert document.data == {"a": 1, "": None}
    assert document.fault(("",), "m", key=True).line == 2


def test_missing_file_directory_and_odd_path(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "none.yaml", "no such file; check the path"),
        (tmp_path, "this is a directory; name the file in it"),
        (tmp_path / "a.yaml" / "b.yaml", "cannot be read (Not a directory)"),
        (tmp_path / "\0", "cannot be read (embedded null byte)"),
    ):
        (tmp_path / "a.yaml").write_text("a: 1\n")
        with pytest.raises(ConfigError) as caught:
            read_document(path)
        assert f"{path}: {said}" in str(caught.value)


def test_too_large_a_file(tmp_path: Path) -> None:
    body = b"a: 1\n" + b"# x\n" * (MAX_BYTES // 4)
    assert message(tmp_path, body) == "a.yaml: is larger than 5 MB; this is not a configuration file"


def test_too_many_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.config.yamltree.MAX_VALUES", 100)
    said = message(tmp_path, "a:\n" + "- 1\n" * 100)
    assert said.startswith("a.yaml:99:3: more than 100 values from here on; shorten the file")


def test_nesting_by_aliases_is_bounded(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    assert "more than 40 levels" in message(tmp_path, "\n".join(lines))


def test_every_broken_line_is_told(tmp_path: Path) -> None:
    said = message(tmp_path, "a: tên\nb: ".encode() + b"\xe3\xe3\nc: \xff\x07\n")
    assert [line for line in said.split("\n") if line.startswith("a.yaml")] == [
        "a.yaml:2:4: byte 4 of this line (0xE3) is not UTF-8; save the file as UTF-8",
        "a.yaml:3:4: byte 4 of this line (0xFF) is not UTF-8; save the file as UTF-8",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b\n%", "a.yaml:2:1: a line cannot begin with '%'"),
        ("%YAML 3.0\n---\na: b\n", "a.yaml:1:1: not YAML (found incompatible YAML document)"),
        ("a: [1, 2]]\n", "a.yaml:1:10: this does not continue what stands above"),
        ("a: {b: c\n", "a.yaml:1:4: a ',' or a closing bracket is missing before line 2, column 1"),
        ("a: 1\nb", "a.yaml:2:1: this line is neither 'key: value' nor part of the value above"),
        ("a: 'x", "a.yaml:1:4: this quote is never closed"),
        ("a: *\n", "a.yaml:1:4: a name after '*' or '&' may hold only"),
        ("{a: {b: c}: 1}\n", "a.yaml:1:1: a ',' or a closing bracket is missing before line 1, column 11"),
        ("a: !x {b: 1}\n", "a.yaml:1:4: the tag '!x' is not used here; delete it"),
        ("a: \u2028\n", "a.yaml:1:4: the character U+2028 has no place"),
        ("~\n", "a.yaml: the file is empty"),
    ],
)
def test_what_is_no_yaml_or_not_used_here(tmp_path: Path, text: str, said: str) -> None:
    try:
        document = read(tmp_path, text)
    except ConfigError as error:
        faults = error.faults
    else:
        faults = document.faults
    assert said in str(ConfigError(faults))


SHIPPED = (Path(__file__).parents[2] / "config" / "exporter.yaml").read_text("utf-8")
YAML = st.text("abc:-[]{}&*!|>'\"%@`#,? \n\t\u00e3\u0111\u2028\x07~<01.", max_size=60)
PIECES = st.lists(st.sampled_from((TARGETS + SETTINGS).split()), max_size=40).map(" ".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file with one stretch replaced by anything."""
    text = draw(st.sampled_from([TARGETS, SETTINGS, SHIPPED])).encode()
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 40)))
    filler = st.one_of(st.binary(max_size=8), YAML.map(str.encode), PIECES.map(str.encode))
    return text[:start] + draw(filler) + text[end:]


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=80), YAML.map(str.encode), damaged()))
def test_any_bytes_give_a_model_or_a_config_error(tmp_path: Path, body: bytes) -> None:
    for name in ("targets.yaml", "exporter.yaml"):
        (tmp_path / name).write_bytes(body)
    said: list[ConfigError] = []
    for load, name in ((load_decision, "targets.yaml"), (load_config, "exporter.yaml")):
        try:
            load(tmp_path / name)
        except ConfigError as error:
            said.append(error)
    assert all(error.faults and str(error) for error in said)
