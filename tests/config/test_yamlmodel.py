from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from exporter.config.faults import ConfigError
from exporter.config.yamlfile import read_document
from exporter.config.yamlmodel import Checked, Model, check


class Leaf(Model):
    alias_name: str = Field(default="", alias="tên")
    whole: int = 0


class Root(Model):
    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()
    table: dict[int, Leaf] = Field(default_factory=dict)
    filled: Annotated[dict[str, int], Field(min_length=1)] = Field(default_factory=lambda: {"a": 1})
    several: Annotated[tuple[int, ...], Field(min_length=2)] = (1, 2)
    short: Annotated[str, Field(min_length=2)] = "xx"
    even: Annotated[int, Field(multiple_of=2)] = 0
    either: str | dict[str, Leaf] = ""


def checked(tmp_path: Path, text: str) -> Checked[Root]:
    path = tmp_path / "a.yaml"
    path.write_text(text, "utf-8")
    return check(read_document(path), Root)


def said(tmp_path: Path, text: str) -> str:
    return str(ConfigError(checked(tmp_path, text).faults)).replace(f"{tmp_path}/", "")


def test_what_is_right_remains_when_the_rest_is_left_out(tmp_path: Path) -> None:
    found = checked(tmp_path, "leaves:\n- {whole: x}\n- {whole: 2}\n- {lạ: 1}\n- {whole: 4}\n")
    assert found.model is not None
    assert [leaf.whole for leaf in found.model.leaves] == [0, 2, 0, 4]
    assert not found.whole("leaves")
    assert found.whole("leaves", 1)
    assert found.whole("leaf")
    assert len(found.faults) == 2


def test_places_are_those_of_the_file_when_entries_were_left_out(tmp_path: Path) -> None:
    found = checked(tmp_path, "leaves:\n- chữ\n- {whole: 2}\n")
    assert found.model is not None
    assert len(found.model.leaves) == 1
    assert found.where("leaves", 0, "whole") == ("leaves", 1, "whole")
    assert found.fault(("leaves", 0, "whole"), "m").line == 3


def test_keys_are_suggested_by_the_name_they_have_in_the_file(tmp_path: Path) -> None:
    assert "unknown key 'tn'; did you mean 'tên'?" in said(tmp_path, "leaf: {tn: a}\n")
    assert "unknown key 'tn'; did you mean 'tên'?" in said(tmp_path, "table: {7: {tn: a}}\n")


def test_what_several_shapes_of_a_value_say_is_one_fault(tmp_path: Path) -> None:
    found = said(tmp_path, "either: {a: {tn: b}}\n")
    assert "'either' must be text, not a mapping; correct it" in found
    assert "unknown key 'tn'; did you mean 'tên'?" in found


def test_keys_that_are_numbers(tmp_path: Path) -> None:
    found = checked(tmp_path, "table: {7: {whole: x}, tám: {}}\n")
    assert [fault.column for fault in found.faults] == [20, 24]
    assert "'table' must be" not in str(found.faults)


def test_faults_that_no_sentence_was_written_for(tmp_path: Path) -> None:
    assert "'even' is not right (input should be a multiple of 2); correct it" in said(tmp_path, "even: 3\n")
    assert "'short' must be text that is not empty, not 'x'; correct it" in said(tmp_path, "short: x\n")
    assert "'leaves' must be a list, like [a, b], not a mapping" in said(tmp_path, "leaves: {a: 1}\n")


def test_what_has_too_few_entries(tmp_path: Path) -> None:
    assert "'filled' must be a mapping with entries, not an empty mapping; correct it" in said(
        tmp_path, "filled: {}\n"
    )
    assert "'several' must be a list with entries, not a list; correct it" in said(tmp_path, "several: [1]\n")
    assert said(tmp_path, "several: [1, x]\n").count("must be") == 1


def test_a_duplicate_key_does_not_hide_other_faults(tmp_path: Path) -> None:
    found = checked(tmp_path, "even: 2\neven: 4\nshort: x\n")
    assert [fault.line for fault in (*found.document.faults, *found.faults)] == [2, 3]


def test_a_part_that_cannot_be_used_is_no_second_fault(tmp_path: Path) -> None:
    found = checked(tmp_path, "leaf: *none\nshort: !x ab\n")
    assert found.faults == ()
    assert found.model == Root()
    assert len(found.document.faults) == 2
