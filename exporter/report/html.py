"""ReportTable -> one HTML file that prints on A4 landscape and needs nothing beside itself."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from exporter import vietnamese as vn
from exporter.report import wording
from exporter.report.model import Cell, ReportTable
from exporter.report.wrapping import keep_together
from exporter.snapshot.standing import State


def render(table: ReportTable) -> str:
    """The page (HTML 5, UTF-8): printed by any browser, every name and quotation escaped."""
    return _template().render(
        table=table, words=wording, vn=vn, State=State, rate=_rate, together=keep_together
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("exporter.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html")


def _rate(cell: Cell) -> str:
    """The rate as printed, never rounded across its target; without a rate, the word for that."""
    if cell.ratio is None:
        return wording.WORDS[cell.state]
    return vn.percent(cell.ratio, target=cell.target)
