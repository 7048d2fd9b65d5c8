#!/bin/sh
# Puts units, accounts and first configuration in place. Run as root from the checkout in /opt/dvc-monitor, after
# `make setup tools`. May be run again at any time: it overwrites units, never configuration.
# With DESTDIR it writes below that folder and touches nothing that runs (packages, tests).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
home=$(CDPATH='' cd -- "$here/../.." && pwd)
destination=${DESTDIR:-}

say() { echo "$*" >&2; }

if [ -z "$destination" ]; then
  [ "$(id -u)" = 0 ] || { say "Run this as root: it makes accounts and units."; exit 1; }
  [ "$home" = /opt/dvc-monitor ] || {
    say "The units expect the checkout in /opt/dvc-monitor, not in $home: move it there."
    exit 1
  }
  for program in .venv/bin/dvc-exporter .tools/bin/prometheus .tools/bin/alertmanager; do
    [ -x "$home/$program" ] || { say "$home/$program is missing: run \`make setup tools\` first."; exit 1; }
  done
fi

units=$destination/etc/systemd/system
config=$destination/etc/dvc-monitor
mkdir -p "$units" "$destination/etc/sysusers.d" "$destination/etc/tmpfiles.d" "$config"
for unit in "$here"/*.service "$here"/*.path "$here"/*.timer; do
  install -m 0644 "$unit" "$units/"
done
install -m 0644 "$here/dvc-monitor.sysusers" "$destination/etc/sysusers.d/dvc-monitor.conf"
install -m 0644 "$here/dvc-monitor.tmpfiles" "$destination/etc/tmpfiles.d/dvc-monitor.conf"

# first NAME MODE SHIPPED SED: the shipped file, unless there is one.
first() {
  [ -e "$config/$1" ] && return
  (umask 077 && sed "$4" "$home/config/$3" >"$config/$1")
  chmod "$2" "$config/$1"
  say "New: $config/$1"
}
first targets.yaml 0644 targets.yaml ''
first exporter.yaml 0644 exporter.yaml 's|directory: \.\./var/archive|directory: /var/lib/dvc-monitor/archive|'
first alerts.yaml 0644 alerts.yaml 's|^mailing:$|&\n  record: /var/lib/dvc-alertmanager/told.jsonl  # of every mail: to whom, when|'
first contacts.yaml 0600 contacts.example.yaml \
  's|password_file: .*|password_file: /run/credentials/dvc-alertmanager.service/smtp-password|'

[ -z "$destination" ] || exit 0
systemd-sysusers
systemd-tmpfiles --create /etc/tmpfiles.d/dvc-monitor.conf
systemctl daemon-reload
say "
1. Edit /etc/dvc-monitor/exporter.yaml (your portals) and contacts.yaml (who is written to; names are invented there).
2. Put the mail server's password into /etc/dvc-monitor/smtp-password.
3. systemctl enable --now dvc-alerts-build.path dvc-exporter dvc-prometheus dvc-alertmanager dvc-record.timer"
