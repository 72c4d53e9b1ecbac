"""Scenarios with JetStream for nats.py; see ../README.md."""

import os

import nats
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError, ObjectNotFoundError

PATIENCE_S = 20


def with_jetstream(scenario):
    async def run():
        nc = await nats.connect(os.environ["INTEROP_URL"], allow_reconnect=False)
        try:
            await scenario(nc.jetstream(timeout=PATIENCE_S))
        finally:
            await nc.close()

    return run


async def publish_all(js, count):
    for i in range(count):
        ack = await js.publish(f"jobs.{i}", str(i).encode())
        assert ack.seq == i + 1, ack


async def missing(awaitable, *errors):
    try:
        found = await awaitable
    except errors:
        return
    raise AssertionError(f"there is {found}")


@with_jetstream
async def pull(js):
    await js.add_stream(name="JOBS", subjects=["jobs.*"], retention=RetentionPolicy.WORK_QUEUE)
    await publish_all(js, 100)
    for is_duplicate in [None, True]:
        ack = await js.publish("jobs.once", b"", headers={"Nats-Msg-Id": "once"})
        assert (ack.seq, ack.duplicate) == (101, is_duplicate), ack
    worker = await js.pull_subscribe("jobs.*", "worker")
    [first] = await worker.fetch(1, timeout=PATIENCE_S)
    await first.nak()
    seen = 0
    while seen < 101:
        for message in await worker.fetch(min(40, 101 - seen), timeout=PATIENCE_S):
            data = message.metadata
            assert data.num_delivered == 1 or data.sequence.stream == 1, data
            await message.ack_sync()
            seen += 1
    state = (await js.stream_info("JOBS")).state
    assert (state.messages, state.last_seq) == (0, 101), state
    await missing(js.stream_info("NONE"), NotFoundError)


@with_jetstream
async def push(js):
    await js.add_stream(name="JOBS", subjects=["jobs.*"])
    await publish_all(js, 500)
    ordered = await js.subscribe("jobs.*", ordered_consumer=True)
    for i in range(500):
        message = await ordered.next_msg(timeout=PATIENCE_S)
        assert message.data == str(i).encode(), message
    await ordered.unsubscribe()
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT)
    pushed = await js.subscribe("jobs.*", config=config, manual_ack=True)
    for i in range(500):
        await (await pushed.next_msg(timeout=PATIENCE_S)).ack()


@with_jetstream
async def key_value(js):
    bucket = await js.create_key_value(bucket="prices", history=5)
    watcher = await bucket.watchall()
    assert await watcher.updates(timeout=PATIENCE_S) is None
    revision = await bucket.create("tea", b"2.20")
    await missing(bucket.create("tea", b""), KeyWrongLastSequenceError)
    revision = await bucket.update("tea", b"2.40", last=revision)
    await missing(bucket.update("tea", b"", last=revision - 1), KeyWrongLastSequenceError)
    assert (await bucket.get("tea")).value == b"2.40"
    await bucket.delete("tea")
    await missing(bucket.get("tea"), KeyNotFoundError)
    assert len(await bucket.history("tea")) == 3
    for value in [b"2.20", b"2.40", b""]:
        entry = await watcher.updates(timeout=PATIENCE_S)
        assert (entry.value or b"") == value, entry


@with_jetstream
async def object_store(js):
    store = await js.create_object_store("files")
    large = bytes(i * 31 & 255 for i in range(1 << 20))
    info = await store.put("large", large)
    assert (info.chunks, info.size) == (8, 1 << 20), info
    assert (await store.get("large")).data == large
    await store.delete("large")
    await missing(store.get("large"), ObjectNotFoundError)


JETSTREAM = {
    "jetstream-pull": pull,
    "jetstream-push": push,
    "key-value": key_value,
    "object-store": object_store,
}
