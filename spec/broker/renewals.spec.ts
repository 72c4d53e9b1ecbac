import { expect } from 'chai';
import type { Member } from '../../lib/broker/connections.js';
import { renewAll } from '../../lib/broker/renewals.js';
import { Scheduler } from '../../lib/routing/scheduler.js';
import { type Client, Harness, pub, QUIET } from '../support/harness.js';
import { until } from '../support/until.js';
import { reload, usersOf } from './reloading.js';

describe('rights after a reload', () => {
  it('are given to thousands of connections over several turns', async () => {
    let renewed = 0;
    const turns: number[] = [];
    const scheduler = new Scheduler(() => turns.push(renewed));
    const members = Array.from({ length: 10_000 }, () => ({ client: {}, renew: () => renewed++ }));
    await renewAll(new Set(members as unknown as Member[]), scheduler);
    expect(renewed).to.equal(10_000);
    expect(turns).to.have.length.above(3);
    for (const [turn, count] of turns.entries()) expect(count - (turns[turn - 1] ?? 0)).to.be.below(2_500);
  });

  it('are those of the new configuration for whatever is read after it came into force', async () => {
    const user = { user: 'u', password: 'p' };
    const harness = await Harness.start(usersOf(user));
    try {
      const clients: Client[] = [];
      for (let n = 0; n < 3; n++)
        clients.push(await harness.connect('nats', { options: { ...QUIET, user: 'u', pass: 'p' } }));
      const [hearer, publisher] = clients as [Client, Client];
      await hearer.send('SUB > 1\r\n').settle();
      const reloaded = reload(harness, usersOf({ ...user, permissions: { publish: 'allowed' } }));
      await until('it is in force', () => publisher.connection.client.renewal !== undefined);
      publisher.send(pub('denied', '')).send(pub('allowed', ''));
      expect(await publisher.next()).to.include('Permissions Violation');
      expect(await hearer.next()).to.include('MSG allowed');
      await reloaded;
      expect(publisher.connection.client.renewal).to.equal(undefined);
    } finally {
      await harness.stop();
    }
  });
});
