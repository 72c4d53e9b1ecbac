import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import type { DiagnosticsChannel, DiagnosticsMessages } from '../../lib/broker/diagnostics.js';
import { Harness, pub } from '../support/harness.js';
import { until } from '../support/until.js';

type Told = { readonly [Name in DiagnosticsChannel]: DiagnosticsMessages[Name][] };

describe('diagnostics channels', () => {
  const told: Told = {
    'sluice:connection:open': [],
    'sluice:connection:close': [],
    'sluice:slow-consumer': [],
    'sluice:login:failed': [],
  };
  const names = Object.keys(told) as DiagnosticsChannel[];
  const order: string[] = [];
  const hear = (message: unknown, name: string | symbol) => {
    order.push(String(name));
    (told[name as DiagnosticsChannel] as unknown[]).push(message);
  };
  const harnesses: Harness[] = [];

  beforeEach(() => {
    order.length = 0;
    for (const name of names) {
      told[name].length = 0;
      subscribe(name, hear);
    }
  });
  afterEach(async () => {
    for (const harness of harnesses.splice(0)) await harness.stop();
    for (const name of names) unsubscribe(name, hear);
  });

  async function start(settings: Parameters<typeof Harness.start>[0] = {}): Promise<Harness> {
    const harness = await Harness.start(settings);
    harnesses.push(harness);
    return harness;
  }

  it('tell of connections that open and close, and what passed over them', async () => {
    const harness = await start();
    const { serverId } = harness.broker;
    const client = await harness.connect('nats', { options: { verbose: false, name: 'ann' } });
    await client.send(pub('a', '123'), pub('a', '45')).settle();
    expect(told['sluice:connection:open']).to.deep.equal([
      {
        serverId,
        connection: {
          ...{ id: 1, dialect: 'nats', remoteAddress: undefined, remotePort: undefined },
          ...{ name: undefined, user: undefined, account: '$G' },
        },
      },
    ]);
    client.end();
    await until('it has closed', () => told['sluice:connection:close'].length > 0);
    const [closed] = told['sluice:connection:close'];
    expect(closed).to.include({ serverId, reason: 'PEER_CLOSED', inMessages: 2, inBytes: 5, outMessages: 0 });
    expect(closed!.connection).to.include({ id: 1, name: 'ann', account: '$G' });
    expect(closed!.openMs).to.be.at.least(0);
  });

  it('tell of slow consumers before they close, and what they lose', async () => {
    const harness = await start({
      flow: { high_water: 1_024, low_water: 512, max_pending: 4_096, policy: 'disconnect' },
      nats: { max_payload: 2_048 },
    });
    const reader = await harness.connect('line');
    await reader.send('SUB a\n').expect('OK SUB a');
    reader.stall();
    const writer = await harness.connect('nats');
    const closed = () => told['sluice:connection:close'].length > 0;
    for (let i = 0; i < 2_000 && !closed(); i++) await writer.send(pub('a', 'x'.repeat(1_000))).settle();
    await until('the reader has been cut off', closed);
    expect(order.slice(-2)).to.deep.equal(['sluice:slow-consumer', 'sluice:connection:close']);
    const [slow] = told['sluice:slow-consumer'];
    expect(slow!.connection).to.include({ id: 1, dialect: 'line' });
    expect(slow!.policy).to.equal('disconnect');
    expect(slow!.lostMessages).to.be.above(0);
  });

  it('tell of refused logins, without secrets', async () => {
    const harness = await start({ authorization: { user: 'ann', password: 'secret' } });
    const guess = await harness.open('nats');
    guess.send('CONNECT {"user":"ann","pass":"hunter2"}\r\n');
    await guess.closeReason();
    expect(told['sluice:login:failed']).to.deep.equal([
      {
        ...{ serverId: harness.broker.serverId, connection: 1, remoteAddress: undefined },
        ...{ user: 'ann', reason: 'wrong password' },
      },
    ]);
    expect(JSON.stringify(told)).not.to.match(/hunter2|secret"/);
  });

  it('say which broker it is', async () => {
    const [one, other] = [await start(), await start()];
    await one.connect('nats');
    await other.connect('nats');
    expect(told['sluice:connection:open'].map(({ serverId }) => serverId)).to.deep.equal([
      one.broker.serverId,
      other.broker.serverId,
    ]);
  });
});
