"""The volume with the settings: what each profile adds, what was found to be good, and what is in force.

    .layers/demo   -> .made/…     what a profile adds; its step writes it, and nobody else
    .next          -> .made/…     put together and checked
    .current       -> .made/…     in force: rules and mails have been built from it
    exporter.yaml  -> .current/exporter.yaml

Every link is put in place by a rename, so that whoever opens a file finds it whole, the old one or the new
one, whichever steps run at once and wherever one of them is ended. What changes anything holds the lock.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NEXT, CURRENT = ".next", ".current"
TRIAL = "demo"
"""The layer that makes a trial of a volume, for as long as the volume is there."""
_MADE, _LAYERS, _LOCK, _OPERATION, _REFUSED = ".made", ".layers", ".lock", ".operation", ".refused"


@dataclass(frozen=True, slots=True)
class Volume:
    """One folder of settings."""

    folder: Path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While nobody else changes anything; the system gives it free when its holder ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        held = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)

    def made(self, files: Mapping[str, bytes]) -> Path:
        """A new folder with these files, which nothing points to yet."""
        (self.folder / _MADE).mkdir(exist_ok=True)
        found = Path(tempfile.mkdtemp(dir=self.folder / _MADE))
        found.chmod(0o755)
        for name, content in files.items():
            (found / name).write_bytes(content)
        return found

    def layer(self, name: str) -> Path:
        """Where what a profile adds is, if it is there."""
        return self.folder / _LAYERS / name

    def put_layer(self, name: str, made: Path) -> None:
        """From now on the profile adds what is in `made`."""
        (self.folder / _LAYERS).mkdir(exist_ok=True)
        _point(self.layer(name), Path("..", _MADE, made.name))
        self._sweep()

    def drop_layer(self, name: str) -> None:
        """From now on the profile adds nothing."""
        self.layer(name).unlink(missing_ok=True)
        self._sweep()

    @property
    def trial(self) -> bool:
        """Whether its figures are invented: then nobody real is ever written to."""
        return self.layer(TRIAL).exists()

    def begin_trial(self) -> bool:
        """Make a trial of it; False where it is that of real operation, which is noted for whoever asks."""
        if self.operation:
            (self.folder / _REFUSED).touch()
        elif not self.trial:
            self.put_layer(TRIAL, self.made({}))
        return not self.operation

    def refused_trial(self) -> bool:
        """Whether a trial was refused since this was last asked."""
        refused = (self.folder / _REFUSED).exists()
        (self.folder / _REFUSED).unlink(missing_ok=True)
        return refused

    @property
    def operation(self) -> bool:
        """Whether somebody real may have been written to."""
        return (self.folder / _OPERATION).exists()

    def begin_operation(self) -> None:
        """Note that somebody real is written to from now on."""
        (self.folder / _OPERATION).touch()

    def offer(self, made: Path) -> None:
        """What comes next is in `made`."""
        _point(self.folder / NEXT, Path(_MADE, made.name))
        self._sweep()

    def promote(self) -> None:
        """What was to come next is in force."""
        coming = (self.folder / NEXT).resolve()
        names = {path.name for path in coming.iterdir()}
        for name in names:
            _point(self.folder / name, Path(CURRENT, name))
        _point(self.folder / CURRENT, Path(_MADE, coming.name))
        for path in self.folder.glob("*.yaml"):
            if path.name not in names:
                path.unlink()
        self._sweep()

    def _sweep(self) -> None:
        """Removes what nothing points to any more."""
        links = [self.folder / NEXT, self.folder / CURRENT, *(self.folder / _LAYERS).glob("*")]
        kept = {link.resolve().name for link in links}
        for path in (self.folder / _MADE).iterdir():
            if path.name not in kept:
                shutil.rmtree(path)


def _point(link: Path, target: Path) -> None:
    """A link, in one step: there is never a moment without one. Replaces a plain file too."""
    beside = link.parent / f".{link.name}.new"
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)
