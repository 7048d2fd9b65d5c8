"""Where the lines of a unit's name may end: between words, which Vietnamese writes as several syllables."""

from __future__ import annotations

NO_BREAK = "\N{NO-BREAK SPACE}"
_LONGEST = 24
"""Characters that are kept together at most: about what fits the narrowest column of names."""
_BEGINNING = frozenset(
    {"-", "–", "và", "các", "huyện", "thành", "thị", "xã", "phường", "tỉnh", "quận", "đặc"}
)
"""Syllables in small letters that begin a word of their own in a unit's name."""
_LEANING = frozenset({"và", "các"})
"""What a line does not end with."""


def keep_together(name: str) -> str:
    """The name with no-break spaces inside its words: no line ends between `Thể` and `thao`.

    A word begins with a capital or with one of the few that names are put together with; the last two
    syllables stay together as well, for they are mostly a place's name.
    """
    syllables = name.split()
    parts: list[str] = []
    for place, syllable in enumerate(syllables):
        before = syllables[place - 1] if place else ""
        together = bool(before) and (
            place == len(syllables) - 1
            or before in _LEANING
            or syllable in ("-", "–")
            or (syllable[0].islower() and syllable not in _BEGINNING and not before.endswith((",", "-", "–")))
        )
        if together and len(parts[-1]) + len(syllable) < _LONGEST:
            parts[-1] += NO_BREAK + syllable
        else:
            parts.append(syllable)
    return " ".join(parts)
