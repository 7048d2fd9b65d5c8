"""Days as officials write them, and as files do."""

from __future__ import annotations

from datetime import date, datetime

import click

_FORMS = ("%Y-%m-%d", "%d/%m/%Y")


class Day(click.ParamType[date]):
    """A day, as 16/09/2024 or 2024-09-16."""

    name = "DAY"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; click's error with an example where it is none."""
        found = value if isinstance(value, date) else _day(str(value))
        if found is None:
            self.fail(f"{str(value)!r} is no day; write it like 16/09/2024 or 2024-09-16", param, ctx)
        return found


def _day(text: str) -> date | None:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
