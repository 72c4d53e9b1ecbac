import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { startTestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';
import { freshDirectory } from '../support/process.js';
import { eventually } from '../support/until.js';

type Json = Readonly<Record<string, unknown>>;

async function ask(connection: NatsConnection, subject: string, body: object = {}): Promise<Json> {
  return (await connection.request(`$JS.API.${subject}`, JSON.stringify(body))).json();
}

/** Messages of one request to a consumer, without its last status. */
async function pull(connection: NatsConnection, name: string, batch: number): Promise<Msg[]> {
  const inbox = `_INBOX.pull.${name}.${batch}`;
  const subscription = connection.subscribe(inbox);
  connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${name}`, JSON.stringify({ batch, no_wait: true }), {
    reply: inbox,
  });
  const messages: Msg[] = [];
  for await (const message of subscription) {
    if (message.headers?.code === undefined || message.headers.code === 0) messages.push(message);
    else break;
    if (messages.length === batch) break;
  }
  return messages;
}

async function settle(connection: NatsConnection, message: Msg | undefined, how: string): Promise<void> {
  await connection.request(message?.reply ?? '', how);
}

/** What is asserted about consumers: their numbers, without times. */
function numbersOf(info: Json): Json {
  const { delivered, ack_floor, num_ack_pending, num_redelivered, num_pending } = info as Record<
    string,
    Json
  >;
  const position = ({ consumer_seq, stream_seq }: Json = {}): Json => ({ consumer_seq, stream_seq });
  return {
    ...{ delivered: position(delivered), ack_floor: position(ack_floor) },
    ...{ num_ack_pending, num_redelivered, num_pending },
  };
}

/** Runs `use` on a broker whose files are those of another one as they are at the moment, as after kill -9. */
async function afterKill(
  storeDir: string,
  use: (connection: NatsConnection) => Promise<void>,
): Promise<void> {
  const copy = freshDirectory();
  cpSync(storeDir, copy, { recursive: true });
  rmSync(join(copy, 'jetstream', 'lock'), { force: true });
  await using broker = await startTestBroker({ jetstream: { storeDir: copy } });
  const connection = await connect({ servers: broker.url });
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

const stream = (more: object = {}) => ({ name: 'T', subjects: ['t.*'], ...more });
const consumer = (more: object = {}) => ({
  stream_name: 'T',
  config: { name: 'c', durable_name: 'c', ack_policy: 'explicit', ...more },
});

describe('consumers after the process was killed', () => {
  it('go on where they were: floor, what is pending, and how often it was delivered', async () => {
    const storeDir = freshDirectory();
    await using broker = await startTestBroker({ jetstream: { storeDir } });
    const connection = await connect({ servers: broker.url });
    await ask(connection, 'STREAM.CREATE.T', stream());
    await ask(connection, 'CONSUMER.CREATE.T.c', consumer({ max_deliver: 3 }));
    for (let i = 1; i <= 6; i++) await connection.request(`t.${i}`, String(i));
    const [first, second, third, fourth] = await pull(connection, 'T.c', 4);
    await settle(connection, first, '+ACK');
    await settle(connection, third, '+TERM');
    await settle(connection, second, '-NAK');
    const [again] = await pull(connection, 'T.c', 1);
    expect(again?.string()).to.equal('2');
    const before = numbersOf(await ask(connection, 'CONSUMER.INFO.T.c'));
    expect(before).to.deep.equal({
      delivered: { consumer_seq: 5, stream_seq: 4 },
      ack_floor: { consumer_seq: 1, stream_seq: 1 },
      ...{ num_ack_pending: 2, num_redelivered: 1, num_pending: 2 },
    });
    // What a consumer does is written in turns that follow; what is there by then is never ahead of it.
    await eventually('find what was delivered in the files', () =>
      afterKill(storeDir, async (other) => {
        expect(numbersOf(await ask(other, 'CONSUMER.INFO.T.c'))).to.deep.equal(before);
        await other.request(fourth?.reply ?? '', '-NAK');
        await other.request(again?.reply ?? '', '-NAK');
        const rest = await pull(other, 'T.c', 5);
        expect(rest.map((message) => message.string()).sort()).to.deep.equal(['2', '4', '5', '6']);
        const deliveries = rest.map(({ reply = '' }) => reply.split('.')[4]);
        expect(deliveries.sort()).to.deep.equal(['1', '1', '2', '3']);
      }),
    );
    await connection.close();
  });

  it('deliver no message that goes beyond what its stream has', async () => {
    const storeDir = freshDirectory();
    await using broker = await startTestBroker({ jetstream: { storeDir } });
    const connection = await connect({ servers: broker.url });
    await ask(connection, 'STREAM.CREATE.T', stream());
    await ask(connection, 'CONSUMER.CREATE.T.c', consumer());
    await afterKill(storeDir, async (other) => {
      await other.request('t.1', 'x');
      expect(await pull(other, 'T.c', 2)).to.have.length(1);
    });
    await connection.close();
  });
});

describe('a work queue after a crash', () => {
  /** Closes a broker with three messages of which one was acknowledged, and gives the stream back what it had before that. */
  async function withLostRemoval(
    change: (connection: NatsConnection) => Promise<void>,
    settings: object,
  ): Promise<string> {
    const storeDir = freshDirectory();
    const messages = join(storeDir, 'jetstream', '%24%47', 'streams', '%54', 'msgs');
    const kept = freshDirectory();
    {
      await using broker = await startTestBroker({ jetstream: { storeDir } });
      const connection = await connect({ servers: broker.url });
      await ask(connection, 'STREAM.CREATE.T', stream({ retention: 'workqueue', ...settings }));
      for (let i = 1; i <= 3; i++) await connection.request(`t.${i}`, String(i));
      cpSync(messages, kept, { recursive: true });
      await ask(connection, 'CONSUMER.CREATE.T.c', consumer());
      await change(connection);
      await connection.close();
    }
    rmSync(messages, { recursive: true });
    cpSync(kept, messages, { recursive: true });
    return storeDir;
  }

  async function subjectsAfter(storeDir: string): Promise<readonly string[]> {
    await using broker = await startTestBroker({ jetstream: { storeDir } });
    const connection = await connect({ servers: broker.url });
    const { state } = (await ask(connection, 'STREAM.INFO.T', { subjects_filter: '>' })) as {
      readonly state: { readonly subjects?: object };
    };
    await connection.close();
    return Object.keys(state.subjects ?? {}).sort();
  }

  it('has no message that was acknowledged', async () => {
    const storeDir = await withLostRemoval(async (connection) => {
      const [first, second] = await pull(connection, 'T.c', 2);
      await settle(connection, second, '+ACK');
      expect(first?.string()).to.equal('1');
    }, {});
    expect(await subjectsAfter(storeDir)).to.deep.equal(['t.1', 't.3']);
  });

  it('keeps what was delivered as often as it may be', async () => {
    const storeDir = await withLostRemoval(async (connection) => {
      await ask(connection, 'CONSUMER.CREATE.T.c', consumer({ max_deliver: 1 }));
      const [first, second] = await pull(connection, 'T.c', 2);
      await settle(connection, first, '-NAK');
      await settle(connection, second, '+ACK');
      expect(await pull(connection, 'T.c', 1)).to.have.length(1);
    }, {});
    expect(await subjectsAfter(storeDir)).to.deep.equal(['t.1', 't.3']);
  });

  it('keeps what its consumer has passed over, and would take by its filter of today', async () => {
    const storeDir = await withLostRemoval(async (connection) => {
      await ask(connection, 'CONSUMER.CREATE.T.c', consumer({ filter_subject: 't.2' }));
      const [second] = await pull(connection, 'T.c', 1);
      expect(second?.string()).to.equal('2');
      await settle(connection, second, '+ACK');
      await connection.request('t.2', 'again');
      const [fourth] = await pull(connection, 'T.c', 1);
      await settle(connection, fourth, '+ACK');
      await ask(connection, 'CONSUMER.CREATE.T.c', consumer({ filter_subject: 't.1' }));
    }, {});
    expect(await subjectsAfter(storeDir)).to.deep.equal(['t.1', 't.2', 't.3']);
  });
});
