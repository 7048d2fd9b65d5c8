"""The name tables of the mails: who and what ids are, as definitions in Alertmanager's template language.

A label carries ids only; a table turns an id into what a person reads, and gives back the id itself
where it knows none, so that no mail ever has an empty name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from alerts import boards
from exporter.decision import PROVINCE, Decision, Kind, Unit
from exporter.settings import Settings
from exporter.vietnamese import day as day_text

BRIEF = 240
"""Bytes of a name in a subject, where quoted-printable makes three of one that is not ASCII.

A header goes out as one line, and of a line mail servers take 998, with all else that stands in it."""
_PEOPLES_COMMITTEE = "Ủy ban nhân dân "

_Text = Callable[[Unit], str]


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the mails need to know beyond the decision and the portals.

    `dashboards` is the address of Grafana; `heads` says by unit id how a head is written to, like
    "Đồng chí Giám đốc Sở Công Thương"; who is not in it is "Lãnh đạo <đơn vị>".
    """

    dashboards: str
    heads: Mapping[str, str] = field(default_factory=dict)


def name_tables(decision: Decision, settings: Settings, addresses: Addresses, on: date) -> str:
    """The file names.tmpl; units bear the names they have on the day `on`."""
    units = _Units(decision, on)
    indicators = decision.indicators.values()
    parts = (
        "{{- /* Generated from the decision, the portals and the contacts: do not edit. */ -}}\n",
        _constant("dvc.province", decision.units[PROVINCE].name),
        _constant("dvc.coordinator", decision.monitors[0]),
        _constant("dvc.decision.article", _article(decision)),
        _constant("dvc.decision.number", decision.number),
        _constant("dvc.decision.issued", day_text(decision.issued)),
        _constant("dvc.decision.authority", decision.authority),
        _table("dvc.unit.name", units.each(units.name)),
        _table("dvc.unit.short", units.each(units.brief), rest='{{ template "dvc.brief.name" . }}'),
        _table("dvc.commune.name", units.each(units.plain_name)),
        _table("dvc.addressee", units.each(lambda unit: addresses.heads.get(unit.id) or units.head(unit))),
        _table("dvc.unit.entry", units.each(units.entry), rest=""),
        _table("dvc.unit.assigned", units.each(units.assigned), rest=""),
        _table("dvc.indicator.short", {i.id: i.short_name for i in indicators}),
        _table("dvc.source.name", {source.id: source.name for source in settings.sources}),
        _links(addresses.dashboards),
        _differences(decision, settings),
        _matrix(decision, on),
    )
    return "\n".join(parts)


def quoted(text: str) -> str:
    """A string literal of the template language, with whatever is in the text: quotes, braces, new lines."""
    return json.dumps(text, ensure_ascii=False)


def brief(text: str, most: int = BRIEF) -> str:
    """A name for a subject: what can be seen of it, cut where it would take more bytes of a header."""
    seen = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    kept, size = "", 0
    for char in seen:
        size += 1 if char.isascii() and char not in "=?_" else 3 * len(char.encode())
        if size > most:
            return f"{kept.rstrip()}…"
        kept += char
    return seen


def _article(decision: Decision) -> str:
    """What assigns the targets, like "Điều 1 và Phụ lục": the part that all indicators' articles share."""
    articles = {indicator.article.partition(" (")[0] for indicator in decision.indicators.values()}
    return articles.pop() if len(articles) == 1 else ""


def _define(name: str, body: str) -> str:
    return f'{{{{ define "{name}" }}}}{body}{{{{ end }}}}\n'


def _constant(name: str, text: str) -> str:
    return _define(name, f"{{{{ {quoted(text)} }}}}")


def _table(name: str, entries: Mapping[str, str], *, rest: str = "{{ . }}") -> str:
    """A definition that turns an id into its entry; what it has none for stays itself, or is `rest`."""
    if not entries:
        return _define(name, rest)
    cases = "\n{{- else ".join(
        f"if eq . {quoted(key)} }}}}{{{{ {quoted(text)} }}}}" for key, text in entries.items()
    )
    return _define(name, f"\n{{{{- {cases}\n{{{{- else }}}}{rest}{{{{ end }}}}")


def _links(dashboards: str) -> str:
    """The addresses of a unit's board and of the operators'."""
    unit = _define("dvc.link.unit", f"{{{{ {quoted(boards.unit(dashboards))} }}}}{{{{ . }}}}")
    return unit + _constant("dvc.link.operations", boards.operations(dashboards))


def _differences(decision: Decision, settings: Settings) -> str:
    """What is to be said of how a row's figure is counted: the portal's formula, the indicator's note."""
    said = []
    for indicator in decision.indicators.values():
        here = [("", indicator.note)] + [(s.id, s.differs.get(indicator.id, "")) for s in settings.sources]
        for source, sentence in here:
            if sentence:
                whose = f" (eq .row.Labels.source {quoted(source)})" if source else ""
                said.append(
                    f"\n{{{{- if and (eq .row.Labels.indicator {quoted(indicator.id)}){whose} }}}}"
                    f'{{{{ template "dvc.difference" dict "as" .as "indicator" .row.Labels.indicator '
                    f'"sentence" {quoted(sentence.strip())} }}}}{{{{ end }}}}',
                )
    return _define("dvc.indicator.differences", "".join(said))


def _matrix(decision: Decision, on: date) -> str:
    """One call for each unit of the annex, in its order, with the indicators it has and those it has not."""
    heads = "".join(f'{{{{ template "dvc.monitors.head" {quoted(i)} }}}}' for i in decision.indicators)
    rows = []
    for unit in decision.assigned_units:
        if not unit.in_force(on):
            continue
        cells = " ".join(
            quoted(i.id if decision.target(unit, i) is not None else "") for i in decision.indicators.values()
        )
        rows.append(
            f'\n{{{{- template "dvc.monitors.row" dict "as" .as "alerts" .alerts "unit" {quoted(unit.id)} '
            f'"indicators" (list {cells}) }}}}',
        )
    return _define("dvc.monitors.heads", heads) + "\n" + _define("dvc.monitors.rows", "".join(rows))


class _Units:
    """How the units of a decision are called on a day."""

    def __init__(self, decision: Decision, on: date) -> None:
        self.decision = decision
        self.on = on

    def each(self, text: _Text) -> dict[str, str]:
        """The table of a text by unit."""
        return {unit.id: text(unit) for unit in self._all()}

    def _all(self) -> Iterator[Unit]:
        """Every unit, also those gone: an alert may outlive its unit by some days."""
        return iter(self.decision.units.values())

    def plain_name(self, unit: Unit) -> str:
        """Its official name, without where it lies."""
        return unit.name_on(self.on)

    def name(self, unit: Unit) -> str:
        """Its official name; a commune with its district, since names of communes are not unique."""
        return self._with_district(unit, unit.name_on(self.on))

    def short_name(self, unit: Unit) -> str:
        """Its short name; a commune with its district."""
        return self._with_district(unit, unit.short_name_on(self.on))

    def brief(self, unit: Unit) -> str:
        """Its short name, as long as a subject bears it."""
        return brief(self.short_name(unit))

    def _with_district(self, unit: Unit, name: str) -> str:
        district = self._district(unit)
        if unit.kind is not Kind.COMMUNE or district is None:
            return name
        return f"{name}, {district.name_on(self.on).removeprefix(_PEOPLES_COMMITTEE)}"

    def _district(self, unit: Unit) -> Unit | None:
        """The district a unit lies in, if the decision has districts."""
        above = self.decision.units.get(unit.parent or "")
        while above is not None and above.kind is not Kind.DISTRICT:
            above = self.decision.units.get(above.parent or "")
        return above

    def head(self, unit: Unit) -> str:
        """Who is written to when the contacts do not say it."""
        district = self._district(unit)
        if unit.kind is Kind.COMMUNE_GROUP and district is not None:
            return f"Lãnh đạo {district.name_on(self.on)}"
        name = self.name(unit)
        if unit.kind is Kind.COMMUNE:
            return f"Lãnh đạo {_PEOPLES_COMMITTEE}{name[:1].lower()}{name[1:]}"
        return f"Lãnh đạo {name}"

    def entry(self, unit: Unit) -> str:
        """Its number in the annex, that of its group for a commune; "" where there is none."""
        above = self.decision.units.get(unit.parent or "")
        number = unit.number or (above.number if unit.kind is Kind.COMMUNE and above else None)
        return f" (số thứ tự {number})" if number else ""

    def assigned(self, unit: Unit) -> str:
        """How many targets it has been given."""
        count = sum(self.decision.target(unit, i) is not None for i in self.decision.indicators.values())
        return f" trong {count} chỉ tiêu được giao" if count else ""
