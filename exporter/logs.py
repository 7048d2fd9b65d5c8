"""Log lines on standard error: readable ones for people, JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal

from exporter.clock import PROVINCE_TIME
from exporter.sanitise import visible

_CONTINUED = "    "
"""Before every further line of an entry, so that nothing in it looks like an entry of its own."""

LogFormat = Literal["text", "json"]


class _Json(logging.Formatter):
    """One JSON object a line, so that nothing a portal says can begin a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, str] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return visible(json.dumps(line, ensure_ascii=False))


class _Text(logging.Formatter):
    """Lines with the time of the province, whatever zone the machine is set to."""

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).split("\n")
        return f"\n{_CONTINUED}".join(visible(line.expandtabs()) for line in lines)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's
        del datefmt
        return datetime.fromtimestamp(record.created, PROVINCE_TIME).strftime("%d/%m/%Y %H:%M:%S")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("exporter").critical("ended by an error", exc_info=(kind, error, trace))


def configure(level: str = "info", style: LogFormat = "text") -> None:
    """Sends the log of this process to standard error. `level` is a name such as "debug"."""
    handler = logging.StreamHandler(sys.stderr)
    if style == "json":
        handler.setFormatter(_Json())
        # Who reads lines by machine must not stumble over what Python would print by itself.
        sys.excepthook = _uncaught
        threading.excepthook = lambda args: _uncaught(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )
        logging.captureWarnings(capture=True)
    else:
        handler.setFormatter(_Text("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # The scheduler tells of every run at this level; our own lines say what came of it.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
