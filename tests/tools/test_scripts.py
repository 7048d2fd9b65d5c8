"""The shell scripts behind `make`: how the environment is made, and how things are started and ended."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "tools/run.sh"
VENV = ROOT / "tools/venv.sh"
SECONDS = 20

Script = Callable[[str, str], Path]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Writes a shell script into the test's folder."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return write


def run(script: Path, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", script, *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture
def servers(script: Script) -> None:
    """Stand-ins for what is brought, built and asked for its version."""
    script(".venv/bin/python", 'echo "python $*" >> asked')
    script(".venv/bin/honcho", 'echo "honcho $* with $CONFIG, $(command -v honcho)"')
    script(".tools/bin/prometheus", "echo 'prometheus, version 3.5.3 (branch: debian/sid)'")
    script(".tools/bin/alertmanager", "echo 'alertmanager, version 0.34.0 (branch: HEAD)'")


@pytest.mark.usefixtures("servers")
def test_a_simulated_source_starts_the_demo_anew_with_servers_and_an_inbox(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text("sources:\n  - id: a\n    simulated: true\n")
    (tmp_path / "var/demo").mkdir(parents=True)
    (tmp_path / "var/demo/of-yesterday").touch()
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/contacts.yaml").touch()

    done = run(RUN, tmp_path, CONFIG="demo.yaml")

    assert done.returncode == 0
    for address in ("9805/metrics", "9808/", "9090/", "9093/", "8025/"):
        assert f"http://127.0.0.1:{address}" in done.stdout
    (prometheus,) = [line for line in done.stdout.splitlines() if line.startswith("Prometheus:")]
    (alertmanager,) = [line for line in done.stdout.splitlines() if line.startswith("Alertmanager:")]
    assert "Debian's build has no web pages" in prometheus
    assert "no web pages" not in alertmanager
    started = f"honcho --procfile demo/Procfile start with demo.yaml, {tmp_path}/.venv/bin/honcho\n"
    assert done.stdout.endswith(started)
    asked = (tmp_path / "asked").read_text("utf-8")
    assert "python -m tools prometheus alertmanager" in asked
    assert "--config demo/alerts.yaml --contacts demo/contacts.yaml --exporter demo.yaml" in asked
    assert list((tmp_path / "var/demo").iterdir()) == []


@pytest.mark.usefixtures("servers")
def test_a_real_portal_with_contacts_starts_the_servers_and_keeps_what_they_know(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("sources:\n  - id: a\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/contacts.yaml").touch()
    (tmp_path / "var/run").mkdir(parents=True)
    (tmp_path / "var/run/of-yesterday").touch()

    done = run(RUN, tmp_path, CONFIG="real.yaml")

    assert "honcho --procfile deploy/Procfile start with real.yaml" in done.stdout
    assert "8025" not in done.stdout
    assert (tmp_path / "var/run/of-yesterday").exists()


@pytest.mark.parametrize("line", ["simulated: false", "# simulated: true", ""])
def test_a_real_portal_without_contacts_starts_the_exporter_alone(
    tmp_path: Path, script: Script, line: str
) -> None:
    script(".venv/bin/dvc-exporter", 'echo "exporter $*"')
    (tmp_path / "real.yaml").write_text(f"sources:\n  - id: a\n    {line}\n")

    done = run(RUN, tmp_path, CONFIG="real.yaml")

    assert done.stdout.endswith("exporter serve --config real.yaml\n")
    assert "9808" not in done.stdout
    assert "nobody is named" in done.stdout


def test_what_the_exporter_exits_with_is_passed_on(tmp_path: Path, script: Script) -> None:
    script(".venv/bin/dvc-exporter", "exit 2")
    (tmp_path / "bad.yaml").write_text("")

    assert run(RUN, tmp_path, CONFIG="bad.yaml").returncode == 2


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run(RUN, tmp_path, CONFIG="absent.yaml")

    assert done.returncode == 2
    assert done.stderr == "CONFIG=absent.yaml: there is no such file.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_asked_to_stop_ends_the_exporter_first_and_is_no_failure(
    tmp_path: Path,
    script: Script,
    number: signal.Signals,
) -> None:
    script(
        ".venv/bin/dvc-exporter", "trap 'echo ended; exit 0' TERM; echo started; while :; do sleep 0.05; done"
    )
    (tmp_path / "real.yaml").write_text("")
    with subprocess.Popen(
        ["/bin/sh", RUN],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "CONFIG": "real.yaml"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "started\n":
            assert process.poll() is None
        process.send_signal(number)
        rest, _ = process.communicate(timeout=SECONDS)

    assert rest == "ended\n"
    assert process.returncode == 0


def python(script: Script, name: str, *, new_enough: bool, can_make_environments: bool = True) -> Path:
    """An interpreter that answers the questions of venv.sh, and notes what it was asked to make."""
    return script(
        name,
        f"""case "$*" in
  *version_info*) exit {0 if new_enough else 1} ;;
  *ensurepip*) exit {0 if can_make_environments else 1} ;;
  *sys.executable*) echo "{name}" ;;
  *) echo "made: $*" ;;
esac""",
    )


def test_the_first_python_that_will_do_is_taken(tmp_path: Path, script: Script) -> None:
    python(script, "bin/python3", new_enough=False)
    python(script, "bin/python3.11", new_enough=True)

    done = run(VENV, tmp_path, PATH=f"{tmp_path}/bin")

    assert done.stdout == "Making .venv with bin/python3.11 ...\nmade: -m venv --clear .venv\n"


def test_a_python_that_is_named_must_be_new_enough(tmp_path: Path, script: Script) -> None:
    old = python(script, "old", new_enough=False)

    done = run(VENV, tmp_path, str(old))

    assert done.returncode == 1
    assert done.stderr == f"\nPYTHON={old} is not a Python of 3.11 or newer.\n"


def test_a_python_without_venv_says_what_to_install_where_nothing_can_be(
    tmp_path: Path, script: Script
) -> None:
    bare = python(script, "bare", new_enough=True, can_make_environments=False)
    script("bin/id", "echo 1000")

    done = run(VENV, tmp_path, str(bare), PATH=f"{tmp_path}/bin")

    assert done.returncode == 1
    assert "On Debian and Ubuntu: sudo apt-get install python3-venv" in done.stderr


def test_root_gets_venv_installed(tmp_path: Path, script: Script) -> None:
    bare = python(script, "bare", new_enough=True, can_make_environments=False)
    script("bin/id", "echo 0")
    script("bin/apt-get", f'echo "$*" >>{tmp_path}/asked; [ "$2" = update ] || : >{tmp_path}/installed')
    bare.write_text(bare.read_text().replace("exit 1 ;;", f"[ -e {tmp_path}/installed ]; exit $? ;;", 1))

    done = run(VENV, tmp_path, str(bare), PATH=f"{tmp_path}/bin")

    assert (tmp_path / "asked").read_text() == (
        "-qq update\n-qq install --yes --no-install-recommends python3-venv\n"
    )
    assert done.returncode == 0
    assert done.stdout.endswith("made: -m venv --clear .venv\n")


def test_an_installation_that_does_not_help_is_told(tmp_path: Path, script: Script) -> None:
    bare = python(script, "bare", new_enough=True, can_make_environments=False)
    script("bin/id", "echo 0")
    script("bin/apt-get", "exit 0")

    done = run(VENV, tmp_path, str(bare), PATH=f"{tmp_path}/bin")

    assert done.returncode == 1
    assert "It is not Debian's own: try make PYTHON=/usr/bin/python3" in done.stderr
