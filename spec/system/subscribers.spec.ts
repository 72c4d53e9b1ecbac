import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { askingAccount } from '../../lib/system/subscribers.js';
import { SystemFixture } from '../support/system/clients.js';

const SUBSCRIBERS = '$SYS.DEBUG.SUBSCRIBERS';

describe('the number of subscriptions that a subject has', () => {
  let system: SystemFixture;
  afterEach(() => system.stop());

  async function start() {
    const imports = [{ service: { account: 'SYS', subject: SUBSCRIBERS } }];
    system = await SystemFixture.start({
      accounts: {
        SYS: { users: [{ user: 'sys', password: 's' }], exports: [{ service: SUBSCRIBERS }] },
        A: { users: [{ user: 'ann', password: 'a' }], imports },
        B: { users: [{ user: 'bob', password: 'b' }], imports },
      },
    });
    const [sys, ann, bob] = [
      await system.connect('sys'),
      await system.connect('ann', { inboxPrefix: 'inbox' }),
      await system.connect('bob', { inboxPrefix: 'inbox' }),
    ];
    for (const subject of ['a.b', 'a.*', 'a.>']) ann.subscribe(subject);
    for (const queue of ['q', 'q', 'r']) ann.subscribe('a.b', { queue });
    sys.subscribe('s.x');
    await Promise.all([ann.flush(), sys.flush()]);
    return { sys, ann, bob };
  }

  it('is that of the account that asks, members of queue groups counted one by one', async () => {
    const { sys, ann, bob } = await start();
    const rows: readonly [NatsConnection, string, string][] = [
      [ann, 'a.b', '6'],
      [ann, 'a.c', '2'],
      [ann, ' a.b q\n', '2'],
      [ann, 'a.b none', '0'],
      [ann, 'a.*', '5'], // a.> is to more than that
      [ann, 'a.>', '6'],
      [ann, 'a.> r', '1'],
      [ann, 'none', '0'],
      [ann, '', '0'],
      [bob, 'a.b', '0'],
      [sys, 's.x', '1'],
      [sys, 's.>', '1'],
      [sys, 'a.b', '0'],
    ];
    for (const [connection, body, count] of rows) {
      const answer = await system.request(connection, SUBSCRIBERS, body);
      expect(answer.string(), body).to.equal(count);
    }
  });

  it('is asked for by the account that the request says it comes from', () => {
    const info = (text: string) => `NATS/1.0\r\nA: b\r\nNats-Request-Info: ${text}\r\n\r\n`;
    for (const [headers, account] of [
      [undefined, 'SYS'],
      ['NATS/1.0\r\n\r\n', 'SYS'],
      [info('{"acc":"A"}'), 'A'],
      [info('{"acc":"A","svc":"B"}'), 'B'],
      [Buffer.from(info('{"acc":"Ä"}')).toString('latin1'), 'Ä'],
      [info('{}'), 'SYS'],
      [info('{"acc":3}'), 'SYS'],
      [info('nonsense'), 'SYS'],
    ] as const)
      expect(askingAccount(headers, 'SYS'), headers).to.equal(account);
  });
});
