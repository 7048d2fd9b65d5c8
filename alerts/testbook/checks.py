"""What is expected at a moment, as promtool writes it down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.testbook.world import Labels, Node, World, braces, number


@dataclass
class Test:
    """One test: a sentence, a world, and what must be so at certain steps."""

    name: str
    world: World
    alerts: list[Node] = field(default_factory=list)
    samples: list[Node] = field(default_factory=list)

    def fires(self, alert: str, tick: int, expected: Iterable[tuple[Labels, Mapping[str, str]]] = ()) -> None:
        """Exactly these alerts fire, with all their labels and annotations."""
        found: Node = {"eval_time": self.world.time.at(tick), "alertname": alert}
        several = [{"exp_labels": dict(labels), "exp_annotations": dict(said)} for labels, said in expected]
        self.alerts.append(found | ({"exp_alerts": several} if several else {}))

    def firing(self, alert: str, tick: int, expected: Sequence[str] = (), by: str = "unit") -> None:
        """The alert fires for exactly these units (or sources); labels are told elsewhere."""
        expr = f'count by ({by}) (ALERTS{{alertname="{alert}",alertstate="firing"}})'
        self.yields(expr, tick, {braces({by: name} if name else {}): 1 for name in expected})

    def yields(self, expr: str, tick: int, expected: Mapping[str, float]) -> None:
        """An expression has exactly these samples."""
        self.samples.append(
            {
                "expr": expr,
                "eval_time": self.world.time.at(tick),
                "exp_samples": [
                    {"labels": labels, "value": float(number(v))} for labels, v in expected.items()
                ],
            }
        )

    def node(self) -> Node:
        """As promtool reads it."""
        parts: Node = {
            "name": self.name,
            "interval": self.world.time.at(1),
            "input_series": self.world.nodes(),
        }
        if self.alerts:
            parts["alert_rule_test"] = self.alerts
        if self.samples:
            parts["promql_expr_test"] = self.samples
        return parts
