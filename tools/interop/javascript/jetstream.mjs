/** nats.js with JetStream in Node: `node jetstream.mjs SCENARIO`; see README.md. */
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';

const [scenario] = process.argv.slice(2);
const PATIENCE_MS = 20_000;

function expect(holds, what) {
  if (!holds) throw new Error(typeof what === 'string' ? what : JSON.stringify(what));
}

/** The error with which a promise is rejected. */
async function refused(promise) {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  expect(outcome.error !== undefined, outcome);
  return outcome.error;
}

async function publishAll(js, count) {
  for (let i = 0; i < count; i++) {
    const { seq } = await js.publish(`jobs.${i}`, String(i));
    expect(seq === i + 1, `sequence ${seq} of message ${i}`);
  }
}

const scenarios = {
  async 'jetstream-pull'(nc) {
    const manager = await jetstreamManager(nc);
    const js = manager.jetstream();
    await manager.streams.add({ name: 'JOBS', subjects: ['jobs.*'], retention: 'workqueue' });
    await publishAll(js, 100);
    for (const isDuplicate of [false, true]) {
      const ack = await js.publish('jobs.once', '', { msgID: 'once' });
      expect(ack.seq === 101 && ack.duplicate === isDuplicate, ack);
    }
    await manager.consumers.add('JOBS', { durable_name: 'worker', ack_policy: 'explicit' });
    const consumer = await js.consumers.get('JOBS', 'worker');
    (await consumer.next()).nak();
    for (let seen = 0; seen < 101; ) {
      for await (const message of await consumer.fetch({ max_messages: Math.min(40, 101 - seen) })) {
        expect(message.info.deliveryCount === 1 || message.seq === 1, message.info);
        expect(await message.ackAck(), 'not acknowledged');
        seen++;
      }
    }
    const { state } = await manager.streams.info('JOBS');
    expect(state.messages === 0 && state.last_seq === 101, state);
    const { code } = await refused(manager.streams.info('NONE'));
    expect(code === 10059, `no stream: ${code}`);
  },

  async 'jetstream-push'(nc) {
    const manager = await jetstreamManager(nc);
    const js = manager.jetstream();
    await manager.streams.add({ name: 'JOBS', subjects: ['jobs.*'] });
    await publishAll(js, 500);
    await inOrder(await js.consumers.get('JOBS'));
    await manager.consumers.add('JOBS', {
      ...{ durable_name: 'push', ack_policy: 'explicit', deliver_subject: 'push' },
      ...{ idle_heartbeat: 5_000_000_000, flow_control: true },
    });
    await inOrder(await js.consumers.getPushConsumer('JOBS', 'push'));
  },

  async 'key-value'(nc) {
    const bucket = await new Kvm(nc).create('prices', { history: 5 });
    const changes = await bucket.watch();
    const revision = await bucket.create('tea', '2.20');
    await refused(bucket.create('tea', ''));
    await bucket.update('tea', '2.40', revision);
    await refused(bucket.update('tea', '', revision));
    expect((await bucket.get('tea')).string() === '2.40', 'another value');
    await bucket.delete('tea');
    expect((await bucket.get('tea')).operation === 'DEL', 'still there');
    let versions = 0;
    for await (const _ of await bucket.history({ key: 'tea' })) versions++;
    expect(versions === 3, `${versions} in the history`);
    const values = ['2.20', '2.40', ''];
    for await (const entry of changes) {
      const value = values.shift();
      expect(entry.string() === value, `${entry.string()} is not ${value}`);
      if (values.length === 0) break;
    }
  },
};

async function inOrder(consumer) {
  let next = 0;
  const messages = await consumer.consume();
  for await (const message of messages) {
    expect(message.string() === String(next), `number ${next}: ${message.string()}`);
    message.ack();
    if (++next === 500) break;
  }
}

const late = setTimeout(() => {
  console.log(`not ok ${scenario}: not done after ${PATIENCE_MS / 1_000} s`);
  process.exit(1);
}, PATIENCE_MS);
const nc = await connect({ servers: process.env.INTEROP_URL, reconnect: false });
try {
  await scenarios[scenario](nc);
  console.log(`ok ${scenario}`);
  clearTimeout(late);
  process.exit(0);
} catch (error) {
  console.log(`not ok ${scenario}: ${String(error?.message ?? error).replaceAll('\n', ' | ')}`);
  process.exit(1);
}
