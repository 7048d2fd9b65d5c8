"""alerts.yaml -> Alerting: how often things happen, what counts as far, how long a state is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, StrictBool, model_validator

from alerts import boards
from alerts.access import ExporterTls
from alerts.mailing import Mailing
from exporter.config.faults import ConfigError, Fault
from exporter.config.fields import Count, Duration, Filled, Percent, Share, Text
from exporter.config.yamlfile import read_document
from exporter.config.yamlmodel import Checked, Model, check

LOOKBACK = timedelta(minutes=5)
"""How far back Prometheus looks for the last sample: what is evaluated less often has holes."""
DAY = timedelta(days=1)
M = TypeVar("M", bound=Model)


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(f"'{text}' is no web address; write it like https://chitieu.example.vn/runbooks")
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise ValueError(f"'{text}' may hold only letters, digits, '-' and '_'; write it like dvc-exporter")
    return text


def _host_and_port(text: str) -> str:
    if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):\d{1,5}", text):
        raise ValueError(f"'{text}' is no host and port; write it like 127.0.0.1:9093")
    return text


def _listed(value: object) -> object:
    """One address in the form of a list."""
    return (value,) if isinstance(value, str) else value


Address = Annotated[Text, AfterValidator(_address)]
HostPort = Annotated[Text, AfterValidator(_host_and_port)]
HostPorts = Annotated[tuple[HostPort, ...], BeforeValidator(_listed), Filled]
Name = Annotated[Text, AfterValidator(_name)]


class Cadence(Model):
    """`cadence:` - how often things happen; every `for` and `keep_firing_for` follows from it."""

    collection: Duration = timedelta(hours=6)
    """How often the portals are read: the longest `every` of the sources that are responsible."""
    lateness: Duration = timedelta(minutes=30)
    """How much later than due a collection may end and still be on time (slow portal, retries)."""
    scrape: Duration = timedelta(minutes=1)
    evaluation: Duration = timedelta(minutes=2)

    @property
    def scrape_timeout(self) -> timedelta:
        """As long as Prometheus waits when nothing else is said; the exporter answers at once."""
        return min(self.scrape, timedelta(seconds=10))

    @property
    def resend(self) -> timedelta:
        """How often Prometheus tells Alertmanager again of an alert that stands."""
        return min(timedelta(minutes=1), 2 * self.evaluation)

    @property
    def confirmed(self) -> timedelta:
        """`for` of what two collections must agree on.

        Longer than the age from which a source counts as unconfirmed (`collection` + `lateness`), so
        that it cannot run out on one collection alone.
        """
        return self.collection + self.lateness + 2 * self.evaluation

    @property
    def source_down(self) -> timedelta:
        """`for` of DvcSourceDown: the collection after the failed one has failed as well."""
        return self.collection + self.lateness

    @property
    def short(self) -> timedelta:
        """`for` of what needs no collection: a scrape may be lost."""
        return 2 * self.scrape + self.evaluation

    @property
    def stale_after(self) -> timedelta:
        """How much longer than its own interval a source may not have been read before its figures are old.

        By then a portal that answers nothing is told as DvcSourceDown: the collection that was due ended
        `lateness` late, and failed, and `source_down` has passed since. Both would be one trouble told twice.
        """
        return self.lateness + self.source_down

    @property
    def stale(self) -> timedelta:
        """`for` of DvcDataStale: longer than the scrape and the evaluations that DvcSourceDown waits for."""
        return 2 * self.short

    @property
    def kept(self) -> timedelta:
        """`keep_firing_for` of unit alerts: what inhibits them is in force before they could end.

        That is the later of the two, DvcDataStale, counted from when the source is no longer on time.
        """
        return self.source_down + self.stale + 2 * self.evaluation

    @property
    def back(self) -> timedelta:
        """`for` of DvcUnitBackOnTarget: what it takes back has ended by then, so no mail holds both."""
        return self.kept + 2 * self.evaluation


class Bands(Model):
    """`bands:` - what is far from a target, and what falls."""

    far_points: Count = 20
    """More than so many percentage points below the target is far ..."""
    far_share: Percent = Fraction(1, 2)
    """... and so is less than this share of the target (ratio 0-1)."""
    falling_points: Count = 5
    """So many percentage points lost within `falling_days` are told."""
    falling_days: Count = 7
    totals: Share = 0.01
    """By this share (ratio 0-1) a portal's own total may differ from the sum of its rows."""


class Lasting(Model):
    """`lasting:` - for how long something is told, or goes on before it is."""

    known: Duration = 10 * DAY
    """How long the last known figure stands for one that is missing."""
    back_on_target: Duration = 3 * DAY
    """How long a recovery is told; days of a holiday do not count, for nobody is written to on them."""
    escalation: Duration = 14 * DAY
    """How long a unit must be far below a target before those above its head are told ..."""
    escalation_share: Share = 0.9
    """... and the share of that time (ratio 0-1) for which this must be known."""
    stale_as_of: Duration = 4 * DAY
    """Age of a portal's own date of its figures from which they are stale."""
    frozen: Duration = 7 * DAY
    """How long no figure of a source may move."""
    calendar: Duration = 45 * DAY
    """How long before the first year without holidays the operators are told."""


class RemoteWrite(Model):
    """`servers.remote_write:` - where samples go as well: Mimir, Thanos receiver, VictoriaMetrics."""

    url: Address
    username: Text | None = None
    password_file: Path | None = None
    """On the machine of Prometheus: the password itself stands in no file made here."""
    tenant: Text | None = None
    """Sent as X-Scope-OrgID, by which Mimir tells who writes."""
    replica_as: Text | None = None
    """What the replica's label is called there: `__replica__` for Mimir, which takes one of a pair by it.

    None: the label is left out, and both of a pair write the same series (VictoriaMetrics deduplicates).
    """

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file go together; write both, or neither")
        return self


class Servers(Model):
    """`servers:` - where they listen, as Prometheus reaches them."""

    exporter: HostPort = "127.0.0.1:9805"
    exporter_tls: ExporterTls | None = None
    """None: it is asked in plain HTTP, by anybody."""
    prometheus: HostPorts = ("127.0.0.1:9090",)
    """One, or both of a pair."""
    alertmanagers: HostPorts = ("127.0.0.1:9093",)
    """All of them: Prometheus tells each, and they agree among themselves who writes."""
    cluster: StrictBool = False
    """Whether an Alertmanager may have peers; else it opens no port for them."""
    replica: Text | None = None
    """Value of the label `replica` of a Prometheus that is one of a pair; `${NAME}` is taken from its
    environment. No alert carries it, so that a pair's alerts are one."""
    remote_write: RemoteWrite | None = None


class Links(Model):
    """`links:` - what mails point to."""

    runbooks: Address = boards.runbooks(boards.LOCAL)
    """A page of your own that shows docs/runbooks.md, where an alert's heading is its name in lower case.

    Without it Grafana's board of them, at the address of Grafana that the build is given.
    """


class Alerting(Model):
    """alerts.yaml whole."""

    cadence: Cadence = Cadence()
    minimum_count: Count = 10
    """Denominator below which nothing is said of a flow or a backlog: small numbers jump."""
    bands: Bands = Bands()
    lasting: Lasting = Lasting()
    mailing: Mailing = Mailing()
    servers: Servers = Servers()
    links: Links = Links()
    job: Name = "dvc-exporter"
    """`job_name` of the exporter in prometheus.yml."""
    simulated: StrictBool = False
    """Whether every mail says that its figures are simulated; else only where the clock is set."""


def load_alerting(path: Path, place: Path | None = None) -> Alerting:
    """The settings in the file at `path`; what the file at `place` says of the place they run in wins.

    Raises ConfigError with all faults of the first file that has some.
    """
    settings = _load(path)
    return settings if place is None else overlaid(settings, _load(place))


def _load(path: Path) -> Alerting:
    document = read_document(path)
    checked = check(document, Alerting)
    faults = [*document.faults, *checked.faults, *_faults(checked)]
    if faults or checked.model is None:
        raise ConfigError(faults)
    return checked.model


def overlaid(below: M, above: M) -> M:
    """What is written above, and below it what is not."""
    changes = {}
    for name in above.model_fields_set:
        under, over = getattr(below, name), getattr(above, name)
        changes[name] = (
            overlaid(under, over) if isinstance(over, Model) and isinstance(under, Model) else over
        )
    return below.model_copy(update=changes)


def _faults(c: Checked[Alerting]) -> Iterator[Fault]:
    """What is wrong beyond the shape of the file."""
    if c.model is None:
        return
    cadence, lasting = c.model.cadence, c.model.lasting
    for name, span in (("scrape", cadence.scrape), ("evaluation", cadence.evaluation)):
        if span >= LOOKBACK:
            message = f"{name} must be shorter than 5m: Prometheus takes what is older for gone; shorten it"
            yield c.fault(("cadence", name), message)
    if cadence.lateness < 2 * max(cadence.scrape, cadence.evaluation):
        message = "lateness must hold two scrapes and two evaluations; lengthen it"
        yield c.fault(("cadence", "lateness"), message)
    if cadence.scrape > cadence.collection:
        yield c.fault(("cadence", "scrape"), "scrape must not be longer than collection; shorten it")
    if lasting.known <= 2 * cadence.collection:
        yield c.fault(("lasting", "known"), "known must be longer than two collections; lengthen it")
