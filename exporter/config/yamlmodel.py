"""YAML documents to pydantic models: every fault in one run, each with its place and advice."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from exporter.config.advice import Complaint, sentence
from exporter.config.faults import Fault
from exporter.config.yamlfile import Document, Items, Where

M = TypeVar("M", bound=BaseModel)


class Model(BaseModel):
    """What a configuration file is made of: frozen, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Checked(Generic[M]):
    """What could be made of a document (or of the part `at`): faulty parts are left out of `model`."""

    document: Document
    model: M | None
    faults: tuple[Fault, ...]
    at: Where = ()
    data: object = None
    missing: frozenset[Where] = field(default_factory=frozenset)
    """Where parts were left out."""

    def where(self, *steps: str | int) -> Where:
        """The place in the file of a place in the model, whose lists may be shorter."""
        found, node = self.at, self.data
        for step in steps:
            if isinstance(step, int) and isinstance(node, Items):
                found = (*found, node.origins[step])
                node = node[step]
            else:
                found = (*found, step)
                node = node.get(step) if isinstance(node, dict) else None
        return found

    def fault(self, steps: Where, message: str, *, key: bool = False) -> Fault:
        """A fault at a place of the model."""
        return self.document.fault(self.where(*steps), message, key=key)

    def whole(self, *steps: str | int) -> bool:
        """Whether nothing was left out of a part of the model."""
        where = self.where(*steps)
        return not any(gap[: len(where)] == where for gap in self.missing)


StandIns = Mapping[str, object]
"""What takes the place of required keys that are missing or wrong, so that the rest can be checked."""


def check(
    document: Document, model: type[M], at: Where = (), stand_ins: StandIns | None = None
) -> Checked[M]:
    """Validates a document (or the part `at`), and leaves out what is wrong until the rest is right.

    All faults are reported by the first validation; the model is for further checks of what is right.
    """
    stands = stand_ins or {}
    source = _at(document.data, at)
    gaps = set(document.bad)
    faults: tuple[Fault, ...] | None = None
    while True:
        data = _without(source, gaps, at)
        if faults is not None and stands:
            data = _filled(cast("StandIns", data), stands)
        view = Checked[M](document, None, (), at, data)
        try:
            made = model.model_validate(data)
        except ValidationError as error:
            complaints = [_complaint(view, model, details) for details in error.errors(include_url=False)]
            if faults is None:
                faults = tuple(_faults(document, complaints))
            gaps |= {_gap(complaint, at, stands) for complaint in complaints}
            if any(gap == at[: len(gap)] for gap in gaps):
                return Checked(document, None, faults, at, data, frozenset(gaps))
        else:
            return Checked(document, made, faults or (), at, data, frozenset(gaps))


def _filled(data: StandIns, stands: StandIns) -> dict[str, object]:
    """Data in which what is missing is taken from the stand-ins."""
    inner = {
        key: _filled(held, value)
        for key, value in stands.items()
        if isinstance(value, dict) and isinstance(held := data.get(key), dict)
    }
    return {**stands, **data, **inner}


def _gap(complaint: Complaint, at: Where, stands: StandIns) -> Where:
    """What to leave out for a complaint: for a missing key that has no stand-in, what should hold it."""
    if complaint.kind != "missing":
        return complaint.where
    holder: object = stands
    for step in complaint.where[len(at) :]:
        holder = holder.get(str(step)) if isinstance(holder, dict) else None
    known = isinstance(holder, dict) and complaint.name in holder
    return (*complaint.where, complaint.name) if known else complaint.where


def _at(data: Any, where: Where) -> object:  # noqa: ANN401 - mappings and lists in any order
    for step in where:
        data = data[step]
    return cast("object", data)


def _without(data: object, gaps: set[Where], where: Where) -> object:
    """A copy of `data`, which stands at `where`, without what stands at `gaps`."""
    if isinstance(data, Items):
        kept = [i for i in range(len(data)) if (*where, i) not in gaps]
        entries = [_without(data[i], gaps, (*where, i)) for i in kept]
        return Items(entries, kept, cut=len(kept) < len(data))
    if isinstance(data, dict):
        return {
            key: _without(value, gaps, (*where, key))
            for key, value in data.items()
            if (*where, key) not in gaps
        }
    return data


def _complaint(view: Checked[M], model: type[M], details: ErrorDetails) -> Complaint:
    """An error of pydantic with its place in the file. Names of union members are no places."""
    steps: list[str | int] = []
    node, on_key = view.data, False
    for step in details["loc"]:
        if isinstance(node, dict | Items) and _holds(node, step):
            node = cast("Any", node)[step]
            steps.append(step)
        on_key = on_key or step == "[key]"
    where = view.where(*steps)
    kind = details["type"]
    known = tuple(_keys(model, steps[:-1])) if kind == "extra_forbidden" else ()
    return Complaint(
        where=where,
        key=on_key or kind == "extra_forbidden",
        kind=kind,
        name=str(details["loc"][-1]) if kind == "missing" else _name(where),
        input=node,
        context=details.get("ctx", {}),
        text=details["msg"],
        known=known,
    )


def _holds(node: dict[str, object] | Items, step: str | int) -> bool:
    return step in node if isinstance(node, dict) else isinstance(step, int) and step < len(node)


def _name(where: Where) -> str:
    """What to call a value: its key, or the key of the list that holds it."""
    return next((step for step in reversed(where) if isinstance(step, str)), "")


def _faults(document: Document, complaints: list[Complaint]) -> Iterator[Fault]:
    """One fault for each place: what several members of a union say of one value is one sentence."""
    places: dict[tuple[Where, bool, str], list[str]] = {}
    for complaint in complaints:
        where, name = complaint.where, complaint.name
        if complaint.kind == "missing" and (*where, name) in document.keys:
            continue
        if complaint.kind == "too_short" and any(_within(other.where, where) for other in complaints):
            continue  # Entries with faults of their own are not counted, but they are there.
        own = name if complaint.kind == "missing" else ""
        text = document.text(where) if where in document.values else ""
        places.setdefault((where, complaint.key, own), []).append(sentence(complaint, text))
    for (where, key, own), said in places.items():
        yield document.fault(where, ", or ".join(dict.fromkeys(said)), key=key or bool(own))


def _within(where: Where, holder: Where) -> bool:
    return len(where) > len(holder) and where[: len(holder)] == holder


def _keys(model: type[BaseModel], steps: list[str | int]) -> Iterator[str]:
    """The keys that the models at a place know."""
    found: list[object] = [model]
    for step in steps:
        found = [inner for outer in found for inner in _inside(outer, step)]
    for annotation in found:
        for member in _members(annotation):
            if isinstance(member, type) and issubclass(member, BaseModel):
                yield from (info.alias or name for name, info in member.model_fields.items())


def _inside(annotation: object, step: str | int) -> Iterator[object]:
    """What a value of that type holds at a step further in."""
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield from (f.annotation for name, f in member.model_fields.items() if (f.alias or name) == step)
        elif arguments := get_args(member):
            origin = get_origin(member)
            mapping = isinstance(origin, type) and issubclass(origin, Mapping)
            yield arguments[-1] if mapping else arguments[0]


def _members(annotation: Any) -> Iterator[object]:  # noqa: ANN401 - anything can be an annotation
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation
