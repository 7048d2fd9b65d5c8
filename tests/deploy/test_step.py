from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_step_says_first_when_it_ran_and_ends_as_what_it_ran() -> None:
    words = [sys.executable, "-m", "deploy.step", sys.executable, "-m", "deploy.preflight", "--nonsense"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    assert re.fullmatch(r"--- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} deploy.preflight\n", done.stdout)
    assert "--nonsense" in done.stderr
    assert done.returncode == 2


def test_a_program_is_named_as_well() -> None:
    words = [sys.executable, "-m", "deploy.step", "/bin/echo", "-n", "done"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.endswith(" /bin/echo\ndone")
