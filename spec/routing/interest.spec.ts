import { expect } from 'chai';
import fc from 'fast-check';
import { pino } from 'pino';
import { AccountRegistry } from '../../lib/broker/accounts.js';
import * as joins from '../../lib/broker/joins.js';
import { configFrom } from '../../lib/config.js';
import { batchOf } from '../../lib/frame/command.js';
import type { Client } from '../../lib/routing/client.js';
import type { AccountPlan } from '../../lib/services/import-graph.js';
import { EXACT, FlowModel } from '../support/flow-model.js';
import {
  InterestPicture,
  interestOf,
  keyOf,
  SubscriptionPicture,
  subscriptionsOf,
} from '../support/interest-pictures.js';
import { admit, Denying, drain, LONG } from '../support/rights.js';

const SUBJECTS = ['a', 'b', 'a.*', 'a.b', '>', LONG[0]!];
const ACCOUNTS = ['A', 'B', 'C'];
const CLIENTS = 3;

const PLANS: readonly (readonly AccountPlan[])[] = [
  [],
  [
    { name: 'A', exports: [{ kind: 'stream', subject: 'a.>' }], imports: [] },
    { name: 'B', exports: [], imports: [{ kind: 'stream', account: 'A', subject: 'a.>' }] },
  ],
  [
    { name: 'A', exports: [{ kind: 'service', subject: 'a' }], imports: [] },
    { name: 'C', exports: [], imports: [{ kind: 'service', account: 'A', subject: 'a', to: 'b' }] },
  ],
];

const client = fc.nat(CLIENTS - 1);
/** Which of `SUBJECTS`: failures would be unreadable with the subjects themselves. */
const subject = fc.nat(SUBJECTS.length - 1);
const sid = fc.nat(5).map(String);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('sub' as const),
      ...{ client, subject, sid },
      queue: fc.option(fc.constantFrom('q', 'r'), { nil: undefined }),
      max: fc.nat(2),
    }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('unsub' as const), client, sid }) },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('pub' as const), client, subject: fc.constantFrom('a', 'a.b') }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('long' as const), client }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('crowd' as const), client }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('move' as const), client, to: fc.constantFrom(...ACCOUNTS) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('deny' as const), client, subject }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('reset' as const), client }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('leave' as const), client }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('reload' as const), plan: fc.nat(PLANS.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('listen' as const) }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('turn' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The core, the accounts and some clients of a broker, with listeners. */
class Model {
  readonly flow = new FlowModel(configFrom().flow);
  readonly core = this.flow.core;
  readonly registry = new AccountRegistry(
    this.core,
    { next: () => ({}) },
    { serve: () => {}, stop: () => {} },
    pino({ level: 'silent' }),
  );
  readonly clients: Client[] = [];
  readonly subscriptions: SubscriptionPicture[] = [];
  readonly interest: InterestPicture[] = [];
  readonly faults: unknown[] = [];
  private crowds = 0;

  private plans: readonly AccountPlan[] = [];

  constructor() {
    for (const event of ['fault', 'listenerFault']) this.core.on(event, (error) => this.faults.push(error));
    this.registry.apply([], joins);
    for (let n = 0; n < CLIENTS; n++) this.clients.push(this.join());
    this.listen();
  }

  apply(each: Step): void {
    if (each.op === 'listen') this.listen();
    else if (each.op === 'turn') this.core.scheduler.runTurn();
    else if (each.op === 'reload') {
      this.plans = PLANS[each.plan]!;
      this.registry.apply(this.plans, joins);
    } else this.command(each, this.clients[each.client]!);
  }

  /** What was announced is what there is. */
  check(): void {
    expect(this.faults.map(String).join()).to.equal('');
    const accounts = [...this.core.accounts.values()];
    for (const { there, wrong } of this.subscriptions) {
      expect(wrong.map((each) => each.slice(0, 40)).join()).to.equal('');
      let count = 0;
      for (const account of accounts)
        for (const each of subscriptionsOf(account)) {
          if (each.client === undefined) continue;
          count++;
          expect(there.get(each)?.name).to.equal(account.name);
        }
      expect(there.size).to.equal(count);
    }
    const real = interestOf(accounts);
    for (const { there, wrong, isComplete } of this.interest) {
      expect(wrong.map((each) => each.slice(0, 40)).join()).to.equal('');
      for (const key of there) expect(real.has(key), key.slice(0, 40)).to.equal(true);
      if (isComplete) expect(there.size).to.equal(real.size);
    }
  }

  /** What clients themselves have, and services that are imported, is all there is once nothing is under way. */
  checkClients(): void {
    const own = new Set<string>();
    for (const { account, subscriptions } of this.clients)
      for (const { subject, queue } of subscriptions.values()) own.add(keyOf(account, subject, queue));
    for (const { name, imports } of this.plans)
      for (const { kind, subject, to = subject } of imports)
        if (kind === 'service') own.add(keyOf({ name }, to, undefined));
    for (const { there, isComplete } of this.interest) {
      expect(isComplete).to.equal(true);
      // Where replies to other accounts come in has a name at random.
      const named = [...there].filter((key) => !/^\S+ _R_\./.test(key));
      expect(named.sort()).to.deep.equal([...own].sort());
    }
  }

  end(): void {
    this.registry.stop();
    this.flow.end();
  }

  private listen(): void {
    const picture = new InterestPicture();
    this.core.interest.watchInterest(picture);
    this.interest.push(picture);
    if (this.subscriptions.length > 0) return;
    this.subscriptions.push(new SubscriptionPicture(), new SubscriptionPicture());
    for (const each of this.subscriptions) this.core.interest.watchSubscriptions(each);
  }

  private join(): Client {
    const joined = this.flow.join(EXACT).client;
    admit(joined, this.core.account(ACCOUNTS[joined.id % ACCOUNTS.length]!), undefined);
    return joined;
  }

  private command(each: Exclude<Step, { op: 'listen' | 'turn' | 'reload' }>, one: Client): void {
    if (each.op === 'leave') {
      this.core.forget(one);
      this.clients[each.client] = this.join();
    } else if (one.suspended)
      return; // its commands wait
    else if (each.op === 'sub') {
      one.subscriptions.add(SUBJECTS[each.subject]!, each.sid, each.queue);
      if (each.max > 0) one.subscriptions.end(each.sid, each.max);
    } else if (each.op === 'unsub') one.subscriptions.end(each.sid);
    else if (each.op === 'pub') {
      const batch = batchOf({ subject: each.subject, payload: Buffer.from('x') });
      this.core.write({ client: one, batch, from: 0 });
    } else if (each.op === 'long')
      for (const long of LONG) one.subscriptions.add(long, `l${long.slice(0, 6)}`);
    else if (each.op === 'crowd') {
      const crowd = ++this.crowds;
      for (let n = 0; n < 300; n++) {
        one.subscriptions.add('b.crowd', `c${crowd}.${n}`);
        one.subscriptions.end(`c${crowd}.${n}`, 1);
      }
      const batch = batchOf({ subject: 'b.crowd', payload: Buffer.from('x') });
      this.core.write({ client: one, batch, from: 0 });
    } else if (each.op === 'move') admit(one, this.core.account(each.to), one.rights.permissions);
    else if (each.op === 'deny') admit(one, one.account, new Denying(SUBJECTS[each.subject]!));
    else one.subscriptions.endAll();
  }
}

describe('the interest of accounts', () => {
  it('is what listeners are told, whatever becomes of subscriptions', function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 90 }), (steps) => {
        const model = new Model();
        try {
          for (const each of steps) {
            model.apply(each);
            model.check();
          }
          drain(model.core);
          model.check();
          model.checkClients();
        } finally {
          model.end();
        }
      }),
      { numRuns: 300 },
    );
  });

  describe('with two clients', () => {
    let model: FlowModel;
    let one: Client;
    let other: Client;
    beforeEach(() => {
      model = new FlowModel(configFrom().flow);
      one = model.join(EXACT).client;
      other = model.join(EXACT).client;
    });
    afterEach(() => model.end());

    it('is announced to every listener, though one throws', () => {
      const { core } = model;
      const faults: unknown[] = [];
      core.on('listenerFault', (error: unknown) => faults.push(error));
      const refuse = (): never => {
        throw new Error('of a listener');
      };
      core.interest.watchSubscriptions({ subscribed: refuse, unsubscribed: refuse });
      core.interest.watchInterest({
        interestAdded: refuse,
        interestRemoved: refuse,
        interestComplete: refuse,
      });
      const subscriptions = new SubscriptionPicture();
      const interest = new InterestPicture();
      core.interest.watchSubscriptions(subscriptions);
      core.interest.watchInterest(interest);
      core.scheduler.runTurn();
      one.subscriptions.add('a', '1');
      expect([subscriptions.there.size, interest.there.size]).to.deep.equal([1, 1]);
      one.subscriptions.end('1');
      expect([subscriptions.there.size, interest.there.size]).to.deep.equal([0, 0]);
      expect(faults.map(String)).to.deep.equal(new Array(5).fill('Error: of a listener'));
      expect(core.sublist.empty).to.equal(true);
      expect(one.closing).to.equal(false);
    });

    it('is not announced to a listener that another one has removed meanwhile', () => {
      const { core } = model;
      const removed = new SubscriptionPicture();
      const added = new SubscriptionPicture();
      const unwatch = core.interest.watchSubscriptions({
        subscribed: () => {
          unwatchRemoved();
          unwatch();
          core.interest.watchSubscriptions(added);
        },
        unsubscribed: () => {},
      });
      const unwatchRemoved = core.interest.watchSubscriptions(removed);
      one.subscriptions.add('a', '1');
      one.subscriptions.add('b', '2');
      expect(removed.there.size).to.equal(0);
      expect([...added.there.keys()].map((each) => each.subject)).to.deep.equal(['b']);
    });

    it('begins with the first subscription to a subject and queue group, and ends with the last', () => {
      const told: string[] = [];
      const { interest, scheduler } = model.core;
      interest.watchInterest({
        interestAdded: (_account, subject, queue) => told.push(`+${subject} ${queue ?? '-'}`),
        interestRemoved: (_account, subject, queue) => told.push(`-${subject} ${queue ?? '-'}`),
      });
      scheduler.runTurn();
      for (const subject of ['a', 'a.*']) {
        one.subscriptions.add(subject, '1');
        other.subscriptions.add(subject, '1');
        one.subscriptions.add(subject, '2', 'q');
        other.subscriptions.add(subject, '2', 'q');
        one.subscriptions.end('1');
        one.subscriptions.end('2');
        other.subscriptions.end('2');
        other.subscriptions.end('1');
        const due = ['+# -', '+# q', '-# q', '-# -'].map((each) => each.replace('#', subject));
        expect(told.splice(0)).to.deep.equal(due);
      }
    });

    it('does not change where permissions filter a subscription', () => {
      one.subscriptions.add('>', '1');
      const told: string[] = [];
      model.core.interest.watchSubscriptions({
        subscribed: () => told.push('began'),
        unsubscribed: () => told.push('ended'),
      });
      admit(one, one.account, new Denying('a'));
      expect(told).to.deep.equal([]);
      expect(subscriptionsOf(one.account).find(({ subject }) => subject === '>')?.filter).to.not.equal(
        undefined,
      );
    });
  });
});
