import { Kvm } from '@nats-io/kv';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { NEVER, ttlIn } from '../../lib/jetstream/message-ttl.js';
import { type FakeClock, fakeClock, startTestBroker, type TestBroker } from '../../lib/testing/index.js';
import { freshDirectory } from '../support/process.js';

interface Shown {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A stream `T` of the subjects `t.>` that allows TTLs, in a broker whose time stands still. */
class Rig {
  private readonly storage: string;
  private readonly broker: TestBroker;
  private connection: NatsConnection;
  readonly clock: FakeClock;

  private constructor(storage: string, broker: TestBroker, clock: FakeClock, connection: NatsConnection) {
    this.storage = storage;
    this.broker = broker;
    this.clock = clock;
    this.connection = connection;
  }

  static async make(storage: string, config: object = {}): Promise<Rig> {
    const clock = fakeClock();
    const broker = await startTestBroker({ jetstream: { storeDir: freshDirectory() }, clock });
    const rig = new Rig(storage, broker, clock, await connect({ servers: broker.url }));
    await rig.configure('CREATE', { allow_msg_ttl: true, ...config });
    return rig;
  }

  async configure(action: 'CREATE' | 'UPDATE', config: object): Promise<void> {
    const whole = { name: 'T', subjects: ['t.>'], storage: this.storage, ...config };
    expect(await this.ask(`STREAM.${action}.T`, whole)).not.to.have.property('error');
  }

  async ask<T>(subject: string, body: object = {}): Promise<T> {
    return (await this.connection.request(`$JS.API.${subject}`, JSON.stringify(body))).json<T>();
  }

  /** Publishes with headers, given as `Name: value`. */
  async publish(subject: string, ...lines: readonly string[]): Promise<void> {
    const made = headers();
    for (const line of lines) made.set(...(line.split(': ') as [string, string]));
    const ack = await this.connection.request(subject, 'x', { timeout: 5_000, headers: made });
    expect(ack.json()).to.have.property('seq').that.is.greaterThan(0);
  }

  /** Subjects of the messages that are there, by their sequences: `1 t.a`. */
  async there(): Promise<readonly string[]> {
    const all: string[] = [];
    const { state } = await this.ask<{ state: { first_seq: number; last_seq: number } }>('STREAM.INFO.T');
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const shown = await this.message(seq);
      const reason = shown?.headers['Nats-Marker-Reason'];
      if (shown !== undefined) all.push(`${seq} ${shown.subject}${reason === undefined ? '' : ` ${reason}`}`);
    }
    return all;
  }

  async message(seq: number): Promise<Shown | undefined> {
    const { message } = await this.ask<{ message?: { subject: string; hdrs?: string } }>('STREAM.MSG.GET.T', {
      seq,
    });
    if (message === undefined) return undefined;
    const lines = Buffer.from(message.hdrs ?? '', 'base64')
      .toString()
      .split('\r\n');
    const pairs = lines.filter((line) => line.includes(': ')).map((line) => line.split(': '));
    return { subject: message.subject, headers: Object.fromEntries(pairs) };
  }

  async restart(whileDown?: () => unknown): Promise<void> {
    await this.connection.close();
    await this.broker.restart({ whileDown });
    this.connection = await connect({ servers: this.broker.url });
  }

  async kv(): Promise<Kvm> {
    return new Kvm(this.connection);
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.broker.close();
  }
}

describe('TTLs of messages', () => {
  const ROWS = [
    ['5', 5],
    ['0', Number.NaN],
    ['1s', 1],
    ['1.9s', 1],
    ['1h30m', 5_400],
    ['999ms', Number.NaN],
    ['-5', Number.NaN],
    ['-5s', Number.NaN],
    ['5x', Number.NaN],
    ['never', NEVER],
    ['NEVER', NEVER],
    ['', 0],
  ] as const;
  for (const [text, ttl] of ROWS)
    it(`are read: ${JSON.stringify(text)}`, () => {
      expect(ttlIn(Buffer.from(`NATS/1.0\r\nA: 1\r\nNats-TTL: ${text}\r\n\r\n`))).to.deep.equal(ttl);
    });

  for (const storage of ['memory', 'file'])
    describe(`in ${storage}`, () => {
      let rig: Rig;
      afterEach(() => rig.close());

      it('end each message by itself', async () => {
        rig = await Rig.make(storage);
        await rig.publish('t.a', 'Nats-TTL: 10');
        await rig.publish('t.b');
        await rig.publish('t.c', 'Nats-TTL: 2s');
        await rig.clock.advance(1_999);
        expect(await rig.there()).to.deep.equal(['1 t.a', '2 t.b', '3 t.c']);
        await rig.clock.advance(2);
        expect(await rig.there()).to.deep.equal(['1 t.a', '2 t.b']);
        await rig.clock.advance(8_000);
        expect(await rig.there()).to.deep.equal(['2 t.b']);
      });

      it('may say that a message outlives max_age', async () => {
        rig = await Rig.make(storage, { max_age: 5e9, duplicate_window: 1e9 });
        await rig.publish('t.a', 'Nats-TTL: never');
        await rig.publish('t.b', 'Nats-TTL: 100');
        await rig.publish('t.c');
        await rig.publish('t.d', 'Nats-TTL: 1');
        await rig.clock.advance(1_001);
        expect(await rig.there()).to.deep.equal(['1 t.a', '2 t.b', '3 t.c']);
        await rig.clock.advance(4_000);
        expect(await rig.there()).to.deep.equal(['1 t.a']);
        await rig.publish('t.e');
        await rig.clock.advance(5_001);
        expect(await rig.there()).to.deep.equal(['1 t.a']);
      });

      it('end thousands at the same time', async () => {
        rig = await Rig.make(storage);
        for (let i = 0; i < 2_500; i++) await rig.publish(`t.${i % 7}`, 'Nats-TTL: 60');
        await rig.publish('t.stays');
        await rig.clock.advance(60_001);
        await rig.clock.advance(10);
        expect(await rig.there()).to.deep.equal(['2501 t.stays']);
      });

      it('are at least that of markers, unless a subject has one message', async () => {
        rig = await Rig.make(storage, { subject_delete_marker_ttl: 20e9 });
        await rig.publish('t.a', 'Nats-TTL: 5', 'A: b');
        expect((await rig.message(1))?.headers).to.deep.equal({ A: 'b', 'Nats-TTL': '20' });
        await rig.configure('UPDATE', { subject_delete_marker_ttl: 20e9, max_msgs_per_subject: 1 });
        await rig.publish('t.b', 'Nats-TTL: 5');
        expect((await rig.message(2))?.headers).to.deep.equal({ 'Nats-TTL': '5' });
      });

      it('leave a marker where the last message of a subject expires', async () => {
        rig = await Rig.make(storage, { subject_delete_marker_ttl: 60e9 });
        await rig.publish('t.a', 'Nats-TTL: 100');
        await rig.publish('t.a', 'Nats-TTL: 100');
        await rig.publish('t.b', 'Nats-TTL: 100');
        await rig.publish('t.b');
        await rig.clock.advance(100_001);
        expect(await rig.there()).to.deep.equal(['4 t.b', '5 t.a MaxAge']);
        const marker = await rig.message(5);
        expect(marker?.headers).to.deep.equal({
          'Nats-Marker-Reason': 'MaxAge',
          'Nats-TTL': '1m0s',
          'Nats-Rollup': 'sub',
        });
        await rig.clock.advance(60_001);
        expect(await rig.there()).to.deep.equal(['4 t.b']);
      });

      it('leave markers at max_age as well, and none for what says itself that its subject is deleted', async () => {
        rig = await Rig.make(storage, {
          ...{ max_age: 2e9, duplicate_window: 1e9, subject_delete_marker_ttl: 1e9 },
          ...{ max_msgs: 2, discard: 'new' },
        });
        await rig.publish('t.a');
        await rig.publish('t.b', 'KV-Operation: PURGE');
        await rig.clock.advance(2_001);
        // The stream was full: a marker takes the place of a message.
        expect(await rig.there()).to.deep.equal(['3 t.a MaxAge']);
        await rig.clock.advance(2_001);
        expect(await rig.there()).to.deep.equal([]);
      });

      it('leave no marker for what is deleted or purged', async () => {
        rig = await Rig.make(storage, { subject_delete_marker_ttl: 60e9 });
        await rig.publish('t.a', 'Nats-TTL: 100');
        await rig.publish('t.b', 'Nats-TTL: 100');
        await rig.ask('STREAM.MSG.DELETE.T', { seq: 1 });
        await rig.ask('STREAM.PURGE.T', { filter: 't.b' });
        await rig.clock.advance(200_000);
        expect(await rig.there()).to.deep.equal([]);
      });

      it('are known of messages that were stored before they were allowed', async () => {
        rig = await Rig.make(storage, { allow_msg_ttl: false });
        await rig.publish('t.a');
        await rig.configure('UPDATE', { allow_msg_ttl: true });
        await rig.publish('t.b', 'Nats-TTL: 1');
        await rig.clock.advance(1_001);
        expect(await rig.there()).to.deep.equal(['1 t.a']);
      });
    });

  describe('after a restart', () => {
    let rig: Rig;
    afterEach(() => rig.close());

    it('go on, and end at once what has expired meanwhile', async () => {
      rig = await Rig.make('file', { max_age: 50e9, subject_delete_marker_ttl: 1e9 });
      await rig.publish('t.a', 'Nats-TTL: 10');
      await rig.publish('t.b', 'Nats-TTL: 20');
      await rig.publish('t.c', 'Nats-TTL: never');
      await rig.publish('t.d');
      await rig.restart(() => rig.clock.advance(10_001));
      await rig.clock.advance(1);
      expect(await rig.there()).to.deep.equal(['2 t.b', '3 t.c', '4 t.d', '5 t.a MaxAge']);
      await rig.clock.advance(10_000);
      expect(await rig.there()).to.deep.equal(['3 t.c', '4 t.d', '6 t.b MaxAge']);
      await rig.clock.advance(30_000);
      expect(await rig.there()).to.deep.equal(['3 t.c', '7 t.d MaxAge']);
    });
  });

  describe('in key-value stores', () => {
    let rig: Rig;
    afterEach(() => rig.close());

    it('tell a watcher of keys that have expired', async () => {
      rig = await Rig.make('memory');
      const kvm = await rig.kv();
      const sessions = await kvm.create('sessions', { markerTTL: 5_000, history: 3 });
      expect((await sessions.status()).markerTTL).to.equal(5_000);
      const seen: string[] = [];
      const watch = await sessions.watch();
      const watched = (async () => {
        for await (const { key, operation } of watch) {
          seen.push(`${operation} ${key}`);
          if (seen.length === 2) return;
        }
      })();
      await sessions.create('ann', 'here', '30s');
      await rig.clock.advance(30_001);
      await watched;
      expect(seen).to.deep.equal(['PUT ann', 'PURGE ann']);
      expect((await sessions.get('ann'))?.operation).to.equal('PURGE');
      await rig.clock.advance(5_001);
      expect(await sessions.get('ann')).to.equal(null);
    });

    it('bound what a purge leaves', async () => {
      rig = await Rig.make('memory');
      const kvm = await rig.kv();
      const bucket = await kvm.create('b', { markerTTL: 1_000 });
      await bucket.put('k', 'v');
      await bucket.purge('k', { ttl: '2s' });
      expect((await bucket.status()).values).to.equal(1);
      await rig.clock.advance(2_001);
      expect((await bucket.status()).values).to.equal(0);
    });
  });
});
