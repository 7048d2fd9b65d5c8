"""What a portal wrote and what a URL hides, made fit for a log line, a page and an archive."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

MASK = "***"
DETAIL_LIMIT = 300
"""Characters of one detail or log line; what is longer is cut and marked with an ellipsis."""
LONGEST_TEXT = 100_000
"""Characters of a text that are looked at, at all."""

_INVISIBLE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_USERINFO = re.compile(r"(?<=//)[^/?#\s@]*(?:@[^/?#\s@]*)*@")
_PARAMETER = re.compile(r"(?P<key>(?<=[?&;#])[^=&;#\s]+)=(?P<value>[^&;#\s'\")]*)")
_SECRET_KEY = re.compile(
    r"token|passw|pwd|secret|jwt|signature|credential|session|(?:^|[^a-z])(?:auth|sig)(?:[^a-z]|$)|key$|(?:^|[^a-z])key[^a-z]",
)


def redact(text: str) -> str:
    """The text without secrets in the URLs it holds: user information, and values named like a secret.

    A key that says token, password, key, secret and the like loses its value; everything else of
    the URL stays, for that is what an operator needs to see.
    """
    return _PARAMETER.sub(_masked, _USERINFO.sub(f"{MASK}@", text))


def _masked(found: re.Match[str]) -> str:
    """One `key=value`, with the value masked when the key (also percent-encoded) is a secret's."""
    key = found["key"]
    return f"{key}={MASK}" if _SECRET_KEY.search(unquote_plus(key).lower()) else found[0]


def safe(text: str, limit: int = DETAIL_LIMIT) -> str:
    """The text on one line: redacted, control and direction characters escaped, at most `limit` long."""
    # Cut before escaping as well: a hostile portal's megabytes are not worth the time.
    readable = redact(text[:LONGEST_TEXT])[: limit + 1]
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in readable
    )
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def visible(text: str) -> str:
    """The text with what moves the cursor, turns the text around or cannot be seen as JSON escapes it.

    Line feeds stay: whoever shows several lines sees to it that none looks like something else.
    """
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
