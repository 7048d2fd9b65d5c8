"""What stands on no board, and which questions may have no answer: each with its reason. Tests hold both."""

from __future__ import annotations

from collections.abc import Mapping

NOT_SHOWN: Mapping[str, str] = {
    "dvc_indicator_ratio": "drawn from its two counts, so that nothing is rounded across a target twice",
    "dvc_indicator_numerator": "shown as recorded: unit_indicator:dvc_figure_numerator:count",
    "dvc_indicator_denominator": "shown as recorded: unit_indicator:dvc_figure_denominator:count",
    "dvc_target_ratio": "shown as recorded: unit_indicator:dvc_target:ratio",
    "dvc_milestone_ratio": "shown as recorded: unit_indicator:dvc_milestone:ratio",
    "dvc_indicator_info": "shown as recorded: indicator:dvc_indicator:info",
    "dvc_indicator_source_info": "decides which sources' age is shown, through the configuration",
    "dvc_period_elapsed_ratio": "shown as recorded: province:dvc_period_elapsed:ratio",
    "dvc_clock_offset_seconds": "shown as recorded: province:dvc_clock_offset:seconds",
}
"""Metrics of the catalogue that no panel names, and why."""

MAY_BE_EMPTY: Mapping[str, str] = {
    "Ít hồ sơ (dưới 10), xếp riêng": "no unit counts so little when all is well",
    "Số liệu bị giữ lại": "nothing is withheld when all is well",
    "Lỗi thu thập theo lý do (12h)": "no collection fails when all is well",
    "Dòng tổng cộng lệch": "totals agree when all is well",
    "Số cộng còn thiếu đơn vị": "no part of a sum is missing when all is well",
    "Cảnh báo đang mở": "a unit that meets everything has none",
    "Thông báo theo kết quả (1 ngày)": "nothing has been sent a moment after the start",
    "Thư gửi theo nơi nhận (7 ngày)": "nothing has been sent a moment after the start",
}
"""Panels that are empty when all is well, and why; all others have an answer to one question at least."""

ONE_OF_SEVERAL: Mapping[str, str] = {
    "Số liệu cách đây": "one question for each state and unit of time; one of them has the answer",
    "Toàn tỉnh: tỷ lệ theo chỉ tiêu (%)": "an indicator is met or missed",
    "Đơn vị chưa đạt: mức thiếu lớn nhất (điểm)": "far ones and others; either may be none",
    "Thiếu nhiều nhất (điểm)": "something is below, or nothing is",
    "Còn lại": "there is a rest only beyond the names that fit",
    "Còn thiếu bao nhiêu, từ nay cần đạt bao nhiêu": "a unit without road map has no milestone",
    "Diễn biến trong năm: ${indicator:text}": "a unit without road map has no milestone",
    "Thông báo theo kết quả (1 ngày)": "nothing has been sent a moment after the start",
}
"""Panels of which some questions have no answer at a time, and why. The bars of the unit board, one panel
for each indicator, are of this kind too: met, below, far, exempt and not assigned exclude each other."""
