#!/usr/bin/env bash
# Starts sluice on one fixed port, reads its INFO, has a PING answered, and ends it with TERM, INT and KILL in turn:
# N times, 30 unless told. Prints the rounds and the failures; ends with 1 if there was any failure.
# Usage: script/spawn-rounds.sh [N] [PORT]
set -u
rounds=${1:-30}
port=${2:-$((20000 + RANDOM % 10000))}
cli=$(cd "$(dirname "$0")/.." && pwd)/dist/cli.js
log=$(mktemp)
signals=(TERM INT KILL)
failures=0
pid=
trap 'kill -KILL $pid 2>/dev/null; rm -f "$log"' EXIT

fail() {
  failures=$((failures + 1))
  echo "round $round, $signal: $1"
  sed 's/^/  /' "$log"
}

# One conversation; says what was wrong with it.
talk() {
  local info pong
  IFS= read -r -t 5 info <&3 || { echo "no INFO"; return; }
  [[ $info == "INFO {"* ]] || { echo "no INFO but: $info"; return; }
  printf 'CONNECT {"verbose":false}\r\nPING\r\n' >&3
  IFS= read -r -t 5 pong <&3 || { echo "no PONG"; return; }
  [[ $pong == PONG* ]] || echo "no PONG but: $pong"
}

for ((round = 1; round <= rounds; round++)); do
  signal=${signals[round % 3]}
  node "$cli" -a 127.0.0.1 -p "$port" --no-line >"$log" 2>&1 &
  pid=$!
  connected=
  for ((try = 0; try < 500; try++)); do
    if { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; then
      connected=1
      break
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.02
  done
  if [[ -z $connected ]]; then
    fail "does not listen"
  else
    fault=$(talk)
    [[ -z $fault ]] || fail "$fault"
    exec 3<&- 3>&-
  fi
  kill "-$signal" "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  code=$?
  expected=0
  [[ $signal == KILL ]] && expected=137
  [[ $code == "$expected" ]] || fail "exit code $code, not $expected"
  pid=
done
echo "$rounds rounds, $failures failures"
((failures == 0))
