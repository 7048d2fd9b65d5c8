"""`python -m tools.backup`."""

from __future__ import annotations

from tools.backup.command import main

if __name__ == "__main__":
    main(prog_name="python -m tools.backup")
