"""What a backup says of itself: of when it is, who made it, and the checksum of every file. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath

from tools.backup.places import BackupError, Name

FILE = "manifest.json"
"""Its name in the backup; it comes last, when all checksums are known."""
KIND = "dvc-monitor backup"
FORMAT = 1
LARGEST = 200_000_000
"""Bytes of a manifest that are read: a million files need about as much."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MODES = 0o777


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup."""

    path: str
    """`place/folder/file`."""
    size: int
    """Bytes."""
    mode: int
    """Who may read it; of the bits of a file only these."""
    sha256: str
    owner: tuple[int, int] | None = None
    """User and group, of a place whose files belong to several."""
    same_as: str | None = None
    """The path of an earlier file that it shares its bytes on the disk with (a hard link)."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's own account."""

    made: datetime
    versions: Mapping[str, str]
    """Of dvc-monitor, and of the servers that answered."""
    notes: Sequence[str]
    """How each place was taken: what somebody who puts it back wants to know."""
    files: Sequence[Kept]
    layout: str = ""
    """By which layout it was made."""

    @property
    def names(self) -> Sequence[Name]:
        """The places that it holds something of."""
        return [name for name in Name if any(kept.path.split("/")[0] == name for kept in self.files)]


def encode(manifest: Manifest) -> bytes:
    """As it stands in the backup."""
    head = {
        "kind": KIND,
        "format": FORMAT,
        "layout": manifest.layout,
        "made": manifest.made.isoformat(timespec="seconds"),
        "versions": dict(manifest.versions),
        "notes": list(manifest.notes),
    }
    files = [asdict(kept) | {"mode": f"{kept.mode:o}"} for kept in manifest.files]
    return json.dumps(head | {"files": files}, ensure_ascii=False, indent=1).encode()


def decode(text: bytes) -> Manifest:
    """Reads what `encode` wrote. Raises BackupError where it is no manifest, or one of another format."""
    try:
        data = json.loads(text)
        if data["kind"] != KIND:
            raise BackupError("this is no backup of dvc-monitor: its manifest is of something else")
        if data["format"] != FORMAT:
            raise BackupError(
                f"this backup has format {data['format']}, this version of dvc-monitor knows {FORMAT}: "
                "put it back with the version that made it, or a newer one"
            )
        files = [_kept(entry) for entry in data["files"]]
        made = datetime.fromisoformat(data["made"])
        versions = {str(key): str(value) for key, value in data["versions"].items()}
        notes = [str(note) for note in data["notes"]]
        return Manifest(made, versions, notes, files, str(data.get("layout", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"the manifest of this backup cannot be read: {error!r}") from error


def check_path(path: str) -> str:
    """A path that stays within its place. Raises BackupError for any other."""
    parts = PurePosixPath(path).parts
    inside = len(parts) > 1 and parts[0] in set(Name) and "/".join(parts) == path
    if not inside or ".." in parts or "\x00" in path or "\\" in path:
        raise BackupError(f"the backup names a file {path!r}, which is in no place: it is not to be trusted")
    return path


def _kept(entry: Mapping[str, object]) -> Kept:
    size, same_as, digest = entry["size"], entry["same_as"], str(entry["sha256"])
    if not isinstance(size, int) or size < 0 or not _SHA256.fullmatch(digest):
        raise ValueError(f"size or checksum of {entry['path']!r}")
    path = check_path(str(entry["path"]))
    earlier = None if same_as is None else check_path(str(same_as))
    if earlier is not None and earlier.split("/")[0] != path.split("/")[0]:
        raise ValueError(f"{path!r} shares a file of another place")
    return Kept(path, size, int(str(entry["mode"]), 8) & _MODES, digest, _owner(entry.get("owner")), earlier)


def _owner(said: object) -> tuple[int, int] | None:
    if said is None:
        return None
    match said:
        case [int(user), int(group)] if user >= 0 and group >= 0:
            return user, group
    raise ValueError(f"owner {said!r}")
