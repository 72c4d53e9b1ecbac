import { setTimeout } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { expect } from 'chai';
import { type Broker, createBroker, JetStreamError, SluiceError } from '../../lib/index.js';
import { fakeClock, startTestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';

async function refusalOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'none',
    (error: unknown) =>
      error instanceof JetStreamError ? `${error.errorCode} ${error.message}` : String(error),
  );
}

async function codeOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => 'none',
    (error: unknown) => (error instanceof SluiceError ? error.code : error),
  );
}

async function listOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('JetStream for the program that the broker is in', () => {
  let broker: Broker;
  beforeEach(async () => {
    broker = await createBroker({ nats: false, jetstream: true });
  });
  afterEach(() => broker.close());

  it('makes, changes, empties and deletes streams', async () => {
    const { jetstream } = broker;
    const made = await jetstream.createStream({ name: 'S', subjects: ['s.>'], storage: 'memory' });
    expect(made.config).to.include({ name: 'S', retention: 'limits' });
    await jetstream.createStream({ name: 'R', storage: 'memory' });
    expect(await jetstream.streams()).to.deep.equal(['R', 'S']);
    for (const subject of ['s.a', 's.b', 's.a', 's.c']) await jetstream.publish(subject, 'x');
    expect((await jetstream.streamInfo('S')).state).to.include({ messages: 4, num_subjects: 3 });
    expect(await jetstream.purgeStream('S', { subject: 's.a' })).to.equal(2);
    expect(await jetstream.purgeStream('S', { keep: 1 })).to.equal(1);
    const changed = await jetstream.updateStream({
      ...{ name: 'S', subjects: ['s.>', 't'], storage: 'memory', max_msgs: 5 },
    });
    expect(changed.config).to.deep.include({ subjects: ['s.>', 't'], max_msgs: 5 });
    await jetstream.deleteStream('S');
    expect(await refusalOf(jetstream.streamInfo('S'))).to.equal('10059 stream not found');
  });

  it('publishes with ids, expectations and TTLs, and is told what is refused', async () => {
    const { jetstream } = broker;
    await jetstream.createStream({ name: 'S', subjects: ['s'], storage: 'memory', allow_msg_ttl: true });
    expect(await jetstream.publish('s', 'x', { id: 'one', headers: { A: 'b' }, ttl: '1m' })).to.include({
      seq: 1,
    });
    expect(await jetstream.publish('s', 'x', { id: 'one' })).to.include({ seq: 1, duplicate: true });
    expect(
      await jetstream.publish('s', 'y', { expect: { lastSequence: 1, lastSubjectSequence: 1 } }),
    ).to.include({ seq: 2 });
    expect(await refusalOf(jetstream.publish('s', 'y', { expect: { lastSequence: 1 } }))).to.equal(
      '10071 wrong last sequence: 2',
    );
    expect(await refusalOf(jetstream.publish('s', 'y', { ttl: 'soon' }))).to.equal(
      '10165 invalid per-message TTL',
    );
    expect(await codeOf(jetstream.publish('elsewhere', 'y'))).to.equal('NO_RESPONDERS');
  });

  it('consumes: acknowledges, gives back, terminates', async () => {
    const { jetstream } = broker;
    await jetstream.createStream({ name: 'S', subjects: ['s.*'], storage: 'memory', retention: 'workqueue' });
    const { name } = await jetstream.createConsumer('S', { durable_name: 'c' });
    expect(await jetstream.consumers('S')).to.deep.equal(['c']);
    for (const subject of ['s.1', 's.2', 's.3']) await jetstream.publish(subject, `{"of":"${subject}"}`);
    const seen: string[] = [];
    for await (const job of jetstream.consume('S', name)) {
      seen.push(`${job.sequence} ${job.json<{ of: string }>().of} ${job.deliveries}`);
      expect(Math.abs(job.time.getTime() - Date.now())).to.be.lessThan(60_000);
      if (job.sequence === 1 && job.deliveries === 1) await job.nak();
      else if (job.sequence === 2) await job.terminate('no use');
      else await job.ack();
      if (seen.length === 4) break;
    }
    expect(seen).to.deep.equal(['1 s.1 1', '2 s.2 1', '3 s.3 1', '1 s.1 2']);
    expect((await jetstream.streamInfo('S')).state.messages).to.equal(0);
    await jetstream.deleteConsumer('S', 'c');
    expect(await refusalOf(jetstream.consumerInfo('S', 'c'))).to.equal('10014 consumer not found');
  });

  it('is delivered no more than it takes, and gives back what it has not taken', async () => {
    const { jetstream } = broker;
    await jetstream.createStream({ name: 'S', subjects: ['s'], storage: 'memory' });
    await jetstream.createConsumer('S', { durable_name: 'c' });
    for (let i = 0; i < 100; i++) await jetstream.publish('s', 'x');
    let taken = 0;
    for await (const job of jetstream.consume('S', 'c', { ahead: 8 })) {
      await setTimeout(1);
      expect((await jetstream.consumerInfo('S', 'c')).num_ack_pending).to.be.at.most(8);
      await job.ack();
      if (++taken === 20) break;
    }
    const { num_ack_pending, ack_floor } = await jetstream.consumerInfo('S', 'c');
    expect(ack_floor.stream_seq).to.equal(20);
    // At once, not as the time for acknowledgements is over.
    const [next] = await listOf(first(jetstream.consume('S', 'c'), 1));
    expect(next).to.deep.equal(num_ack_pending > 0 ? [21, 2] : [21, 1]);
  });

  it('ends a loop with the reason of a signal, and with the consumer', async () => {
    const { jetstream } = broker;
    await jetstream.createStream({ name: 'S', subjects: ['s'], storage: 'memory' });
    await jetstream.createConsumer('S', { durable_name: 'c' });
    const abort = new AbortController();
    const stopped = listOf(jetstream.consume('S', 'c', { signal: abort.signal }));
    await setTimeout(5);
    abort.abort(new Error('enough'));
    expect(await refusalOf(stopped)).to.equal('Error: enough');
    const ended = listOf(jetstream.consume('S', 'c'));
    await setTimeout(5);
    await jetstream.deleteConsumer('S', 'c');
    expect(await refusalOf(ended)).to.equal('0 Consumer Deleted');
    expect(await refusalOf(listOf(jetstream.consume('S', 'c')))).to.equal('10014 consumer not found');
  });

  it('has key-value buckets', async () => {
    const bucket = await broker.jetstream.createKeyValue('b', { history: 3, storage: 'memory' });
    expect(await bucket.get('k')).to.equal(undefined);
    expect(await bucket.put('k', 'one')).to.equal(1);
    expect(await refusalOf(bucket.create('k', 'two'))).to.equal('10071 wrong last sequence: 1');
    expect(await bucket.update('k', 'two', 1)).to.equal(2);
    expect(await refusalOf(bucket.update('k', 'three', 1))).to.equal('10071 wrong last sequence: 2');
    const entry = await bucket.get('k');
    expect([entry?.key, entry?.revision, entry?.operation, String(entry?.value)]).to.deep.equal([
      'k',
      2,
      'put',
      'two',
    ]);
    expect(String((await bucket.get('k', { revision: 1 }))?.value)).to.equal('one');
    expect(await bucket.get('other', { revision: 1 })).to.equal(undefined);
    await bucket.put('a.b', 'x');
    expect((await listOf(bucket.keys())).toSorted()).to.deep.equal(['a.b', 'k']);
    await bucket.delete('k');
    expect(await bucket.get('k')).to.equal(undefined);
    expect(await listOf(bucket.keys())).to.deep.equal(['a.b']);
    expect(await bucket.create('k', 'again')).to.equal(5);
    await bucket.purge('k');
    expect(await listOf(bucket.keys('k'))).to.deep.equal([]);
    expect(await refusalOf(bucket.put('no key', 'x'))).to.match(/not a key/);
    expect(() => broker.jetstream.keyValue('a.b')).to.throw(/letters, digits/);
    await broker.jetstream.deleteKeyValue('b');
    expect(await broker.jetstream.streams()).to.deep.equal([]);
  });

  it('watches a bucket: what is there, then what changes', async () => {
    const bucket = await broker.jetstream.createKeyValue('b', { history: 2, storage: 'memory' });
    for (const value of ['1', '2']) await bucket.put('k', value);
    await bucket.put('l', 'x');
    const seen: string[] = [];
    for await (const { key, operation, value, pending } of bucket.watch()) {
      seen.push(`${operation} ${key} ${value} +${pending}`);
      if (seen.length === 2) await bucket.delete('k');
      if (seen.length === 3) break;
    }
    expect(seen).to.deep.equal(['put k 2 +1', 'put l x +0', 'delete k  +0']);
    const history = await listOf(first(bucket.watch({ key: 'k', from: 'history' }), 2));
    expect(history).to.deep.equal([undefined, undefined]);
    expect(await broker.jetstream.consumers('KV_b')).to.deep.equal([]);
  });

  it('is not enabled in every broker, nor in every account', async () => {
    await using without = await createBroker({ nats: false });
    expect(await codeOf(without.jetstream.streams())).to.equal('NO_RESPONDERS');
    const accounts = { A: { jetstream: true }, B: {} };
    await using several = await createBroker({ nats: false, jetstream: true, accounts });
    await several.jetstream.in('A').createStream({ name: 'S', storage: 'memory' });
    expect(await several.jetstream.in('A').streams()).to.deep.equal(['S']);
    expect(await refusalOf(several.jetstream.in('B').streams())).to.equal(
      '10039 JetStream not enabled for account',
    );
  });
});

describe('JetStream of a test broker', () => {
  it('is the one that nats.js uses, and goes by the clock of the test', async () => {
    const clock = fakeClock();
    await using test = await startTestBroker({ jetstream: true, clock });
    const connection = await connect({ servers: test.url });
    const theirs = await new Kvm(connection).create('b', { markerTTL: 5_000 });
    const ours = test.jetstream.keyValue('b');
    await ours.create('session', 'ann', 60);
    expect((await theirs.get('session'))?.string()).to.equal('ann');
    await clock.advance(60_001);
    expect(await ours.get('session')).to.equal(undefined);
    expect((await theirs.get('session'))?.operation).to.equal('PURGE');
    await ours.put('k', 'v');
    await test.jetstream.createConsumer('KV_b', {
      durable_name: 'c',
      ack_wait: 30e9,
      filter_subject: '$KV.b.k',
    });
    const deliveries: number[] = [];
    for await (const job of test.jetstream.consume('KV_b', 'c')) {
      deliveries.push(job.deliveries);
      if (deliveries.length === 2) break;
      void clock.advance(30_001);
    }
    expect(deliveries).to.deep.equal([1, 2]);
    const manager = await jetstreamManager(connection);
    expect((await manager.consumers.info('KV_b', 'c')).num_redelivered).to.equal(1);
    await connection.close();
  });
});

/** The first `count` of them, of deliveries in short. */
async function* first(
  items: AsyncIterable<unknown>,
  count: number,
): AsyncGenerator<unknown, void, undefined> {
  let left = count;
  for await (const item of items) {
    const { sequence, deliveries } = item as { readonly sequence?: number; readonly deliveries?: number };
    yield sequence === undefined ? undefined : [sequence, deliveries];
    if (--left === 0) return;
  }
}
