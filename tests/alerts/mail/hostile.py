"""Texts that would be something else than text, and what a mail that holds them must still be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from selectolax.lexbor import LexborHTMLParser

from tools.postbox import Letter

MAIL_LINE = 998
"""Bytes of a line that every mail server takes, RFC 5321."""
HOSTILE: Mapping[str, str] = {
    "header": "Sở Y tế\r\nBcc: victim@example.test\r\n\r\n<b>thân thư</b>",
    "bare lines": "a\nBcc: victim@example.test\rX-Evil: 1\x0b\x0c\x85\u2028\u2029b",
    "nul": "Sở\x00 Y tế\x1b[2J\x07\x7f",
    "bidi": "Sở \u202eếtY\u2066 \u200bở\ufeff",
    "encoded word": "=?utf-8?q?=0D=0ABcc:_victim@example.test?= =?utf-8?b?QmNjOiB4QHk=?=",
    "address": '"a" <victim@example.test>, victim@example.test; (b) \\',
    "html": "\"><script>alert(1)</script><img src=x onerror='alert(2)'><svg onload=alert(3)>",
    "attribute": "' onmouseover='alert(1)' style='background:url(javascript:alert(2))' \"x=\"",
    "address of a script": "javascript:alert(1)//https://example.test",
    "template": '{{ .Labels }}{{ template "dvc.head" . }}{{ define "dvc.foot" }}{{ end }}${1}%s$x',
    "long": "Ắ" * 5_000,
    "long word": "x" * 5_000,
    "long and wide": "\U0001f600 =?_" * 1_000,
}
ONCE = ("Subject", "To", "From", "Message-Id", "Date", "Content-Type", "MIME-Version")


def is_whole(letter: Letter, headers: Sequence[str] = ONCE) -> None:
    """Its headers are ours and no others, each once, and its subject is one line of what can be seen."""
    head = letter.raw.partition(b"\r\n\r\n")[0]
    assert sorted(letter.message.keys()) == sorted(headers)
    assert not letter.message.defects
    assert max(map(len, head.split(b"\r\n"))) <= MAIL_LINE
    assert letter.subject.isprintable()
    assert "[Chỉ tiêu DVC" in letter.subject


def tags(letter: Letter) -> Sequence[tuple[str | None, Sequence[str]]]:
    """Every element of the HTML part with the names of its attributes."""
    return [(node.tag, sorted(node.attributes)) for node in LexborHTMLParser(letter.html).css("*")]
