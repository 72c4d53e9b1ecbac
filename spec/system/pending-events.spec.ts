import { expect } from 'chai';
import { Congestion } from '../../lib/clients/congestion.js';
import type { Publisher, Sink } from '../../lib/clients/subscription.js';
import type { CommandBatch } from '../../lib/frame/command.js';
import { Turns } from '../../lib/monitor/turns.js';
import { Account } from '../../lib/routing/account.js';
import { Router } from '../../lib/routing/router.js';
import { SystemEvents } from '../../lib/system/events.js';
import { ServerDescription } from '../../lib/system/server-description.js';
import { ServerMessages } from '../../lib/system/server-messages.js';
import { closedConnection, FakeBroker } from '../support/monitor/fake.js';
import { until } from '../support/until.js';

/** Counts what comes in. */
class Counter implements Sink {
  readonly kind = 'service';
  readonly units = 0;
  readonly owner = this;
  count = 0;

  take(_publisher: Publisher, _batch: CommandBatch, from: number, to: number): number {
    this.count += to - from;
    return to - from;
  }
}

const MAX_WAITING = 100;

describe('events of the system account that wait', () => {
  it('are bounded in number, and those that are left out are counted', async () => {
    const system = new Account('SYS');
    const counter = new Counter();
    system.interest.attach(counter, counter, '$SYS.ACCOUNT.*.DISCONNECT');
    let leftOut = 0;
    const events = new SystemEvents(
      {
        description: new ServerDescription(() => ({ id: 'N1', name: 'n', host: 'h', tags: [] })),
        messages: new ServerMessages(new Router(new Congestion(), () => {})),
        observed: new FakeBroker(),
        turns: new Turns(),
        systemAccount: () => system,
        account: () => undefined,
        leftOut: (total) => {
          leftOut = total;
        },
      },
      MAX_WAITING,
    );
    const connection = closedConnection(1);
    for (let n = 0; n < MAX_WAITING + 7; n++) events.disconnected(connection);
    expect(leftOut).to.equal(7);
    await until('all have been published', () => counter.count === MAX_WAITING);
    events.disconnected(connection);
    await until('there is room again', () => counter.count === MAX_WAITING + 1);
    expect(leftOut).to.equal(7);
  });
});
