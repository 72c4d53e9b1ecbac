#!/usr/bin/env bash
# Starts three brokers, script/server1 to server3, and stops all three on Ctrl-C or TERM.
# Exits 0 when all of them ended well, 1 otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
make --silent build

set -m # each broker in a process group of its own: Ctrl-C reaches only this script, which passes it on once
pids=()
interrupted=
stop() {
  interrupted=1
  kill -TERM "${pids[@]}" 2>/dev/null || true
}
trap stop INT TERM

for server in server1 server2 server3; do
  node dist/cli.js "script/$server/config.toml" &
  pids+=($!)
done

failed=0
for pid in "${pids[@]}"; do
  while
    code=0
    wait "$pid" || code=$?
    [ "$code" -gt 128 ] && [ -n "$interrupted" ] # it was the signal that ended wait, not the broker
  do interrupted=; done
  [ "$code" -eq 0 ] || failed=1
done
exit "$failed"
