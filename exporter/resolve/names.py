"""Levels the ways in which a Vietnamese unit's name is written, without ever crossing kinds.

What is levelled: Unicode form, case, white space, Đ (U+0110) and Ð (U+00D0), the place of the tone
mark (Hoà/Hòa), i/y at the end of an open syllable (Quí/Quý), punctuation, the committee in front
(UBND / Ủy ban nhân dân), short forms of the kind (TP., TX., TT.) and the province behind.
What is kept: every tone, every vowel, and the word that says what the unit is.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_TONES = {"\u0300": "1", "\u0301": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_WORD = re.compile(r"[^\W_]+|&")
_OPEN_Y = re.compile(r"(?:[bcdđghklmnprstvx]+|qu)y")
_MAX_LENGTH = 300


class Name(NamedTuple):
    """A levelled name: what the unit is ("" where the name does not say) and what it is called."""

    kind: str
    core: str


def _syllable(word: str) -> str:
    """A word as letters without tone plus the tone, wherever the mark stood."""
    tone = ""
    letters = []
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tone = _TONES[char]
        else:
            letters.append(char)
    base = unicodedata.normalize("NFC", "".join(letters))
    if _OPEN_Y.fullmatch(base):
        base = base[:-1] + "i"
    return base + tone


def _words(text: str) -> tuple[str, ...]:
    # NFC first: a combining mark is no letter to a regular expression.
    level = unicodedata.normalize("NFC", text[:_MAX_LENGTH]).replace("\u00d0", "\u0110").casefold()
    return tuple(_syllable("và" if word == "&" else word) for word in _WORD.findall(level))


_COMMITTEE = (_words("ủy ban nhân dân"), _words("ubnd"))
_KINDS = {
    _words(form): kind
    for kind, forms in {
        "tỉnh": ("tỉnh",),
        "huyện": ("huyện", "h"),
        "quận": ("quận",),
        "thị xã": ("thị xã", "tx"),
        "thành phố": ("thành phố", "tp"),
        "thị trấn": ("thị trấn", "tt"),
        "phường": ("phường", "p"),
        "xã": ("xã", "x"),
        "đặc khu": ("đặc khu",),
        "sở": ("sở",),
    }.items()
    for form in forms
}
_PROVINCE_WORDS = (_words("tỉnh"), _words("thành phố"), _words("tp"))
_DASHES = re.compile(r"\s[-\u2010-\u2015]\s")


def _strip(words: tuple[str, ...], prefixes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    for prefix in prefixes:
        if len(words) > len(prefix) and words[: len(prefix)] == prefix:
            return words[len(prefix) :]
    return words


def _without_province(text: str, province: str) -> str:
    """The name without " - tỉnh X" at its end; another province's suffix stays and keeps it apart."""
    pieces = _DASHES.split(text)
    if len(pieces) > 1:
        last = _words(pieces[-1])
        if any(last == (*word, *_words(province)) for word in _PROVINCE_WORDS):
            return text[: text.rindex(pieces[-1])].rstrip(" -\u2010\u2011\u2012\u2013\u2014\u2015")
    return text


_BEFORE_PROVINCE = re.compile(r"(?:ủy ban nhân dân |ubnd )?(?:tỉnh|thành phố|tp\.?) ", re.IGNORECASE)


def province_name(text: str) -> str:
    """The bare name of a province ("Thái Bình") from its whole one; "" where it bears none."""
    whole = unicodedata.normalize("NFC", text).strip()
    found = _BEFORE_PROVINCE.match(whole)
    return whole[found.end() :] if found else ""


@lru_cache(maxsize=8192)
def level(text: str, province: str = "") -> Name:
    """The levelled form of a name; `province` is the bare name ("Thái Bình") of its own province."""
    words = _words(_without_province(unicodedata.normalize("NFC", text[:_MAX_LENGTH]), province))
    words = _strip(words, _COMMITTEE)
    for form, kind in _KINDS.items():
        if len(words) > len(form) and words[: len(form)] == form:
            return Name(kind, " ".join(words[len(form) :]))
    return Name("", " ".join(words))


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Letters only, without any mark: what two names look like from afar."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def nearest(text: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The `count` names that look most like `text`, the likeliest first."""
    wanted = _plain(text[:_MAX_LENGTH])
    scored = []
    for name in names:
        likeness = difflib.SequenceMatcher(None, _plain(name), wanted, autojunk=False).ratio()
        scored.append((-likeness, name))
    return tuple(name for _, name in sorted(scored)[:count])
