import { expect } from 'chai';
import { renewAll } from '../../lib/broker/renewals.js';
import { Scheduler } from '../../lib/clients/scheduler.js';
import { TURN_UNITS, type Work } from '../../lib/clients/work.js';
import { reload, usersOf } from '../support/broker/reloading.js';
import { type Client, Harness, pub, QUIET } from '../support/harness.js';
import { PATIENCE_MS } from '../support/until.js';

/** Spends what is left of a turn; returns that there is more to do. */
function passNothingElse(work: Work): false {
  work.units += 10 * TURN_UNITS;
  return false;
}

/** Waits for a state that may last for some turns of the event loop only. */
async function eachTurn(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('rights after a reload', () => {
  it('are given to thousands of connections over several turns', async () => {
    let renewed = 0;
    const turns: number[] = [];
    const scheduler = new Scheduler(() => turns.push(renewed));
    const members = Array.from({ length: 10_000 }, () => ({
      client: { renewal: undefined },
      renew: () => void renewed++,
    }));
    await renewAll(new Set(members), scheduler);
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
      // Each of these takes a whole turn, and there are as many before whatever is added next.
      let isOpen = false;
      const gate = { run: () => isOpen || passNothingElse(harness.core.work), failed: () => {} };
      for (let n = 0; n < 2_000; n++) harness.core.scheduler.add(gate, true);
      const reloaded = reload(harness, usersOf({ ...user, permissions: { publish: 'allowed' } }));
      await eachTurn('it is in force', () => publisher.connection.client.renewal !== undefined);
      publisher.send(pub('denied', '')).send(pub('allowed', ''));
      expect(await publisher.next()).to.include('Permissions Violation');
      expect(await hearer.next()).to.include('MSG allowed');
      isOpen = true;
      await reloaded;
      expect(publisher.connection.client.renewal).to.equal(undefined);
    } finally {
      await harness.stop();
    }
  });
});
