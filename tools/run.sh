#!/bin/sh
# Starts the exporter with the configuration CONFIG, and the demo portal beside it when that reads
# a simulated one. Ctrl-C ends both.
set -eu
: "${CONFIG:?names the configuration, like config/exporter.yaml}"

[ -f "$CONFIG" ] || {
  echo "CONFIG=$CONFIG: there is no such file." >&2
  exit 2
}

echo
echo "Metrics:      http://127.0.0.1:9805/metrics"
echo "Landing page: http://127.0.0.1:9805/"
echo "Wall:         http://127.0.0.1:9805/wall"
if grep -Eq '^[^#]*simulated:[[:space:]]*true' "$CONFIG"; then
  echo "Demo portal:  http://127.0.0.1:9808/ (every figure of it is simulated)"
  set -- .venv/bin/honcho --procfile demo/Procfile start
else
  set -- .venv/bin/dvc-exporter serve --config "$CONFIG"
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
