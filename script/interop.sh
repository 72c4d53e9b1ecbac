#!/usr/bin/env bash
# Tries the foreign clients found on this machine against a sluice of its own, on free ports of the loopback
# interface: says what ran and what was skipped, and exits 1 if something failed. `make interop` builds first.
# PYTHON names the interpreter that is asked for nats-py; default python3.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

readonly PATIENCE_S=30
tmp=$(mktemp -d)
background=() # processes of the check that runs
broker=
passed=0 failed=0 skipped=0

stop_background() {
  local pid
  for pid in ${background[@]+"${background[@]}"}; do
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  background=()
}

clean_up() {
  stop_background
  if [ -n "$broker" ]; then
    kill "$broker" 2>/dev/null
    wait "$broker" 2>/dev/null
    broker=
  fi
  rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# until_true COMMAND…: runs it until it succeeds; fails when it never does.
until_true() {
  local end=$((SECONDS + PATIENCE_S))
  until "$@"; do
    if ! kill -0 "$broker" 2>/dev/null; then
      echo 'the broker has ended'
      return 1
    fi
    if [ "$SECONDS" -gt "$end" ]; then
      echo "never came true: $*"
      return 1
    fi
    sleep 0.05
  done
}

# has COUNT PATTERN FILE: whether so many lines match.
has() { [ "$(grep -c -- "$2" "$3")" -ge "$1" ]; }

# subscribed COUNT SUBJECT: waits until the broker has that many subscriptions to it, by its own debug log.
subscribed() { until_true has "$1" "\"$2\".*received SUB" "$tmp/log"; }

# equals EXPECTED ACTUAL
equals() {
  [ "$1" = "$2" ] && return 0
  printf 'expected: %s\nseen:     %s\n' "$1" "$2"
  return 1
}

# run COMMAND…: in the background; its id is in $!.
run() {
  "$@" &
  background+=($!)
}

# talk NAME COMMAND…: an interactive client; `say` types a line into it, its output is in $tmp/NAME.
talk() {
  local name=$1
  shift
  rm -f "$tmp/keys"
  mkfifo "$tmp/keys"
  "$@" <"$tmp/keys" >"$tmp/$name" 2>&1 &
  background+=($!)
  exec 3>"$tmp/keys"
}
say() { printf '%b\n' "$*" >&3; }
shown() { until_true has 1 "$2" "$tmp/$1" || { cat "$tmp/$1"; return 1; }; }

# check NAME FUNCTION
check() {
  local code
  "$2" >"$tmp/detail" 2>&1
  code=$?
  exec 3>&-
  stop_background
  if [ "$code" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$1"
    [ ! -s "$tmp/report" ] || sed 's/^/      /' "$tmp/report"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$1"
    sed 's/^/      /' "$tmp/detail"
  fi
  rm -f "$tmp/report"
}

skip() {
  skipped=$((skipped + 1))
  printf 'skip  %s: %s\n' "$1" "$2"
}

start_broker() {
  local name
  for name in $(compgen -e SLUICE_) $(compgen -e NATS_); do unset "$name"; done
  : >"$tmp/config.toml"
  node dist/cli.js "$tmp/config.toml" -a 127.0.0.1 -p -1 --line 127.0.0.1:-1 --log-level debug -l "$tmp/log" \
    >"$tmp/banner" 2>&1 &
  broker=$!
  until_true has 1 configuration "$tmp/banner" || { cat "$tmp/banner"; return 1; }
  nats_port=$(sed -n 's/^  nats  .*://p' "$tmp/banner")
  line_port=$(sed -n 's/^  line  .*://p' "$tmp/banner")
  export NATS_URL="nats://127.0.0.1:$nats_port" XDG_CONFIG_HOME=$tmp # nobody's contexts and credentials
}

# The nats CLI. As an array, so that in the background the process to end is the one that was started.
readonly cli=(timeout "$PATIENCE_S" nats)

cli_pub_sub() {
  run "${cli[@]}" sub --raw --count 3 'interop.pub.*' >"$tmp/seen"
  local subscriber=$!
  subscribed 1 'interop.pub.\*' || return 1
  "${cli[@]}" pub interop.pub.a 'hello world' && "${cli[@]}" pub -H Kind:test interop.pub.b 'with a header' || return 1
  "${cli[@]}" pub interop.pub.c 'grüße' && wait "$subscriber" || return 1
  equals $'hello world\nwith a header\ngrüße' "$(cat "$tmp/seen")"
}

cli_headers() {
  run "${cli[@]}" sub --count 1 interop.headers >"$tmp/seen"
  local subscriber=$!
  subscribed 1 interop.headers || return 1
  "${cli[@]}" pub -H Kind:test -H Colour:red interop.headers body && wait "$subscriber" || return 1
  equals $'Colour: red\nKind: test' "$(grep -oE 'Kind: test|Colour: red' "$tmp/seen" | sort)"
}

cli_request() {
  run "${cli[@]}" reply --echo interop.echo
  subscribed 1 interop.echo || return 1
  equals 'anybody there?' "$("${cli[@]}" request --raw interop.echo 'anybody there?')"
}

cli_request_in_vain() {
  local answer
  answer=$("${cli[@]}" request interop.nobody 'anybody there?' 2>&1)
  case $answer in
    *'No responders'*) ;;
    *) echo "seen: $answer" && return 1 ;;
  esac
}

cli_rtt() { "${cli[@]}" rtt 5 | tee "$tmp/report"; }

# 10 publishers of 10,000 messages each, so every subscriber expects 100,000; a message lost leaves it waiting.
cli_bench() {
  run "${cli[@]}" bench sub coding.challenge --clients 10 --msgs 100000 --size 16 --no-progress >"$tmp/sub"
  local subscribers=$!
  subscribed 10 coding.challenge || return 1
  "${cli[@]}" bench pub coding.challenge --clients 10 --msgs 100000 --size 16 --no-progress >"$tmp/pub" || return 1
  wait "$subscribers" || { echo 'the subscribers did not get everything'; cat "$tmp/sub"; return 1; }
  grep -h 'aggregated' "$tmp/pub" "$tmp/sub" | sed 's/^ *//' >"$tmp/report"
  equals 10 "$(grep -c '(100,000 msgs)' "$tmp/sub")"
}

# The same with a nats CLI up to 0.1; it ends only when every subscriber has everything.
cli_bench_old() {
  "${cli[@]}" bench coding.challenge --pub 10 --sub 10 --msgs 100000 --size 16 --no-progress >"$tmp/both" || return 1
  grep -h 'stats' "$tmp/both" | sed 's/^ *//' >"$tmp/report"
}

cli_sees_telnet() {
  run "${cli[@]}" sub --raw --count 1 '>' >"$tmp/seen"
  local subscriber=$!
  subscribed 1 '>' || return 1
  talk telnet telnet 127.0.0.1 "$line_port"
  shown telnet Connected || return 1
  say 'PUB interop.cross typed at telnet'
  shown telnet 'OK PUB interop.cross' && wait "$subscriber" || return 1
  equals 'typed at telnet' "$(cat "$tmp/seen")"
}

telnet_sees_cli() {
  talk telnet telnet 127.0.0.1 "$line_port"
  shown telnet Connected || return 1
  say 'SUB interop.back'
  shown telnet 'OK SUB interop.back' || return 1
  "${cli[@]}" pub interop.back 'published by nats' && shown telnet 'UPDATE interop.back published by nats'
}

line_session() { # NAME COMMAND…: every verb, by hand
  local name=$1 line
  talk "$@"
  say "SUB interop.$name"
  shown "$name" "OK SUB interop.$name" || return 1
  say "pub interop.$name any text  as is"
  shown "$name" "OK PUB interop.$name" && shown "$name" "UPDATE interop.$name any text  as is" || return 1
  say "UNSUB interop.$name"
  shown "$name" "OK UNSUB interop.$name" || return 1
  say 'nonsense'
  shown "$name" 'ERR unknown' || return 1
  say 'HELP'
  shown "$name" 'UNSUB topic' || return 1
  say 'PING'
  shown "$name" PONG || return 1
  say 'QUIT'
  shown "$name" '^QUIT' || return 1
  line=$(grep -c "UPDATE interop.$name" "$tmp/$name")
  equals 1 "$line"
}

telnet_session() { line_session telnet telnet 127.0.0.1 "$line_port"; }
nc_session() { line_session nc nc 127.0.0.1 "$line_port"; }

nc_nats() {
  talk nc nc 127.0.0.1 "$nats_port"
  shown nc '^INFO' || return 1
  say 'CONNECT {}\r\nPING\r\nSUB subject id\r\nPUB subject 5\r\nnoice\r'
  shown nc '^noice' || return 1
  equals '+OK PONG +OK +OK MSG subject id 5 noice ' "$(tail -n +2 "$tmp/nc" | tr -d '\r' | tr '\n' ' ')"
}

python_client() {
  timeout "$PATIENCE_S" "$python" - "nats://127.0.0.1:$nats_port" <<'PYTHON'
import asyncio, sys
import nats
from nats.errors import NoRespondersError

async def main():
    a, b = await nats.connect(sys.argv[1]), await nats.connect(sys.argv[1])
    heard, everything = [], asyncio.get_running_loop().create_future()

    async def hear(message):
        heard.append((message.subject, message.data, (message.headers or {}).get("Kind")))
        if len(heard) == 1000:
            everything.set_result(None)

    async def answer(message):
        await message.respond(b"re: " + message.data)

    await b.subscribe("python.*", cb=hear)
    await b.subscribe("ask", queue="workers", cb=answer)
    await b.flush()
    for i in range(1000):
        await a.publish(f"python.{i % 7}", str(i).encode(), headers={"Kind": str(i)})
    await asyncio.wait_for(everything, 20)
    assert heard == [(f"python.{i % 7}", str(i).encode(), str(i)) for i in range(1000)], "not in order"
    assert (await a.request("ask", b"hello", timeout=10)).data == b"re: hello"
    try:
        await a.request("nobody", b"", timeout=10)
        raise AssertionError("an answer from nobody")
    except NoRespondersError:
        pass
    await a.drain()
    await b.drain()

asyncio.run(main())
PYTHON
}

found() { command -v "$1" >/dev/null; }

if [ ! -f dist/cli.js ]; then
  echo 'dist/cli.js is not there: run make build' >&2
  exit 1
fi
start_broker || exit 1
python=${PYTHON:-python3}

if found nats; then
  echo "nats CLI $(nats --version 2>&1)"
  check 'nats pub, nats sub' cli_pub_sub
  check 'nats pub -H' cli_headers
  check 'nats request, nats reply' cli_request
  check 'nats request without a responder' cli_request_in_vain
  check 'nats rtt' cli_rtt
  if nats bench sub --help >/dev/null 2>&1; then
    check 'nats bench: 10 publishers of 10,000 messages of 16 bytes, 10 subscribers' cli_bench
  else
    check 'nats bench: 10 publishers of 10,000 messages of 16 bytes, 10 subscribers' cli_bench_old
  fi
else
  skip 'nats' 'not on PATH; go install github.com/nats-io/natscli/nats@latest'
fi

if found telnet; then
  check 'telnet, the line dialect' telnet_session
else
  skip 'telnet' 'not on PATH'
fi

if found telnet && found nats; then
  check 'nats sub sees what telnet publishes' cli_sees_telnet
  check 'telnet sees what nats pub publishes' telnet_sees_cli
else
  skip 'telnet and nats together' 'one of them is not there'
fi

if found nc; then
  check 'nc, the line dialect' nc_session
  check 'nc, the NATS dialect by hand' nc_nats
else
  skip 'nc' 'not on PATH'
fi

if "$python" -c 'import nats' 2>/dev/null; then
  check "nats-py: pub/sub, headers, requests, drain" python_client
else
  skip 'nats-py' "$python cannot import nats; python3 -m pip install nats-py"
fi

kill "$broker"
wait "$broker"
code=$?
broker=
if [ "$code" -ne 0 ] || grep -qE '"level":"(error|fatal)"' "$tmp/log"; then
  failed=$((failed + 1))
  echo "FAIL  the broker ended with $code"
  grep -E '"level":"(warn|error|fatal)"' "$tmp/log"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
