import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { startTestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';
import { freshDirectory } from '../support/process.js';

interface Answer {
  readonly error?: { readonly err_code: number };
  readonly [field: string]: unknown;
}

async function ask(connection: NatsConnection, subject: string, body: object = {}): Promise<Answer> {
  return (await connection.request(`$JS.API.${subject}`, JSON.stringify(body), { timeout: 5_000 })).json();
}

describe('streams in files', () => {
  for (const sync of ['always', '50ms'])
    it(`are there after a restart, with their consumers: sync = "${sync}"`, async () => {
      const storeDir = freshDirectory();
      await using broker = await startTestBroker({ serverName: 'one', jetstream: { storeDir, sync } });
      let connection = await connect({ servers: broker.url, reconnect: false });
      const created = await ask(connection, 'STREAM.CREATE.T', {
        name: 'T',
        subjects: ['t.>'],
        max_msgs: 100,
      });
      await ask(connection, 'STREAM.CREATE.M', { name: 'M', storage: 'memory' });
      await ask(connection, 'CONSUMER.CREATE.T.c', {
        stream_name: 'T',
        config: { durable_name: 'c', name: 'c', ack_policy: 'explicit' },
      });
      for (let i = 1; i <= 5; i++) {
        const ack = await connection.request(`t.${i}`, `message ${i}`, { timeout: 5_000 });
        expect(ack.json()).to.include({ seq: i });
      }
      const consumer = await jetstream(connection).consumers.get('T', 'c');
      expect(await (await consumer.next())?.ackAck()).to.equal(true);
      const before = await ask(connection, 'STREAM.INFO.T');
      await connection.close();
      await broker.restart();
      connection = await connect({ servers: broker.url, reconnect: false });
      const after = await ask(connection, 'STREAM.INFO.T');
      expect(after['created']).to.equal(created['created']);
      expect({ ...after, ts: '' }).to.deep.equal({ ...before, ts: '' });
      expect(await ask(connection, 'STREAM.NAMES')).to.deep.include({ streams: ['T'] });
      expect(await ask(connection, 'CONSUMER.INFO.T.c')).to.deep.include({
        delivered: { consumer_seq: 1, stream_seq: 1 },
        ack_floor: { consumer_seq: 1, stream_seq: 1 },
        num_pending: 4,
      });
      const sixth = await connection.request('t.6', 'x', { timeout: 5_000 });
      expect(sixth.json()).to.include({ seq: 6 });
      const { message } = (await ask(connection, 'STREAM.MSG.GET.T', { seq: 3 })) as unknown as {
        readonly message: { readonly data: string };
      };
      expect(Buffer.from(message.data, 'base64').toString()).to.equal('message 3');
      await connection.close();
    });

  it('are of one broker at a time', async () => {
    const storeDir = freshDirectory();
    await using _broker = await startTestBroker({ jetstream: { storeDir } });
    const failure = await startTestBroker({ jetstream: { storeDir } }).then(
      () => 'started',
      (error: Error) => error.message,
    );
    expect(failure).to.match(/jetstream\.store_dir: /);
  });
});
