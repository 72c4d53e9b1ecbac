import { expect } from 'chai';
import { linkFlowOf } from '../../lib/clients/link-flow.js';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import type { Client } from '../../lib/routing/client.js';
import { Leaf } from '../support/leaf/leaf.js';
import { turns } from '../support/turns.js';
import { until } from '../support/until.js';

const PAYLOAD = 'x'.repeat(10_000);
const SMALL: SettingsInput = {
  flow: { high_water: '64KiB', low_water: '32KiB', max_pending: '1MiB' },
  nats: { max_payload: '64KiB' },
};

describe('a link that takes less than is published', () => {
  let leaf: Leaf;
  afterEach(() => leaf.stop());

  it('holds the publisher, so that nothing is lost and the link stays', async () => {
    leaf = await Leaf.start({}, SMALL);
    const link = await leaf.link();
    link.send('LS+ a\r\n');
    await link.settled();
    const client = await leaf.client();
    link.wire.pause();
    const messages = 2_000; // 20 MB: more than all buffers on the way and `max_pending` hold
    for (let i = 0; i < messages; i++) client.send(`PUB a 10000\r\n${PAYLOAD}\r\n`);
    client.send('PUB a 3\r\nend\r\n');
    await until('the publisher is held', () => client.held);
    link.wire.resume();
    await until('the last message has come', () => link.text.endsWith('LMSG a 3\r\nend\r\n'));
    expect(link.text.split('LMSG a 10000\r\n').length - 1).to.equal(messages);
    expect([leaf.remote.isUp, leaf.harness.log]).to.deep.equal([true, []]);
  });

  it('does not stop publishers that feed others, too', async () => {
    leaf = await Leaf.start({}, { ...SMALL, flow: { ...SMALL.flow, max_pending: '64MiB' } });
    const link = await leaf.link();
    link.send('LS+ a\r\n');
    await link.settled();
    const [client, local] = [await leaf.client(), await leaf.client()];
    local.send('SUB b 1\r\n');
    await local.settle();
    const before = local.bytesReceived;
    link.wire.pause();
    const rounds = 1_000;
    for (let i = 0; i < rounds; i++) client.send(`PUB b 1\r\n.\r\nPUB a 10000\r\n${PAYLOAD}\r\n`);
    client.send('PUB b 3\r\nend\r\n');
    await until('the link is behind', () => client.connection.client.holds > 0);
    const bytes = before + rounds * 'MSG b 1 1\r\n.\r\n'.length + 'MSG b 1 3\r\nend\r\n'.length;
    await until('the last message has come', () => local.bytesReceived === bytes);
    expect(leaf.remote.isUp).to.equal(true);
  });
});

describe('a link whose messages a reader takes late', () => {
  let leaf: Leaf;
  afterEach(() => leaf.stop());

  it('pauses between reads from the half of max_pending on, and goes on', async () => {
    leaf = await Leaf.start({}, { flow: { max_pending: '8MiB' }, nats: { max_payload: '64KiB' } });
    const link = await leaf.link();
    link.send('LS+ x\r\n');
    await link.settled();
    const client = await leaf.client();
    client.send('SUB a 1\r\n');
    await client.settle();
    const { plain } = leaf.harness.broker.core.account('$G').sublist.matchSubject('x');
    const server = plain[0]?.client as Client;
    const pauses: (() => void)[] = [];
    server.later = (_ms, then) => {
      pauses.push(then);
      return () => undefined;
    };
    client.stall();
    const { outbox } = client.connection.client;
    for (let rounds = 0; pauses.length === 0 && rounds < 1_000; rounds++) {
      expect(server.held, 'below the half').to.equal(false);
      link.send(`LMSG a 10000\r\n${PAYLOAD}\r\n`.repeat(10));
      await turns();
    }
    expect(outbox.pendingBytes).to.be.within(4 * 2 ** 20, 5 * 2 ** 20);
    expect([server.held, pauses.length]).to.deep.equal([true, 1]);
    link.send('PING\r\n');
    await turns(20);
    expect(link.text, 'while it pauses').not.to.include('PONG');
    for (const end of pauses) end();
    await link.saw('PONG\r\n');
    expect(client.connection.reason).to.equal(undefined);
  });
});

describe('the flow limits of links', () => {
  const { flow } = configFrom({});

  it('hold publishers of others but briefly', () => {
    expect(linkFlowOf(flow)).to.deep.equal({ ...flow, maxHoldMs: 250 });
    expect(linkFlowOf({ ...flow, maxHoldMs: 100 }).maxHoldMs).to.equal(100);
  });

  it('drop nothing in silence', () => {
    expect(linkFlowOf({ ...flow, policy: 'drop' }).policy).to.equal('pause');
    expect(linkFlowOf({ ...flow, policy: 'disconnect' }).policy).to.equal('disconnect');
  });
});
