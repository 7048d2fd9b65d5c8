"""Recording rules that count targets, never averaging rates; communes of a group apart from the annex."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.rulebook.common import Recording, block
from alerts.rulebook.figures import GAP
from alerts.rulebook.known import TARGET, UNIT
from exporter.decision import PROVINCE

ANNEX = "unit:dvc_annex_unit:info"
COMMUNE = "unit:dvc_group_commune:info"
UNIT_MET, UNIT_ASSIGNED = "unit:dvc_targets_met:count", "unit:dvc_targets_assigned:count"
COMMUNES_MET = "group_indicator:dvc_communes_met:count"
COMMUNES_MEASURED = "group_indicator:dvc_communes_measured:count"
COMMUNES_UNKNOWN = "group_indicator:dvc_communes_unknown:count"
COMMUNES_ASSIGNED = "group_indicator:dvc_communes_assigned:count"


def rules() -> Iterator[Recording]:
    """In the order in which they rest on each other."""
    yield Recording(
        ANNEX,
        f'group by (unit) ({UNIT}{{kind!~"commune|province|unknown"}} '
        f'or {UNIT}{{kind="commune",parent="{PROVINCE}"}})',
        "Units of the annex: without the communes of its groups, with communes directly under the province.",
    )
    yield Recording(
        COMMUNE,
        f'group by (unit, parent) ({UNIT}{{kind="commune",parent!="{PROVINCE}"}})',
        "Communes of the annex's groups: they carry their group's targets, and are counted apart.",
    )
    yield from _targets("unit", "by (unit) ", "", "of each unit")
    annex = f" and on (unit) {ANNEX}"
    yield from _targets(
        "indicator", "by (indicator) ", annex, "of each indicator, without the groups' communes"
    )
    yield from _targets("province", "", annex, "of the annex, without the groups' communes")
    communes = f" and on (unit) {COMMUNE}"
    yield from _targets(
        "indicator", "by (indicator) ", communes, "of the groups' communes by indicator", "commune_"
    )
    yield from _targets("province", "", communes, "of the groups' communes", "commune_")
    yield from _units()
    yield from _groups()


def _targets(level: str, by: str, among: str, about: str, which: str = "") -> Iterator[Recording]:
    """Assigned, met and unknown: the three that a reader adds up; what is neither is missed."""
    name = f"{level}:dvc_{which}targets_{{}}:count"
    assigned = name.format("assigned")
    yield Recording(assigned, f"count {by}({TARGET}{among})", f"Targets assigned, {about}.")
    yield Recording(
        name.format("met"),
        f"sum {by}(({GAP}{among}) >= bool 0) or {assigned} * 0",
        f"Targets met, {about}.",
    )
    yield Recording(
        name.format("unknown"),
        f"count {by}((({TARGET} unless {GAP})){among}) or {assigned} * 0",
        f"Targets without a rate, {about}: no figure, or nothing to count.",
    )


def _units() -> Iterator[Recording]:
    assigned = "province:dvc_units_assigned:count"
    all_met, below = "province:dvc_units_meeting_all:count", "province:dvc_units_below_some:count"
    yield Recording(
        assigned, f"count({UNIT_ASSIGNED} and on (unit) {ANNEX})", "Units of the annex with targets."
    )
    yield Recording(
        all_met,
        f"count(({UNIT_MET} == {UNIT_ASSIGNED}) and on (unit) {ANNEX}) or {assigned} * 0",
        "Units of the annex that meet all of their targets.",
    )
    yield Recording(
        below,
        f"count(group by (unit) ({GAP} < 0) and on (unit) {ANNEX}) or {assigned} * 0",
        "Units of the annex that are below at least one target; the rest lacks figures.",
    )


def _groups() -> Iterator[Recording]:
    def counted(what: str, operation: str) -> str:
        return block(
            """
            sum by (unit, indicator) (label_replace(
                <operation> by (parent, indicator) (<what> * on (unit) group_left (parent) <commune>),
                "unit", "$1", "parent", "(.+)"
            ))
            """,
            operation=operation,
            what=what,
            commune=COMMUNE,
        )

    none = f"\nor\n{COMMUNES_ASSIGNED} * 0"
    yield Recording(
        COMMUNES_ASSIGNED, counted(TARGET, "count"), "Communes in force in each group, by target."
    )
    yield Recording(
        COMMUNES_MEASURED, counted(GAP, "count") + none, "Communes of each group that have a rate, by target."
    )
    yield Recording(
        COMMUNES_MET,
        counted(f"({GAP} >= bool 0)", "sum") + none,
        "Communes of each group that meet the target; 0 when none does.",
    )
    yield Recording(
        COMMUNES_UNKNOWN,
        counted(f"({TARGET} unless {GAP})", "count") + none,
        "Communes of each group without a rate, by target.",
    )
