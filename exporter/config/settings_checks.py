"""What can be wrong with settings that are well-formed: references, addresses, who is responsible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from math import ceil
from urllib.parse import urlsplit

from exporter.config.advice import suggest
from exporter.config.decision_file import Examined
from exporter.config.decision_rows import ids_in
from exporter.config.faults import Fault
from exporter.config.settings_model import ALL, NOBODY, Responsibility, Settings
from exporter.config.yamlfile import Where
from exporter.config.yamlmodel import Checked
from exporter.decision import Decision, Kind
from exporter.sources import Family

SHORTEST = timedelta(minutes=1)
"""A portal that is not on this machine is read no more often than this."""


@dataclass(frozen=True)
class Context:
    """What every check of the settings looks at."""

    checked: Checked[Settings]
    settings: Settings
    examined: Examined
    families: Mapping[str, Family]
    sources: tuple[str, ...]
    """Ids of all sources of the file, those with faults included."""

    def fault(self, at: Where, message: str, *, key: bool = False) -> Fault:
        """A fault at a place of the settings."""
        return self.checked.fault(at, message, key=key)

    def line(self, *at: str | int) -> int:
        """The line of a place of the settings."""
        return self.checked.document.line(self.checked.where(*at))


def check_settings(
    checked: Checked[Settings], examined: Examined, families: Mapping[str, Family]
) -> Iterator[Fault]:
    """All that is wrong beyond the shape of the file. Parts with faults of shape are left out."""
    if checked.model is None:
        return
    ids = ids_in(checked.document, "sources")
    context = Context(checked, checked.model, examined, families, ids)
    checks: Iterable[Callable[[Context], Iterator[Fault]]] = (
        _archive,
        _sources,
        _addresses,
        _differs,
        _responsible,
        _double,
        _nobody,
        _overrides,
    )
    for single in checks:
        yield from single(context)


def assigned(decision: Decision, kind: Kind) -> tuple[str, ...]:
    """The indicators that units of a kind are measured by, in the decision's order."""
    own = {name for unit in decision.units.values() if unit.kind is kind for name in unit.targets}
    return tuple(
        entry.id
        for entry in decision.indicators.values()
        if kind is Kind.PROVINCE or kind in entry.applies_to or entry.id in own
    )


def spelt_out(entry: Responsibility, decision: Decision | None) -> tuple[Responsibility, ...]:
    """`indicators: all` as one entry for each kind, with the indicators that apply to it."""
    if entry.indicators != (ALL,):
        return (entry,)
    if decision is None:
        return ()
    return tuple(
        entry.model_copy(update={"kinds": (kind,), "indicators": names})
        for kind in entry.kinds
        if (names := assigned(decision, kind))
    )


def _archive(c: Context) -> Iterator[Fault]:
    archive = c.settings.archive
    if archive.replay_days > archive.keep_days:
        key = "replay_days" if "replay_days" in archive.model_fields_set else "keep_days"
        message = (
            f"replay_days ({archive.replay_days}) is more than keep_days ({archive.keep_days}); "
            "only what is kept can be read again: correct one of the two"
        )
        yield c.fault(("archive", key), message)
    longest = max((source.validity for source in c.settings.sources), default=timedelta(0))
    needed = ceil(longest / timedelta(days=1)) + c.settings.quality.standing_days
    if archive.replay_days < needed:
        message = (
            f"replay_days ({archive.replay_days}) is too few to know after a restart what was known; "
            f"write at least {needed} (the longest validity and standing_days together)"
        )
        yield c.fault(("archive", "replay_days"), message)


def _sources(c: Context) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, source in enumerate(c.settings.sources):
        at: Where = ("sources", i)
        if source.id == NOBODY:
            yield c.fault((*at, "id"), f"id '{NOBODY}' stands for no source at all; choose another")
        elif source.id in seen:
            message = f"source '{source.id}' is already described above; give each source an id of its own"
            yield c.fault((*at, "id"), message)
        seen.add(source.id)
        if source.family not in c.families:
            message = f"unknown family '{source.family}'{suggest(source.family, c.families)}"
            yield c.fault((*at, "family"), message)
        if source.validity < source.every:
            key = "validity" if "validity" in source.model_fields_set else "every"
            message = (
                f"figures would expire (validity {shown(source.validity)}) before the next reading "
                f"(every {shown(source.every)}); make 'validity' longer than 'every'"
            )
            yield c.fault((*at, key), message)


def shown(span: timedelta) -> str:
    """A duration as the file writes it."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _texts(value: object, at: Where) -> Iterator[tuple[Where, str]]:
    """All texts in a value, with their places."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*at, key))
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _texts(inner, (*at, i))


def _addresses(c: Context) -> Iterator[Fault]:
    for i, source in enumerate(c.settings.sources):
        abroad = False
        for at, text in _texts(source.read, ("sources", i, "read")):
            if not text.lower().startswith(("http://", "https://")):
                continue
            try:
                address = urlsplit(text)
                host, port = address.hostname or "", address.port
            except ValueError:
                host, port = "", None
            if not host or port == 0:
                yield c.fault(at, f"'{text}' is not an address; write it like https://host/path")
                continue
            # Nobody is harmed by what happens to a simulated figure, nor by how often it is asked for.
            here = source.simulated or _here(host)
            abroad = abroad or not here
            if address.username is not None:
                yield c.fault(
                    at, "addresses are shown on pages; delete the user name and password from this one"
                )
            if address.scheme == "http" and not here:
                yield c.fault(at, "over http anybody on the way can change the figures; write https://")
        if abroad and source.every < SHORTEST:
            message = f"a public portal is read at most every {shown(SHORTEST)}; make 'every' longer"
            yield c.fault(("sources", i, "every"), message)


def _here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _indicator(c: Context, at: Where, name: str, *, key: bool = False) -> Iterator[Fault]:
    known = c.examined.indicators
    if known and name not in known:
        yield c.fault(at, f"unknown indicator '{name}'{suggest(name, known)}", key=key)


def _differs(c: Context) -> Iterator[Fault]:
    for i, source in enumerate(c.settings.sources):
        for name in source.differs:
            yield from _indicator(c, ("sources", i, "differs", name), name, key=True)


def _responsible(c: Context) -> Iterator[Fault]:
    for i, entry in enumerate(c.settings.responsible):
        at: Where = ("responsible", i)
        if entry.source == NOBODY:
            if not entry.reason.strip():
                message = "nobody publishes these figures; say why in 'reason:'"
                yield c.fault((*at, "source"), message)
        elif c.sources and entry.source not in c.sources:
            yield c.fault(
                (*at, "source"), f"unknown source '{entry.source}'{suggest(entry.source, c.sources)}"
            )
        if entry.indicators != (ALL,):
            for j, name in enumerate(entry.indicators):
                yield from _indicator(c, (*at, "indicators", j), name)


def _double(c: Context) -> Iterator[Fault]:
    """Two entries for one (kind, indicator)."""
    taken: dict[tuple[Kind, str], int] = {}
    for i, entry in enumerate(c.settings.responsible):
        pairs = [
            (kind, name)
            for single in spelt_out(entry, c.examined.decision)
            for kind in dict.fromkeys(single.kinds)
            for name in dict.fromkeys(single.indicators)
        ]
        for other in sorted({taken[pair] for pair in pairs if pair in taken}):
            named = _listed([pair for pair in pairs if taken.get(pair) == other])
            first = c.settings.responsible[other].source
            line = c.line("responsible", other, "source")
            message = (
                f"'{first}' (line {line}) is already responsible for {named}; leave each figure to one source"
            )
            yield c.fault(("responsible", i, "source"), message)
        for pair in pairs:
            taken.setdefault(pair, i)


def _nobody(c: Context) -> Iterator[Fault]:
    """Figures that the decision asks for and nobody is responsible for."""
    decision = c.examined.decision
    if decision is None or not c.checked.whole("responsible"):
        return
    entries = [single for entry in c.settings.responsible for single in spelt_out(entry, decision)]
    taken = {(kind, name) for entry in entries for kind in entry.kinds for name in entry.indicators}
    occurring = {unit.kind for unit in decision.units.values()}
    for kind in Kind:
        if kind not in occurring:
            continue
        lacking = [(kind, name) for name in assigned(decision, kind) if (kind, name) not in taken]
        if lacking:
            message = (
                f"no source is responsible for {_listed(lacking)}; add an entry, "
                "or one with 'source: none' and a 'reason:'"
            )
            yield c.fault(("responsible",), message, key=True)


def _listed(pairs: Iterable[tuple[Kind, str]]) -> str:
    """`kind: indicator, indicator` for each kind."""
    kinds: dict[Kind, list[str]] = {}
    for kind, name in pairs:
        kinds.setdefault(kind, []).append(name)
    return "; ".join(f"{kind.value}: {', '.join(names)}" for kind, names in kinds.items())


def _overrides(c: Context) -> Iterator[Fault]:
    accepted = {(entry.unit, entry.indicator): i for i, entry in enumerate(c.settings.accept)}
    for key in ("accept", "hold"):
        for i, entry in enumerate(getattr(c.settings, key)):
            units = c.examined.units
            if units and entry.unit not in units:
                message = f"unknown unit '{entry.unit}'{suggest(entry.unit, units)}"
                yield c.fault((key, i, "unit"), message)
            yield from _indicator(c, (key, i, "indicator"), entry.indicator)
            if entry.since is not None and entry.since > entry.until:
                yield c.fault((key, i, "since"), "since lies after until; correct one of the two")
            other = accepted.get((entry.unit, entry.indicator))
            if key == "hold" and other is not None:
                line = c.line("accept", other)
                message = (
                    f"this figure is accepted on line {line} and held here; delete one of the two entries"
                )
                yield c.fault((key, i, "unit"), message)
