"""What a portal must be told and nobody else: read from its file for every request, never kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from exporter.errors import PortalError, Reason
from exporter.fetch.collect import Fetching
from exporter.sources.base import Page, Request

LARGEST = 8_192
"""Bytes of a secret."""
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_TELLING = 8
"""Characters from which on a secret is looked for in an answer; shorter ones stand anywhere by chance."""


class WithSecrets:
    """A fetcher that adds headers whose values stand in files. Redirects never leave the portal's host."""

    def __init__(self, fetcher: Fetching, files: Mapping[str, Path]) -> None:
        self._fetcher = fetcher
        self._files = files

    def fetch(self, request: Request, *, within: float | None = None) -> Page:
        """The page, without a trace of the secrets. Raises PortalError, also where one cannot be read."""
        secrets = {name: read_secret(path) for name, path in self._files.items()}
        page = self._fetcher.fetch(replace(request, secrets=secrets), within=within)
        for secret in secrets.values():
            # "Bearer abc": what follows the scheme is the secret.
            bare = secret.rpartition(" ")[2]
            if len(bare) >= _TELLING and (bare.encode() in page.body or bare in page.url):
                raise PortalError(
                    Reason.REJECTED, "the answer repeats the secret it was asked with; not kept"
                )
        return replace(page, request=request)


def read_secret(path: Path) -> str:
    """The one line in the file. Raises PortalError, which names the file and not what is in it."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not plain ASCII"
        raise PortalError(Reason.CONNECTION, f"the secret in {path.name} cannot be read: {reason}") from None
    if len(text) > LARGEST or not _VALUE.fullmatch(text):
        raise PortalError(Reason.CONNECTION, f"{path.name} must hold one line, the value of a header")
    return text
