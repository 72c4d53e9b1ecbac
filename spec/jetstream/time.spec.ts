import { headers, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { type FakeClock, fakeClock, startTestBroker, type TestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';

interface State {
  readonly messages: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly first_ts: string;
}

/** A stream `T` of the subjects `t.>` in a broker whose time stands still. */
class TimedStream {
  private readonly connection: NatsConnection;
  readonly clock: FakeClock;
  readonly broker: TestBroker;

  private constructor(broker: TestBroker, clock: FakeClock, connection: NatsConnection) {
    this.broker = broker;
    this.clock = clock;
    this.connection = connection;
  }

  static async make(config: object): Promise<TimedStream> {
    const clock = fakeClock();
    const broker = await startTestBroker({ jetstream: true, clock });
    const stream = new TimedStream(broker, clock, await connect({ servers: broker.url }));
    const made = await stream.ask('STREAM.CREATE.T', { name: 'T', subjects: ['t.>'], ...config });
    expect(made).not.to.have.property('error');
    return stream;
  }

  async ask<T>(subject: string, body: object = {}): Promise<T> {
    return (await this.connection.request(`$JS.API.${subject}`, JSON.stringify(body))).json<T>();
  }

  async publish(
    subject: string,
    id?: string,
  ): Promise<{ readonly seq: number; readonly duplicate?: boolean }> {
    const given = headers();
    if (id !== undefined) given.set('Nats-Msg-Id', id);
    return (await this.connection.request(subject, 'x', { timeout: 5_000, headers: given })).json();
  }

  async state(): Promise<State> {
    return (await this.ask<{ readonly state: State }>('STREAM.INFO.T')).state;
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.broker.close();
  }
}

describe('streams as time passes', () => {
  let stream: TimedStream;
  afterEach(() => stream.close());

  it('lose each message at its age, and not before', async () => {
    stream = await TimedStream.make({ max_age: 10e9, duplicate_window: 1e9 });
    await stream.publish('t.a');
    await stream.clock.advance(4_000);
    await stream.publish('t.b');
    await stream.clock.advance(5_999);
    expect(await stream.state()).to.include({ messages: 2 });
    await stream.clock.advance(1);
    expect(await stream.state()).to.include({ messages: 1, first_seq: 2 });
    await stream.clock.advance(4_000);
    expect(await stream.state()).to.include({ messages: 0, first_seq: 3, last_seq: 2 });
    await stream.publish('t.c');
    await stream.clock.advance(10_000);
    expect(await stream.state()).to.include({ messages: 0, first_seq: 4 });
  });

  it('lose thousands of the same age', async () => {
    stream = await TimedStream.make({ max_age: 1e9, no_ack: true });
    for (let i = 0; i < 3_000; i++) void stream.broker.publish('t.a', 'x');
    expect(await stream.state()).to.include({ messages: 3_000 });
    await stream.clock.advance(1_000);
    await stream.clock.advance(10);
    expect(await stream.state()).to.include({ messages: 0, first_seq: 3_001 });
  });

  it('go by a changed age', async () => {
    stream = await TimedStream.make({ max_age: 0 });
    await stream.publish('t.a');
    await stream.clock.advance(5_000);
    await stream.ask('STREAM.UPDATE.T', {
      name: 'T',
      subjects: ['t.>'],
      max_age: 6e9,
      duplicate_window: 1e9,
    });
    expect(await stream.state()).to.include({ messages: 1 });
    await stream.clock.advance(1_000);
    expect(await stream.state()).to.include({ messages: 0 });
  });

  it('remember ids within their window, and no longer', async () => {
    stream = await TimedStream.make({ duplicate_window: 2e9 });
    expect(await stream.publish('t.a', 'one')).to.include({ seq: 1 });
    await stream.clock.advance(1_999);
    expect(await stream.publish('t.a', 'one')).to.include({ seq: 1, duplicate: true });
    await stream.clock.advance(1);
    expect(await stream.publish('t.a', 'one')).to.include({ seq: 2 });
  });

  it('give every message a time of its own', async () => {
    stream = await TimedStream.make({});
    const times: string[] = [];
    for (let seq = 1; seq <= 3; seq++) {
      await stream.publish('t.a');
      const { message } = await stream.ask<{ readonly message: { readonly time: string } }>(
        'STREAM.MSG.GET.T',
        { seq },
      );
      times.push(message.time.slice(0, -1)); // without the Z, so that they sort as they pass
    }
    expect(new Set(times).size).to.equal(3);
    expect(times).to.deep.equal([...times].sort());
  });
});
