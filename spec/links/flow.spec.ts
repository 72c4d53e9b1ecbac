import { expect } from 'chai';
import { linkFlowOf } from '../../lib/clients/link-flow.js';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { Leaf } from '../support/leaf/leaf.js';
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
