"""exporter.yaml -> Settings: the portals to read, who is responsible for what, schedule, archive."""

from __future__ import annotations

import os
from pathlib import Path

from exporter import sources
from exporter.config.decision_file import Examined, examine_decision
from exporter.config.faults import ConfigError, Fault
from exporter.config.settings_checks import check_settings, spelt_out
from exporter.config.settings_model import (
    ALL,
    NOBODY,
    STAND_INS,
    ArchiveSettings,
    ClockSettings,
    FetchSettings,
    Override,
    QualitySettings,
    Responsibility,
    Settings,
    SourceSettings,
)
from exporter.config.yamlfile import Document, read_document
from exporter.config.yamlmodel import Checked, Model, check
from exporter.decision import Decision

__all__ = [
    "ALL",
    "NOBODY",
    "ArchiveSettings",
    "ClockSettings",
    "FetchSettings",
    "Model",
    "Override",
    "QualitySettings",
    "Responsibility",
    "Settings",
    "SourceSettings",
    "load_config",
    "load_settings",
]


def load_config(path: Path) -> tuple[Decision, Settings]:
    """The settings in the file at `path`, and the decision that they name.

    Raises ConfigError with the faults of both files.
    """
    document = read_document(path)
    examined = _examine(document, path)
    settings, faults = _settings(document, path, examined)
    if settings is None or examined.decision is None:
        raise ConfigError([*faults, *examined.faults])
    return examined.decision, settings


def load_settings(path: Path, decision: Decision | None = None) -> Settings:
    """The settings in the file at `path`, held against a decision (None: the one that they name).

    Relative paths in them are against the file's folder. Raises ConfigError with all faults.
    """
    if decision is None:
        return load_config(path)[1]
    document = read_document(path)
    examined = Examined(decision, (), tuple(decision.units), tuple(decision.indicators))
    settings, faults = _settings(document, path, examined)
    if settings is None:
        raise ConfigError(faults)
    return settings


def _beside(path: Path, named: Path | str) -> Path:
    """A path that a file names, against the folder of that file."""
    return Path(os.path.normpath(path.parent / named))


def _examine(document: Document, path: Path) -> Examined:
    named = document.data.get("decision", Settings.model_fields["decision"].default)
    return examine_decision(_beside(path, named)) if isinstance(named, str | Path) else Examined(None, ())


def _settings(document: Document, path: Path, examined: Examined) -> tuple[Settings | None, list[Fault]]:
    """The settings, None where they or what they rest on has faults; with the faults of this file."""
    checked = check(document, Settings, stand_ins=STAND_INS)
    faults = [*document.faults, *checked.faults, *check_settings(checked, examined, sources.FAMILIES)]
    given = checked.model
    described, more = _described(checked, path)
    faults += more
    if faults or given is None or examined.decision is None:
        return None, faults
    changes: dict[str, object] = {
        "decision": _beside(path, given.decision),
        "archive": given.archive.model_copy(update={"directory": _beside(path, given.archive.directory)}),
        "sources": described,
        "responsible": tuple(
            single for entry in given.responsible for single in spelt_out(entry, examined.decision)
        ),
    }
    return given.model_copy(update=changes), faults


def _described(checked: Checked[Settings], path: Path) -> tuple[tuple[SourceSettings, ...], list[Fault]]:
    """The sources with their families' own options under `read`."""
    described: list[SourceSettings] = []
    faults: list[Fault] = []
    for i, source in enumerate(checked.model.sources if checked.model else ()):
        family = sources.FAMILIES.get(source.family)
        if family is None:
            continue
        options = check(checked.document, family.options, checked.where("sources", i, "read"))
        faults += options.faults
        secrets = {name: _beside(path, file) for name, file in source.secret_headers.items()}
        described.append(source.model_copy(update={"read": options.model, "secret_headers": secrets}))
    return tuple(described), faults
