#!/bin/sh
# Starts everything that the configuration CONFIG needs, says where it can be looked at, and ends it all
# on Ctrl-C: exporter, Prometheus and Alertmanager, and for a simulated portal that portal and an inbox.
set -eu
: "${CONFIG:?names the configuration, like config/exporter.yaml}"

[ -f "$CONFIG" ] || {
  echo "CONFIG=$CONFIG: there is no such file." >&2
  exit 2
}

if grep -Eq '^[^#]*simulated:[[:space:]]*true' "$CONFIG"; then
  simulated=yes alerts=demo/alerts.yaml contacts=demo/contacts.yaml procfile=demo/Procfile run=var/demo
  # Every run of the demo begins anew: what was told yesterday would not be told again, and its inbox is gone.
  rm -rf "$run"
else
  simulated='' alerts=config/alerts.yaml contacts=config/contacts.yaml procfile=deploy/Procfile run=var/run
fi
if [ -f "$contacts" ]; then
  .venv/bin/python -m tools prometheus alertmanager >/dev/null
  mkdir -p "$run"
  # Addresses are as private here as in the contacts themselves.
  chmod 700 "$run"
  .venv/bin/python -m alerts build --config "$alerts" --contacts "$contacts" --exporter "$CONFIG" --out "$run" >/dev/null
  set -- .venv/bin/honcho --procfile "$procfile" start
else
  set -- .venv/bin/dvc-exporter serve --config "$CONFIG"
fi

# Debian builds both without their web pages, and names itself in the version.
pages() {
  if "$1" --version 2>&1 | grep -q 'debian'; then echo "; Debian's build has no web pages, only the API"; fi
}

echo
echo "Landing page:  http://127.0.0.1:9805/"
echo "Metrics:       http://127.0.0.1:9805/metrics"
echo "Wall:          http://127.0.0.1:9805/wall"
if [ -f "$contacts" ]; then
  echo "Prometheus:    http://127.0.0.1:9090/ (alerts: /api/v1/alerts$(pages .tools/bin/prometheus))"
  echo "Alertmanager:  http://127.0.0.1:9093/ (alerts: /api/v2/alerts$(pages .tools/bin/alertmanager))"
else
  echo "No alerts: nobody is named. Copy config/contacts.example.yaml to $contacts, and start again."
fi
if [ -n "$simulated" ]; then
  echo "Demo portal:   http://127.0.0.1:9808/ (every figure of it is simulated; trouble and new dossiers: /dieu-khien)"
  echo "Inbox:         http://127.0.0.1:8025/ (mails lie here within a minute; none leaves this machine)"
fi
echo "Stop with Ctrl-C."
echo

# In the background, so that a request to stop is passed on at once, whoever it was sent to; being
# asked to stop is no failure.
export CONFIG PATH="$PWD/.venv/bin:$PATH"
"$@" &
child=$!
stopping=
trap 'stopping=yes; kill -TERM "$child" 2>/dev/null || true' INT TERM
status=0
wait "$child" || status=$?
if [ -n "$stopping" ]; then
  wait "$child" || true
  exit 0
fi
exit "$status"
