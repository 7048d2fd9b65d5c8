#!/bin/sh
# Keeps everything of the stack of docker-compose.yml that cannot be made again in one file, while it runs:
# docs/backup.md. Needs nothing but Docker. As root, since secrets are in it:
#
#   sudo sh deploy/backup.sh [-p PROJECT]
#
# Each Prometheus is paused for seconds, while its files are linked beside themselves. What has begun is ended:
# also after a failure it goes on, and the links are removed.
set -eu
cd "$(dirname "$0")/.."
while getopts p: option; do
  case $option in
    p) export COMPOSE_PROJECT_NAME="$OPTARG" ;;
    *) exit 2 ;;
  esac
done

compose() { docker compose --progress quiet --profile '*' "$@" </dev/null; }
step() { compose run --rm --no-deps -T "$@"; }
# As the user of Prometheus and without a right beside his.
of_prometheus() { step --user 65534:65534 backup python -m tools.backup "$@"; }

# One after the other: two would remove each other's links.
exec 9<docker-compose.yml
! command -v flock >/dev/null || flock 9

project=$(compose config | sed -n 's/^name: //p')
ran=$(docker volume ls -q --filter "label=com.docker.compose.project=$project" \
  --filter label=com.docker.compose.volume=prometheus)
if [ -z "$ran" ]; then
  echo "There is nothing of a project '$project' here; say which with -p or COMPOSE_PROJECT_NAME." >&2
  exit 1
fi

still=
linked=
finish() {
  [ -z "$still" ] || compose unpause "$still" || true
  [ -z "$linked" ] || of_prometheus release /kept/prometheus /kept/prometheus-b || true
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# What one that was killed left: a step that may still be at work, and what it wrote.
left=$(docker ps -aq --filter "label=com.docker.compose.project=$project" \
  --filter label=com.docker.compose.service=backup --filter label=com.docker.compose.oneoff=True)
# shellcheck disable=SC2086 # one word for each
[ -z "$left" ] || docker rm -f $left >/dev/null
mkdir -p var
mkdir -p -m 700 var/backups
rm -rf var/backups/.dvc-monitor-*.partial var/backups/.dvc-backup-*
for server in prometheus prometheus-b; do
  # What a backup that was killed left standing.
  [ -z "$(compose ps -q --status paused "$server")" ] || compose unpause "$server"
  [ -n "$(compose ps -q --status running "$server")" ] || continue
  linked=yes
  since=$(date +%s)
  still=$server
  compose pause "$server"
  of_prometheus hold "/kept/$server"
  compose unpause "$server"
  still=
  echo "$server stood still for $(($(date +%s) - since)) s" >&2
done

# By it the stack is started; it need not be there.
if [ -f .env ]; then set -- -v "$PWD/.env:/kept/settings/.env:ro"; else set --; fi
made=$(step "$@" backup python -m tools.backup save --layout compose --into /backups)
echo "var/backups/${made##*/}"
