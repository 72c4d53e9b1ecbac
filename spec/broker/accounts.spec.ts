import { expect } from 'chai';
import type { RunningBroker } from '../../lib/broker/running.js';
import { Broker } from '../../lib/embed/broker.js';
import type { BrokerOptions } from '../../lib/index.js';
import { natsPeer } from '../support/embed/embedded.js';
import { msg, pub } from '../support/harness.js';
import { bytesInUse } from '../support/memory.js';
import { bytesKept } from '../support/retained-bytes.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;
const CONFIGURED = { SVC: {} };

describe('accounts that logins name', () => {
  let broker: Broker;
  let running: RunningBroker;
  const names = () => [...running.core.accounts.keys()].sort();
  const open = (user: string) => natsPeer(broker, { user });

  async function start(options: BrokerOptions = {}): Promise<void> {
    broker = await Broker.start(
      {
        nats: false,
        line: false,
        accounts: CONFIGURED,
        authenticate: ({ user }) => ({ account: user ?? 'none' }),
        ...options,
      },
      {
        made: (made) => {
          running = made;
        },
      },
    );
  }
  afterEach(() => broker.close({ drain: false }));

  it('are forgotten with their last connection, and those of the configuration are not', async () => {
    await start();
    const [one, other] = [await open('TENANT'), await open('TENANT')];
    const service = await open('SVC');
    await one.send('SUB a 1\r\n').settle();
    expect(names()).to.deep.equal(['$G', 'SVC', 'TENANT']);
    for (const peer of [one, service]) peer.end();
    await until('one is left', () => running.connections.size === 1);
    expect(names()).to.deep.equal(['$G', 'SVC', 'TENANT']);
    other.end();
    await until('none is left', () => running.connections.size === 0);
    expect(names()).to.deep.equal(['$G', 'SVC']);
    const again = await open('TENANT');
    await again.send('SUB a 1\r\n', pub('a', 'x')).expect(msg('a', 1, 'x'));
  });

  it('stay while the program itself is subscribed there', async () => {
    await start();
    const subscription = broker.subscribe('a', { account: 'TENANT' });
    (await open('TENANT')).end();
    await until('it has closed', () => running.connections.size === 1);
    expect(names()).to.deep.equal(['$G', 'SVC', 'TENANT']);
    subscription.destroy();
    await until('it has closed', () => running.connections.size === 0);
    expect(names()).to.deep.equal(['$G', 'SVC']);
  });

  it('stay after a reload that drops them until their connections have closed', async () => {
    await start();
    const service = await open('SVC');
    await broker.reload({ nats: false, line: false, accounts: {} });
    expect(names()).to.deep.equal(['$G', 'SVC']);
    service.end();
    await until('it has closed', () => running.connections.size === 0);
    expect(names()).to.deep.equal(['$G']);
  });

  it('leave no memory behind, however many there were', async () => {
    await start();
    const visit = async (name: string): Promise<void> => {
      const peer = await open(name);
      await peer.send('SUB a.* 1\r\n', pub('a.b', 'x')).settle();
      peer.end();
    };
    const visits = async (name: string, count: number): Promise<void> => {
      for (let n = 0; n < count; n += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, each) => visit(`${name}.${n + each}`)));
        await until('all have closed', () => running.connections.size === 0);
      }
    };
    await visits('warm', 1_100); // as many closed connections as the monitor remembers
    const before = bytesInUse();
    await visits('tenant', 2_000);
    expect(await bytesKept(before, 4 * MIB)).to.be.below(4 * MIB);
    expect(names()).to.deep.equal(['$G', 'SVC']);
  });
});
