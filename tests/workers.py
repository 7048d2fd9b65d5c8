"""How tests are shared out among several workers (`make test`): what stays together, what begins first."""

from __future__ import annotations

import os
from functools import cache

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER = ("tests/endtoend", "tests/alerts/mail")
"""Folders whose files share what is dear to make: fixtures of the whole session, made once in one worker."""
FIRST = (
    "tests/endtoend",
    "tests/dashboards/test_queries.py",
    "tests/alerts/test_rules.py",
    "tests/tools/backup/test_backup_whole.py",
    "tests/web/wall/test_wall_endurance.py",
    "tests/commands/test_command_line.py",
    "tests/deploy/test_apply.py",
)
"""What takes longest, begun first in this order: short ones at the end leave no worker without work."""

URGENT = ("tests/endtoend", "tests/tools/backup/test_backup_whole.py")
"""What looks at servers that act by the second: whatever runs beside it only computes, and gives way."""
_POLITE = 5


def together(test: str) -> str:
    """The name of what one worker runs, in order: a file, or a folder of TOGETHER."""
    path = test.partition("::")[0]
    return next((folder for folder in TOGETHER if path.startswith(f"{folder}/")), path)


def give_way(test: str) -> None:
    """From its first test on that is not urgent, a worker and what it starts leave the processor to those."""
    if "PYTEST_XDIST_WORKER" in os.environ and together(test) not in URGENT:
        _be_polite()


@cache  # once: it adds up
def _be_polite() -> None:
    os.nice(_POLITE)


class Shares(LoadScopeScheduling):
    """Gives each worker files one by one, those of FIRST before the others."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        first = next((name for name in FIRST if name in self.workqueue), None)
        if first is not None:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
