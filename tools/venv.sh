#!/bin/sh
# Makes the virtual environment .venv with a Python of 3.11 or newer.
#
# Usage: sh tools/venv.sh [PYTHON]
# PYTHON is the interpreter to use; without it the newest on PATH that will do is taken. Where a
# Debian machine has Python without the means to make environments, root gets them installed.
set -eu

supported() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

complete() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null
}

fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

if [ -n "${1:-}" ]; then
  supported "$1" || fail "PYTHON=$1 is not a Python of 3.11 or newer."
  python=$1
else
  python=
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if supported "$candidate"; then
      python=$candidate
      break
    fi
  done
  [ -n "$python" ] || fail "No Python of 3.11 or newer was found. Debian 12 has it: apt-get install" \
    "python3 python3-venv. Where it is installed elsewhere, name it: make PYTHON=/path/to/python3"
fi

if ! complete "$python"; then
  advice="$python cannot make virtual environments (its modules venv and ensurepip are missing)."
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "$advice On Debian and Ubuntu: sudo apt-get install python3-venv"
  echo "Installing python3-venv ..."
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update && apt-get -qq install --yes --no-install-recommends python3-venv >/dev/null ||
    fail "$advice Installing python3-venv with apt-get did not work; its message stands above."
  complete "$python" || fail "$advice It is not Debian's own: try make PYTHON=/usr/bin/python3"
fi

echo "Making .venv with $("$python" -c 'import sys; print(sys.executable, sys.version.split()[0])') ..."
# An environment whose interpreter has gone, or of another version, is of no use: begin anew.
"$python" -m venv --clear .venv
