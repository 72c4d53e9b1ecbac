import { expect } from 'chai';
import { Broker } from '../../lib/embed/broker.js';
import type { LeafInfo } from '../../lib/index.js';
import { refused } from '../support/embed/embedded.js';

describe('waiting for hubs', () => {
  it('is over at once where there are none', async () => {
    await using broker = await Broker.start({ nats: false });
    await broker.joined();
  });

  it('is over once all links are up, and is then over at once', async () => {
    await using one = await Broker.start({ nats: false, leaf: { port: 0 } });
    await using other = await Broker.start({ nats: false, leaf: { port: 0 } });
    const hubs = [one, other].map(({ leafAddress }) => `nats-leaf://127.0.0.1:${leafAddress!.port}`);
    await using broker = await Broker.start({ nats: false, leaf: hubs.map((url) => ({ url })) });
    const joined: string[] = [];
    broker.on('leafUp', ({ urls }) => void joined.push(...urls));
    await broker.joined();
    await broker.joined();
    await new Promise(setImmediate);
    expect(joined.sort()).to.deep.equal(hubs.sort());
  });

  it('comes before the event for a hub that goes, which says why, and how much was lost', async () => {
    const hub = await Broker.start({ nats: false, serverName: 'hub', leaf: { port: 0 } });
    const url = `nats-leaf://127.0.0.1:${hub.leafAddress!.port}`;
    await using broker = await Broker.start({ nats: false, leaf: [{ url }] });
    await broker.joined();
    const down = new Promise<LeafInfo>((resolve) => broker.once('leafDown', resolve));
    await hub.close();
    const { error, ...info } = await down;
    expect(error).to.be.a('string');
    expect(info).to.deep.equal({
      account: '$G',
      hub: 'hub',
      urls: [url],
      dropped: { messages: 0, bytes: 0 },
    });
  });

  it('ends with a signal, and with the broker', async () => {
    const broker = await Broker.start({ nats: false, leaf: [{ url: 'nats-leaf://127.0.0.1:1' }] });
    const controller = new AbortController();
    const aborted = broker.joined({ signal: controller.signal }).catch((error: unknown) => error);
    controller.abort(new Error('enough'));
    expect(await aborted).to.have.property('message', 'enough');
    const closed = refused(() => broker.joined(), 'SERVER_SHUTDOWN');
    await broker.close();
    await closed;
    await refused(() => broker.joined(), 'SERVER_SHUTDOWN');
  });

  it('says what is wrong with its options', async () => {
    await using broker = await Broker.start({ nats: false });
    await refused(() => broker.joined({ timeout: 1 } as never), 'CONFIG_INVALID');
  });
});
