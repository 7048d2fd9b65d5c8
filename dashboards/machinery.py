"""The machinery behind the figures: exporter, Prometheus, Alertmanager, and the mails that were sent."""

from __future__ import annotations

from itertools import cycle

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.known import OFFSET
from dashboards import common, marks, palette, promql, tables
from dashboards.common import Query
from dashboards.inputs import Inputs
from dashboards.tables import Column

_DAY, _WEEK = "1d", "7d"
_MINUTE = "1m"
_GOOD_BAD = {"1": ("✓ tốt", palette.MET), "0": ("▼▼ lỗi", palette.FAR)}
_ABSENT = marks.when_null("? không rõ", palette.UNKNOWN)


def _state(
    title: str, about: str, queries: list[Query], words: dict[str, tuple[str, str]]
) -> dashboard.Panel:
    return common.number(
        title, about, queries, mappings=[marks.value_map(words), _ABSENT], none="? không rõ", sizes=(13, 22)
    )


def states(inputs: Inputs) -> list[dashboard.Panel]:
    """Six of them, one figure each."""
    job = inputs.alerting.job
    reloaded = "min({}_config_last_reload_successful)"
    return [
        _state(
            "Bộ thu thập",
            "Prometheus đọc được bộ thu thập ở lần gần nhất hay không.",
            [Query(f'max(up{{job="{job}"}})', "trả lời Prometheus")],
            _GOOD_BAD,
        ),
        _state(
            "Cấu hình",
            "Cấu hình đọc lần cuối của từng chương trình; lỗi thì cấu hình cũ vẫn có hiệu lực.",
            [
                Query(reloaded.format("dvc"), "bộ thu thập"),
                Query(reloaded.format("prometheus"), "Prometheus"),
                Query(reloaded.format("alertmanager"), "Alertmanager"),
            ],
            _GOOD_BAD,
        ),
        common.number(
            "Lỗi quy tắc, 1 giờ",
            "Quy tắc của Prometheus tính lỗi hoặc bị bỏ lượt trong giờ qua; khác 0 là cảnh báo có thể thiếu.",
            [
                Query("sum(round(increase(prometheus_rule_evaluation_failures_total[1h])))", "tính lỗi"),
                Query("sum(round(increase(prometheus_rule_group_iterations_missed_total[1h])))", "bỏ lượt"),
            ],
            mappings=_zero_is_good(),
            color=palette.FAR,
            sizes=(13, 22),
        ),
        common.number(
            "Lỗi lưu trang",
            "Trang của cổng không lưu được vào kho trong hai chu kỳ: số liệu thiếu bằng chứng.",
            [Query(f"sum(round(increase(dvc_archive_failures_total[{promql.window(inputs)}])))", "trang")],
            mappings=_zero_is_good(),
            color=palette.FAR,
            sizes=(13, 22),
        ),
        common.number(
            "Kho dữ liệu",
            "Lỗi nén, nạp hoặc ghi của kho Prometheus trong 6 giờ.",
            [
                Query(
                    "sum(round(increase(prometheus_tsdb_compactions_failed_total[6h])))"
                    " + sum(round(increase(prometheus_tsdb_reloads_failures_total[6h])))"
                    " + sum(round(increase(prometheus_tsdb_wal_corruptions_total[6h])))",
                    "lỗi trong 6 giờ",
                )
            ],
            mappings=_zero_is_good(),
            color=palette.FAR,
            sizes=(13, 22),
        ),
        common.number(
            "Đồng hồ lệch",
            "Đồng hồ của bộ thu thập lệch giờ thật bao nhiêu ngày (khi trình diễn hoặc diễn tập).",
            [Query(f"round({OFFSET} / 86400)", "so với giờ thật", unit="suffix: ngày")],
            mappings=[marks.value_map({"0": ("✓ đúng giờ", palette.MET)})],
            color=palette.BELOW,
            sizes=(13, 22),
        ),
    ]


def _zero_is_good() -> list[dashboard.ValueMapping]:
    return [marks.value_map({"0": ("✓ 0", palette.MET)}), _ABSENT]


def mails(inputs: Inputs) -> dashboard.Panel:
    """What became of notifications."""
    del inputs
    sent = f"alertmanager_notifications_total[{_DAY}]"
    failed = f"alertmanager_notifications_failed_total[{_DAY}]"
    return tables.grid(
        "Thông báo theo kết quả (1 ngày)",
        "Alertmanager: thông báo đã thử gửi và không gửi được trong ngày, theo cách gửi.",
        [
            Query(f"sum by (integration) (round(increase({sent}))) > 0"),
            Query(
                f"sum by (integration) (round(increase({failed}))) and on (integration) sum by "
                f"(integration) (round(increase({sent}))) > 0"
            ),
        ],
        [
            Column("integration", "Cách gửi"),
            Column("Value #A", "Đã thử", width=80, align="right"),
            Column("Value #B", "▼▼ lỗi", width=80, align="right"),
        ],
        none="không ghi nhận thông báo",
    )


def mails_by_unit(inputs: Inputs) -> dashboard.Panel:
    """Mails to each unit, by the name of the receiver that Alertmanager tells."""
    del inputs
    sent = f'alertmanager_notifications_total{{integration="email"}}[{_WEEK}]'
    per = f"sum by (receiver_name) (round(increase({sent}))) > 0"
    unit = f'label_replace({per}, "unit", "$1", "receiver_name", "unit-(.+)")'
    known = f"{unit} * on (unit) group_left (short_name) {promql.NAMES}"
    other = (
        f'label_replace({per} unless on (receiver_name) {known}, "short_name", "$1", "receiver_name", "(.+)")'
    )
    return tables.grid(
        "Thư gửi theo nơi nhận (7 ngày)",
        "Số thư đã gửi đến từng đơn vị trong 7 ngày; nơi nhận không phải một đơn vị thì ghi tên trong "
        "Alertmanager. Cần "
        "bật receiver-name-in-metrics của Alertmanager.",
        [Query(f"max by (short_name) ({known} or {other})")],
        [Column("short_name", "Nơi nhận"), Column("Value", "Thư", width=70, align="right")],
        sort=("Value", True),
        none="không ghi nhận thư",
    )


def courses(inputs: Inputs) -> list[dashboard.Panel]:
    """How it goes over time."""
    job = inputs.alerting.job
    took = 'max by (source) (dvc_source_fetch_duration_seconds{{source="{}"}})'
    groups = "max by (rule_group) (prometheus_rule_group_last_duration_seconds)"
    return [
        common.course(
            "Thời gian đọc cổng (giây)",
            "Mỗi lần thu thập kéo dài bao lâu, kể cả quãng nghỉ giữa hai yêu cầu.",
            [
                Query(took.format(source.id), source.name, step=_MINUTE, color=color)
                for source, color in zip(inputs.settings.sources, cycle(palette.LINES), strict=False)
            ],
            least=0,
        ),
        common.course(
            "Prometheus: tính quy tắc (giây)",
            "Thời gian tính các nhóm quy tắc; gần bằng chu kỳ tính thì cảnh báo sẽ trễ.",
            [
                Query(f"sum({groups})", "mọi nhóm", step=_MINUTE, color=palette.MET),
                Query(f"max({groups})", "nhóm lâu nhất", step=_MINUTE, color=palette.MILESTONE_LINE),
            ],
            least=0,
        ),
        common.course(
            "Bộ thu thập: bộ nhớ và số mẫu",
            "Bộ nhớ của bộ thu thập, và số mẫu Prometheus nhận mỗi lần đọc.",
            [
                Query(
                    f'process_resident_memory_bytes{{job="{job}"}} / 1000000',
                    "bộ nhớ, MB",
                    step=_MINUTE,
                    color=palette.MET,
                ),
                Query(
                    f'scrape_samples_scraped{{job="{job}"}} / 1000',
                    "số mẫu, nghìn",
                    step=_MINUTE,
                    color=palette.MILESTONE_LINE,
                ),
            ],
            least=0,
        ),
    ]


def versions() -> dashboard.Panel:
    """What is running."""
    return tables.grid(
        "Phiên bản và lần đọc cấu hình cuối",
        "Phiên bản của bộ thu thập và của Python, và lúc cấu hình được đọc lần cuối không lỗi.",
        [
            Query("max by (version, python, instance) (dvc_exporter_build_info)"),
            Query(
                "max by (instance) (1000 * (dvc_config_last_reload_success_timestamp_seconds"
                f" + on () group_left () {OFFSET}))"
            ),
        ],
        [
            Column("instance", "Bộ thu thập"),
            Column("version", "Phiên bản"),
            Column("python", "Python"),
            Column("Value #B", "Đọc cấu hình lúc", unit=common.MOMENT),
        ],
    )
