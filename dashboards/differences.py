"""Where a portal's formula is not the decision's, as the configuration states it; no series carries it."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.models import dashboard

from dashboards import common
from dashboards.inputs import Inputs
from exporter.settings import SourceSettings


def panel(inputs: Inputs) -> dashboard.Panel:
    """Per source; those whose word is published first."""
    return common.note(
        "Công thức của cổng khác Quyết định",
        "Chỗ mà cổng đếm khác công thức của Quyết định, như người vận hành ghi ở `differs` trong "
        "exporter.yaml. Nguồn "
        "chỉ để đối chiếu không được công bố.",
        "\n".join(_lines(inputs)),
    )


def _lines(inputs: Inputs) -> Iterator[str]:
    published = {source.id for source in inputs.responsible}
    quiet = [s.name for s in inputs.settings.sources if s.id in published and not s.differs]
    if quiet:
        yield f"**Nguồn đang công bố, không khác:** {'; '.join(quiet)}.\n"
    for wanted, how in ((True, "đang công bố"), (False, "chỉ đối chiếu, không công bố")):
        for source in inputs.settings.sources:
            if (source.id in published) is wanted and source.differs:
                yield from _source(source, how, inputs)


def _source(source: SourceSettings, how: str, inputs: Inputs) -> Iterator[str]:
    yield f"**{source.name}** ({how}):\n"
    for indicator, sentence in source.differs.items():
        yield f"- *{inputs.decision.indicators[indicator].short_name}*: {sentence}"
    yield ""
