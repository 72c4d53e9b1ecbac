import { expect } from 'chai';
import { startTestBroker } from '../../../lib/testing/index.js';
import { differencesOf } from '../../../tools/diff/jetstream/compare.js';
import { generateSession } from '../../../tools/diff/jetstream/generate.js';
import type { JetStreamSession, Operation } from '../../../tools/diff/jetstream/operations.js';
import { playSession } from '../../../tools/diff/jetstream/play.js';

const PATIENCE = { answerMs: 5_000, settleMs: 5 };

function api(subject: string, body?: object): Operation {
  const payload = body === undefined ? '' : JSON.stringify(body);
  return { kind: 'request', subject: `$JS.API.${subject}`, headers: [], payload, answers: 1 };
}

const STREAM = api('STREAM.CREATE.S', { name: 'S', subjects: ['a'], storage: 'memory' });
const CONSUMER = api('CONSUMER.CREATE.S', { stream_name: 'S', config: { ack_policy: 'explicit' } });
const PULL: Operation = {
  ...{ kind: 'request', subject: '$JS.API.CONSUMER.MSG.NEXT.S.E1', headers: [], answers: 2 },
  payload: '{"batch":2,"no_wait":true}',
};
const PUBLISH: Operation = { kind: 'request', subject: 'a', headers: [['X', '1']], payload: 'p', answers: 1 };

function portOf({ url }: { readonly url: string }): number {
  return Number(new URL(url).port);
}

describe('diff with JetStream: sessions', () => {
  it('come out the same for the same seed, and differ otherwise', () => {
    expect(generateSession(7)).to.deep.equal(generateSession(7));
    expect(generateSession(7)).to.not.deep.equal(generateSession(8));
  });

  it('are answered alike by two brokers, which have nothing of them afterwards', async () => {
    await using one = await startTestBroker({ jetstream: true });
    await using other = await startTestBroker({ jetstream: true });
    const session: JetStreamSession = {
      operations: [
        ...[STREAM, CONSUMER, PUBLISH, PULL],
        { kind: 'acknowledge', consumer: 'S.E1', nth: 0, payload: '+TERM', asks: true },
        api('CONSUMER.INFO.S.E1'),
      ],
      advisories: true,
    };
    const [first, second] = await Promise.all([
      playSession(session, portOf(one), PATIENCE),
      playSession(session, portOf(other), PATIENCE),
    ]);
    expect(differencesOf(first, second)).to.deep.equal([]);
    const said = first.map(({ lines }) => lines.join('\n'));
    expect(said[3]).to.equal(
      'a $JS.ACK.S.E1.1.1.1.<time>.0 [NATS/1.0 | X: 1] "p"\n[NATS/1.0 404 No Messages] ""',
    );
    expect(said[5]).to.contain('"ack_floor":{"consumer_seq":1').and.to.contain('"name":"E1"');
    expect(said.at(-1)).to.contain('TERMINATED.S.E1');
    const again = await playSession(
      { operations: [api('STREAM.NAMES')], advisories: false },
      portOf(one),
      PATIENCE,
    );
    expect(again[0]?.lines.join()).to.contain('"total":0');
  });

  it('show where a broker does otherwise', async () => {
    await using one = await startTestBroker({ jetstream: true });
    await using other = await startTestBroker({ jetstream: { replicas_as_one: true } });
    const three = api('STREAM.CREATE.S', { name: 'S', subjects: ['a'], storage: 'memory', num_replicas: 3 });
    const session: JetStreamSession = { operations: [three], advisories: false };
    const [first, second] = await Promise.all([
      playSession(session, portOf(one), PATIENCE),
      playSession(session, portOf(other), PATIENCE),
    ]);
    const [difference] = differencesOf(first, second);
    expect(difference?.fields?.map(({ path }) => path)).to.include('error');
  });
});
