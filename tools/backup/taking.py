"""Everything of a layout -> one file, while its servers may go on running."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from exporter.clock import PROVINCE_TIME
from exporter.version import exporter_version
from tools.backup import collect, running, standing
from tools.backup.manifest import Manifest
from tools.backup.pack import pack
from tools.backup.places import BackupError, Layout, Name, Places

_DATABASE = "grafana.db"


def take(layout: Layout, target: Path, now: datetime, patience: float) -> Manifest:
    """Makes a backup. Raises BackupError where that cannot be done, or would not be one."""
    collect.require(layout.places, layout.volumes)
    servers = layout.servers
    asked = {
        "dvc-monitor": exporter_version(),
        "prometheus": running.version(servers.prometheus, "/api/v1/status/buildinfo"),
        "alertmanager": running.version(servers.alertmanagers[Name.ALERTMANAGER], "/api/v2/status"),
    }
    versions = {name: said for name, said in asked.items() if said is not None}
    empty = [name for name in layout.places if name in layout.volumes and _empty(name, layout.places[name])]
    notes = [f"{', '.join(empty)}: left out, there is nothing in it"] if empty else []
    with ExitStack() as stack:
        sources = {name: path for name, path in layout.places.items() if name not in empty}
        for name in [one for one in sources if one.kind == Name.PROMETHEUS]:
            if name in layout.volumes:
                sources[name], note = _standing(sources[name], stack)
            else:
                taken = running.prometheus_files(servers.prometheus, sources[name])
                sources[name], note = stack.enter_context(taken)
            notes.append(f"{name}: {note}")
        # After Prometheus: whoever is told of what the history holds is then known to have been told.
        begun = datetime.now(PROVINCE_TIME).timestamp()
        for name in [one for one in sources if one.kind == Name.ALERTMANAGER]:
            note = running.fresh_memory(servers.alertmanagers[name], sources[name], begun, patience)
            notes.append(f"{name}: {note}")
        if Name.GRAFANA in sources:
            # Not in /tmp, which is small in a container.
            made = tempfile.TemporaryDirectory(prefix=".dvc-backup-", dir=target.parent)
            copy = Path(stack.enter_context(made))
            database = sources.pop(Name.GRAFANA) / _DATABASE
            if database.is_file():
                running.copy_database(database, copy / _DATABASE)
                sources[Name.GRAFANA] = copy
                notes.append("grafana: a copy of its database")
            else:
                notes.append(f"grafana: left out, there is no {database}")
        return pack(_all(sources), target, Manifest(now, versions, notes, (), layout.name))


def _standing(data: Path, stack: ExitStack) -> tuple[Path, str]:
    try:
        # First: what was linked may be of an earlier backup, which was killed, and it was stopped since.
        stack.enter_context(running.locked(data))
    except BackupError:
        if not (data / standing.HELD).is_dir():
            raise
        return data / standing.HELD, "as it was at a moment when it stood still"
    return data, "the folder of a Prometheus that was stopped"


def _all(sources: Places) -> Iterator[tuple[str, Path]]:
    for name in Name:
        if name in sources:
            yield from collect.files(name, sources[name])


def _empty(name: Name, path: Path) -> bool:
    return next(collect.files(name, path), None) is None
