"""Says when a step of the start ran, and becomes it: `docker compose logs` shows the runs of many starts.

python -m deploy.step python -m deploy.preflight …
"""

from __future__ import annotations

import os
import sys
import time


def main() -> None:
    """Print one dated line, and run the words that follow."""
    command = sys.argv[1:]
    what = command[2] if command[1:2] == ["-m"] else command[0]
    sys.stdout.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S %z')} {what}\n")
    sys.stdout.flush()
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
