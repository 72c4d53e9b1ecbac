import { expect } from 'chai';
import { Congestion } from '../../lib/clients/congestion.js';
import type { Publisher, Sink } from '../../lib/clients/subscription.js';
import { batchOf, type CommandBatch } from '../../lib/frame/command.js';
import { Account } from '../../lib/routing/account.js';
import { ImportEdges } from '../../lib/routing/import-edges.js';
import { Router } from '../../lib/routing/router.js';
import { SERVER } from '../../lib/routing/server-publisher.js';
import { type AccountPlan, ImportGraph } from '../../lib/services/import-graph.js';

/** A service: notes what it is asked, and where the answer goes. */
class Service implements Sink {
  readonly kind = 'service';
  readonly units = 0;
  readonly owner = this;
  readonly asked: string[] = [];
  reply: string | undefined;

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    for (let row = from; row < to; row++) {
      this.asked.push(batch.subject(row));
      this.reply = batch.reply(row);
    }
    return to - from;
  }
}

const PLANS: readonly AccountPlan[] = [
  {
    name: 'A',
    exports: [
      { kind: 'service', subject: 'req.>', responseType: 'Stream' },
      { kind: 'service', subject: 'one.*' },
    ],
    imports: [],
  },
  {
    name: 'B',
    exports: [],
    imports: [
      { kind: 'service', account: 'A', subject: 'req.*.$1', to: 'ask.*.x' },
      { kind: 'service', account: 'A', subject: 'one.two' },
    ],
  },
];

describe('wiring', () => {
  let accounts: Map<string, Account>;
  let router: Router;
  let importGraph: ImportGraph;
  let service: Service;
  const account = (name: string): Account => {
    let found = accounts.get(name);
    if (found === undefined) {
      found = new Account(name);
      accounts.set(name, found);
    }
    return found;
  };
  const publish = (name: string, subject: string, reply?: string): number => {
    const message = { subject, payload: Buffer.from('x') };
    const batch = batchOf(reply === undefined ? message : { ...message, reply });
    return router.route(SERVER, account(name), batch, 0, 1);
  };

  beforeEach(() => {
    accounts = new Map();
    router = new Router(new Congestion(), () => {});
    importGraph = new ImportGraph(router, account, new ImportEdges());
    service = new Service();
    account('A').interest.attach(service, service, '>');
  });
  afterEach(() => importGraph.stop());

  it('is as planned', () => {
    importGraph.apply([PLANS[0]!, { ...PLANS[1]!, imports: [PLANS[1]!.imports[1]!] }]);
    expect(publish('B', 'one.two')).to.equal(1);
    expect(publish('B', 'one.three')).to.equal(0);
    expect(service.asked).to.deep.equal(['one.two']);
  });

  it('gives replies the type of the export that covers the import', () => {
    importGraph.apply(PLANS);
    const inbox = new Service();
    account('B').interest.attach(inbox, inbox, 'in');
    publish('B', 'one.two', 'in');
    const reply = service.reply!;
    publish('A', reply);
    publish('A', reply);
    expect(inbox.asked).to.have.length(1);
  });

  it('is gone with a new plan, but requests that wait get their reply', () => {
    importGraph.apply(PLANS);
    const inbox = new Service();
    publish('B', 'one.two', 'in');
    const { reply } = service;
    account('B').interest.attach(inbox, inbox, 'in');
    importGraph.apply([{ name: 'A', exports: [], imports: [] }]);
    publish('A', reply!);
    expect(publish('B', 'one.two')).to.equal(0);
    expect(inbox.asked).to.deep.equal(['in']);
    account('B').interest.detach(inbox);
    expect(account('B').sublist.empty).to.equal(true);
  });

  it('leaves sinks of others alone when the plan changes', () => {
    const inbox = new Service();
    account('B').interest.attach(inbox, inbox, 'in');
    importGraph.apply(PLANS);
    importGraph.apply([]);
    expect([publish('B', 'in'), publish('B', 'one.two')]).to.deep.equal([1, 0]);
  });

  it('brings replies to an account that was forgotten and made anew', () => {
    importGraph.apply(PLANS);
    publish('B', 'one.two', 'in');
    importGraph.apply([]);
    accounts.delete('B');
    importGraph.apply(PLANS);
    const inbox = new Service();
    account('B').interest.attach(inbox, inbox, 'in');
    publish('B', 'one.two', 'in');
    publish('A', service.reply!);
    expect(inbox.asked).to.deep.equal(['in']);
  });

  it('ends where it goes round in circles', () => {
    importGraph.apply([
      { name: 'A', exports: [], imports: [{ kind: 'service', account: 'B', subject: 'x' }] },
      { name: 'B', exports: [], imports: [{ kind: 'service', account: 'A', subject: 'x' }] },
    ]);
    publish('A', 'x');
    expect(service.asked.length).to.be.within(1, 10);
  });
});
