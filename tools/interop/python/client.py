"""Scenarios for nats.py; see ../README.md for what each one is and what a program prints."""

import asyncio
import os
import ssl
import sys
import traceback

import nats
from nats.errors import MaxPayloadError, NoRespondersError, SlowConsumerError, TimeoutError

from streams import JETSTREAM

PATIENCE_S = 20
URL = os.environ["INTEROP_URL"]


def env(name):
    return os.environ["INTEROP_" + name]


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, PATIENCE_S)


async def until(condition, what):
    for _ in range(PATIENCE_S * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited for " + what)


async def ignore(_error):
    pass


def connect(**options):
    return soon(nats.connect(URL, **{"error_cb": ignore, "allow_reconnect": False, **options}))


async def works(nc):
    """Publishes to itself. Also instead of flush(), whose PING may overtake what was published before it."""
    subscription = await nc.subscribe("works")
    await nc.publish("works", b"yes")
    message = await subscription.next_msg(timeout=PATIENCE_S)
    assert message.data == b"yes", message
    await subscription.unsubscribe()


async def refused(**options):
    try:
        nc = await connect(**options)
    except Exception as error:
        assert "authorization violation" in str(error).lower(), f"refused with {error!r}"
        return
    await nc.close()
    raise AssertionError("let in with the wrong credentials")


async def lets(right, *wrong):
    nc = await connect(**right)
    await works(nc)
    await nc.close()
    for options in wrong:
        await refused(**options)


async def publish_subscribe():
    a, b = await connect(), await connect()
    heard = []

    async def hear(message):
        heard.append((message.subject, message.data, message.reply))

    await b.subscribe("ps.>", cb=hear)
    await works(b)
    for i in range(1000):
        await a.publish(f"ps.{i % 7}", str(i).encode(), reply="answer.here")
    await a.publish("ps.empty")
    await until(lambda: len(heard) == 1001, "messages")
    assert heard[:1000] == [(f"ps.{i % 7}", str(i).encode(), "answer.here") for i in range(1000)], "not in order"
    assert heard[1000] == ("ps.empty", b"", ""), heard[1000]
    await a.close()
    await b.close()


async def wildcards():
    nc = await connect()
    names = ["w.a", "w.a.b", "w.a.b.c", "w.x.c", "w"]
    hits = {
        "w.a": ["w.a"],
        "w.*": ["w.a"],
        "w.*.c": ["w.x.c"],
        "w.>": ["w.a", "w.a.b", "w.a.b.c", "w.x.c"],
        "*.a": ["w.a"],
        "w.a.*": ["w.a.b"],
    }
    seen = {pattern: [] for pattern in hits}

    def hear(pattern):
        async def callback(message):
            seen[pattern].append(message.subject)

        return callback

    for pattern in hits:
        await nc.subscribe(pattern, cb=hear(pattern))
    for name in names:
        await nc.publish(name, name.encode())
    await works(nc)
    await until(lambda: sum(map(len, seen.values())) >= sum(map(len, hits.values())), "messages")
    assert seen == hits, seen
    await nc.close()


async def queue_groups():
    publisher, members = await connect(), [await connect() for _ in range(4)]
    counts, others = [0] * 4, [0]

    def hear(counters, i):
        async def callback(_message):
            counters[i] += 1

        return callback

    for i, member in enumerate(members):
        await member.subscribe("queue.*", queue="workers", cb=hear(counts, i))
        await member.subscribe("queue.>", queue="others", cb=hear(others, 0))
        await works(member)
    for i in range(4000):
        await publisher.publish(f"queue.{i}")
        if i % 50 == 0:
            await works(publisher)
    await works(publisher)
    await until(lambda: sum(counts) >= 4000 and others[0] >= 4000, f"all messages, have {counts} {others}")
    assert sum(counts) == 4000 and others == [4000], (counts, others)
    assert all(800 < count < 1200 for count in counts), counts
    for nc in [publisher, *members]:
        await nc.close()


async def headers():
    a, b = await connect(), await connect()
    subscription = await b.subscribe("headers")
    await works(b)
    await a.publish("headers", b"body", headers={"Colour": "red", "Number": "1"})
    await a.publish("headers", b"", headers={"Colour": "red", "Number": "1"})
    await a.publish("headers", b"bare")
    for body in [b"body", b""]:
        message = await subscription.next_msg(timeout=PATIENCE_S)
        assert message.data == body, message
        assert dict(message.headers or {}) == {"Colour": "red", "Number": "1"}, message
    assert not (await subscription.next_msg(timeout=PATIENCE_S)).headers
    await a.close()
    await b.close()


async def request():
    a, b = await connect(), await connect()

    async def answer(message):
        await message.respond(b"re: " + message.data)

    await a.subscribe("ask", queue="workers", cb=answer)
    await works(a)
    texts = [str(i).encode() for i in range(100)]
    answers = await asyncio.gather(
        *(b.request("ask", text, timeout=PATIENCE_S, old_style=i % 2 == 0) for i, text in enumerate(texts))
    )
    assert [message.data for message in answers] == [b"re: " + text for text in texts]
    await a.close()
    await b.close()


async def no_responders():
    nc = await connect()
    try:
        await nc.request("nobody", b"", timeout=PATIENCE_S)
        raise AssertionError("an answer without a responder")
    except NoRespondersError:
        pass
    await nc.subscribe("silent", cb=ignore)
    try:
        await nc.request("silent", b"", timeout=0.1)
        raise AssertionError("an answer")
    except NoRespondersError as error:
        raise AssertionError("no responders") from error
    except TimeoutError:
        pass
    await nc.close()


async def flush_rtt():
    nc = await connect()
    for _ in range(10):
        await nc.flush(timeout=PATIENCE_S)
        if hasattr(nc, "rtt"):
            assert await nc.rtt() > 0
    await nc.close()


async def drain():
    closed = asyncio.Event()

    async def on_closed():
        closed.set()

    publisher, nc = await connect(), await connect(closed_cb=on_closed)
    count = 0

    async def hear(_message):
        nonlocal count
        count += 1

    await nc.subscribe("drain", cb=hear)
    await works(nc)
    for _ in range(1000):
        await publisher.publish("drain")
    await works(publisher)
    await nc.drain()
    await soon(closed.wait())
    assert count == 1000, count
    await publisher.close()


async def max_payload():
    nc = await connect()
    assert nc.max_payload == 1024 * 1024, nc.max_payload
    subscription = await nc.subscribe("large")
    await nc.publish("large", bytes(nc.max_payload))
    assert len((await subscription.next_msg(timeout=PATIENCE_S)).data) == nc.max_payload
    try:
        await nc.publish("large", bytes(nc.max_payload + 1))
        raise AssertionError("published")
    except MaxPayloadError:
        pass
    await works(nc)
    await nc.close()


async def max_payload_server():
    closed = asyncio.Event()

    async def on_closed():
        closed.set()

    nc = await connect(closed_cb=on_closed)
    nc._max_payload *= 4  # so that it lets it through
    await nc.publish("large", bytes(1024 * 1024 + 1))
    await soon(closed.wait())
    assert "maximum payload violation" in str(nc.last_error).lower(), nc.last_error


async def permissions():
    reports = asyncio.Queue()
    nc = await connect(user=env("USER"), password=env("PASSWORD"), error_cb=reports.put)
    allowed = await nc.subscribe("open.>")
    await nc.publish("closed.subject")
    error = await soon(reports.get())
    assert 'permissions violation for publish to "closed.subject"' in str(error).lower(), error
    await nc.subscribe("open.secret")
    error = await soon(reports.get())
    assert 'permissions violation for subscription to "open.secret"' in str(error).lower(), error
    await nc.publish("open.secret")
    await nc.publish("open.subject")
    message = await allowed.next_msg(timeout=PATIENCE_S)
    assert message.subject == "open.subject", message
    await nc.close()


async def allow_responses():
    reports = asyncio.Queue()
    responder = await connect(user="bob", password=env("PASSWORD"), error_cb=reports.put)
    requester = await connect(user="ann", password=env("PASSWORD"))

    async def answer(message):
        await message.respond(b"yes")
        await message.respond(b"one too many")

    await responder.subscribe("open.service", cb=answer)
    for _ in range(2):
        await responder.flush()  # the first PING may be ahead of the SUB
    message = await requester.request("open.service", b"", timeout=PATIENCE_S)
    assert message.data == b"yes", message
    error = await soon(reports.get())
    assert "permissions violation for publish" in str(error).lower(), error
    await responder.close()
    await requester.close()


async def accounts():
    ann, bea = [await connect(user=name, password=env("PASSWORD")) for name in ("ann", "bea")]

    async def answer(message):
        await ann.publish(message.reply, b"re: " + message.data, headers={"Sign": message.headers["Sign"]})

    everything = await bea.subscribe(">")
    await ann.subscribe("calc", cb=answer)
    await works(ann)
    await bea.publish("works", b"yes")
    assert (await everything.next_msg(timeout=PATIENCE_S)).subject == "works"
    await ann.publish("private")
    await ann.publish("news.today", b"sunny")
    message = await everything.next_msg(timeout=PATIENCE_S)
    assert (message.subject, message.data) == ("from.news.today", b"sunny"), message
    await everything.unsubscribe()
    message = await bea.request("calc.a", b"1 1", timeout=PATIENCE_S, headers={"Sign": "plus"})
    assert message.data == b"re: 1 1" and message.headers["Sign"] == "plus", message
    try:
        await bea.request("calc", b"", timeout=PATIENCE_S)
        raise AssertionError("an answer from another account")
    except NoRespondersError:
        pass
    await ann.close()
    await bea.close()


def context(ca, certificate=None, key=None):
    tls = ssl.create_default_context(cafile=env(ca))
    if certificate:
        tls.load_cert_chain(env(certificate), env(key))
    return tls


async def tls_scenario(name):
    first = {"tls_handshake_first": True} if name == "tls-first" else {}
    own, wrong = context("CA"), [context("WRONG_CA")]
    if name in ("tls-mutual", "tls-map"):
        wrong.append(own)
        own = context("CA", "CERT", "KEY")
    if name == "tls-map":
        wrong.append(context("CA", "OTHER_CERT", "OTHER_KEY"))
    url = URL.replace("nats://", "tls://")
    nc = await soon(nats.connect(url, tls=own, allow_reconnect=False, error_cb=ignore, **first))
    await works(nc)
    await nc.close()
    for i, tls in enumerate(wrong):
        try:
            nc = await soon(nats.connect(url, tls=tls, allow_reconnect=False, error_cb=ignore, **first))
        except Exception:
            continue
        await nc.close()
        raise AssertionError(f"let in, case {i}")


async def slow_consumer_client():
    reports, hold = asyncio.Queue(), asyncio.Event()

    async def hear(_message):
        await hold.wait()

    nc = await connect(error_cb=reports.put)
    await nc.subscribe("slow", cb=hear, pending_msgs_limit=10)
    for _ in range(100):
        await nc.publish("slow")
    await works(nc)
    assert isinstance(await soon(reports.get()), SlowConsumerError)
    hold.set()
    await works(nc)
    await nc.close()


async def interrupted(wish, subject):
    """Subscribes, asks for something that ends the connection, and looks whether it comes back."""
    lost, back, heard = asyncio.Event(), asyncio.Event(), asyncio.Queue()

    async def on_lost():
        lost.set()

    async def on_back():
        back.set()

    async def hear(message):
        if len(message.data) < 100:
            await heard.put(message.data)

    nc = await connect(
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.05,
        disconnected_cb=on_lost,
        reconnected_cb=on_back,
    )
    await nc.subscribe(subject, cb=hear)
    await nc.publish(subject, b"before")
    assert await soon(heard.get()) == b"before"
    print("ask " + wish, flush=True)
    await soon(lost.wait())
    await soon(back.wait())
    await nc.publish(subject, b"after")
    assert await soon(heard.get()) == b"after"
    await nc.close()


async def reload():
    lost = asyncio.Event()

    async def on_closed():
        lost.set()

    ann = await connect(user="ann", password=env("PASSWORD"))
    bea = await connect(user="bea", password=env("PASSWORD"), closed_cb=on_closed)
    await works(ann)
    await works(bea)
    print("ask reload", flush=True)
    await soon(lost.wait())
    assert "authorization" in repr(bea.last_error).lower(), bea.last_error
    await works(ann)
    await ann.close()


async def lame_duck():
    told = asyncio.Event()

    async def on_lame_duck():
        told.set()

    try:
        nc = await connect(lame_duck_mode_cb=on_lame_duck)
    except TypeError:
        return "this version has no callback for it"
    await works(nc)
    print("ask lame-duck", flush=True)
    await soon(told.wait())
    await works(nc)
    await nc.close()


def user(name, password):
    return {"user": name, "password": password}


async def auth(name):
    if name == "auth-token":
        await lets({"token": env("TOKEN")}, {"token": "wrong"}, {})
    elif name == "auth-nkey":
        await lets({"nkeys_seed": env("SEED")}, {"nkeys_seed": env("WRONG_SEED")}, {})
    elif name == "auth-creds":
        await lets({"user_credentials": env("CREDS")}, {"user_credentials": env("WRONG_CREDS")}, {})
    else:
        right = user(env("USER"), env("PASSWORD"))
        await lets(right, user(env("USER"), "wrong"), user("eve", env("PASSWORD")), {})


SCENARIOS = {
    "publish-subscribe": publish_subscribe,
    "wildcards": wildcards,
    "queue-groups": queue_groups,
    "headers": headers,
    "request": request,
    "no-responders": no_responders,
    "flush-rtt": flush_rtt,
    "drain": drain,
    "max-payload": max_payload,
    "max-payload-server": max_payload_server,
    "permissions": permissions,
    **JETSTREAM,
    "allow-responses": allow_responses,
    "accounts": accounts,
    "slow-consumer-client": slow_consumer_client,
    "slow-consumer-server": lambda: interrupted("stall", "stall"),
    "reconnect": lambda: interrupted("restart", "again"),
    "reload": reload,
    "lame-duck": lame_duck,
    **{name: lambda name=name: auth(name) for name in ["auth-token", "auth-user", "auth-bcrypt", "auth-nkey", "auth-creds"]},
    **{name: lambda name=name: tls_scenario(name) for name in ["tls", "tls-mutual", "tls-map", "tls-first"]},
}


def main():
    name = sys.argv[1]
    if name not in SCENARIOS:
        print(f"skip {name}: this client has no way to do it")
        return
    try:
        skipped = asyncio.run(SCENARIOS[name]())
    except BaseException as error:
        print(f"not ok {name}: {error!r}", flush=True)
        traceback.print_exc(limit=-3, chain=False)
        sys.exit(1)
    print(f"skip {name}: {skipped}" if skipped else f"ok {name}")


main()
