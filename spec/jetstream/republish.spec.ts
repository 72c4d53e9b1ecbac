import { headers } from '@nats-io/transport-node';
import { expect } from 'chai';
import { startTestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** What is published again, of three messages on `t.a`, `t.b` and `t.a`. */
async function republished(config: object) {
  await using broker = await startTestBroker({ jetstream: true });
  const connection = await connect({ servers: broker.url });
  const record = broker.record('r.>');
  const made = await connection.request(
    '$JS.API.STREAM.CREATE.T',
    JSON.stringify({ name: 'T', subjects: ['t.>'], republish: config }),
  );
  expect(made.json()).not.to.have.property('error');
  const own = headers();
  own.set('Own', 'x');
  await connection.request('t.a', 'one', { headers: own, timeout: 5_000 });
  await connection.request('t.b', 'two');
  await connection.request('t.a', 'three');
  await broker.settle();
  await connection.close();
  return record.messages.map((message) => {
    const { 'Nats-Time-Stamp': time, ...rest } = Object.fromEntries(
      [...(message.headers ?? [])].map(([name, values]) => [
        name,
        Array.isArray(values) ? values[0] : values,
      ]),
    );
    expect(time).to.match(TIME);
    return { subject: message.subject, text: Buffer.from(message.payload).toString(), ...rest };
  });
}

const common = (subject: string, sequence: number, last: number) => ({
  'Nats-Stream': 'T',
  'Nats-Subject': subject,
  'Nats-Sequence': String(sequence),
  'Nats-Last-Sequence': String(last),
});

describe('republishing', () => {
  it('publishes what was stored once more, with where it is', async () => {
    expect(await republished({ src: 't.*', dest: 'r.$1' })).to.deep.equal([
      { subject: 'r.a', text: 'one', Own: 'x', ...common('t.a', 1, 0) },
      { subject: 'r.b', text: 'two', ...common('t.b', 2, 0) },
      { subject: 'r.a', text: 'three', ...common('t.a', 3, 1) },
    ]);
  });

  it('leaves out other subjects, and payloads where it is told to', async () => {
    expect(await republished({ src: 't.a', dest: 'r.x', headers_only: true })).to.deep.equal([
      { subject: 'r.x', text: '', Own: 'x', ...common('t.a', 1, 0), 'Nats-Msg-Size': '3' },
      { subject: 'r.x', text: '', ...common('t.a', 3, 1), 'Nats-Msg-Size': '5' },
    ]);
  });
});
