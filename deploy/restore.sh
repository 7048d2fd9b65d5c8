#!/bin/sh
# Puts back what deploy/backup.sh made, with the stack stopped; also on a new machine, right after `git clone`:
# docs/backup.md. Needs nothing but Docker. As root, since each secret goes back to its owner:
#
#   sudo sh deploy/restore.sh FILE [--check] [--replace] [-p PROJECT]
#
# --check only reads the file and says what is in it. Nothing is overwritten: --replace moves aside what is there.
set -eu
usage() {
  sed -n '5s/^#  *//p' "$0" >&2
  exit 2
}
file=
check=
replace=
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=yes ;;
    --replace) replace=--replace ;;
    -p)
      [ $# -gt 1 ] || usage
      shift
      export COMPOSE_PROJECT_NAME="$1"
      ;;
    -*) usage ;;
    *)
      [ -z "$file" ] || usage
      file=$1
      ;;
  esac
  shift
done
[ -n "$file" ] || usage
if [ ! -f "$file" ]; then
  echo "There is no file $file." >&2
  exit 2
fi
file=$(cd "$(dirname "$file")" && pwd)/${file##*/}
cd "$(dirname "$0")/.."

compose() { docker compose --progress quiet --profile '*' "$@" </dev/null; }
# SERVICE WORD …: our program in a step of the stack, with the file that is put back.
of_backup() {
  service=$1
  shift
  compose ${environment:+--env-file "$environment"} run --rm --no-deps -T -v "$file:/backup.tar.gz:ro" "$service" \
    python -m tools.backup "$@" /backup.tar.gz
}
environment=

# One after the other, and not beside a backup.
exec 9<docker-compose.yml
! command -v flock >/dev/null || flock 9

if [ -n "$check" ]; then
  of_backup backup-check restore --check
  exit
fi
# The rest is put back by the .env of the backup: it says in which folders configuration and secrets are.
found=$(mktemp)
trap 'rm -f "$found"' EXIT
trap 'exit 1' HUP INT TERM
of_backup backup-check settings >"$found"
if [ -s "$found" ]; then
  if [ -f .env ] && ! cmp -s .env "$found" && [ -z "$replace" ]; then
    echo "In the way: .env, which differs; nothing was changed. --replace keeps it beside the one put back." >&2
    exit 1
  fi
  environment=$found
fi

project=$(compose ${environment:+--env-file "$environment"} config | sed -n 's/^name: //p')
# What one that was killed left.
left=$(docker ps -aq --filter "label=com.docker.compose.project=$project" \
  --filter label=com.docker.compose.service=restore --filter label=com.docker.compose.oneoff=True)
# shellcheck disable=SC2086 # one word for each
[ -z "$left" ] || docker rm -f $left >/dev/null
if [ -n "$(docker ps -q --filter "label=com.docker.compose.project=$project")" ]; then
  echo "The project '$project' runs; stop it first: docker compose -p $project --profile '*' down" >&2
  exit 1
fi
of_backup restore restore --layout compose $replace

if [ -n "$environment" ] && ! cmp -s .env "$found"; then
  [ ! -f .env ] || mv .env ".env.before-$(date +%Y%m%dT%H%M%S)"
  # Whose the folder is, and readable like the rest of it: no secret stands in it.
  (umask 022 && cat "$found" >.env)
  chown "$(stat -c %u:%g .)" .env 2>/dev/null || true
  echo "settings: 1 file -> .env"
fi
