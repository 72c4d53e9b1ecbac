import { expect } from 'chai';
import fc from 'fast-check';
import type { Task } from '../../lib/clients/scheduler.js';
import type { Sink, Subscription } from '../../lib/clients/subscription.js';
import { Work } from '../../lib/clients/work.js';
import { Account } from '../../lib/routing/account.js';
import { InterestListeners } from '../../lib/routing/interest-listeners.js';
import { LITERAL_TABLES, literalTableOf } from '../../lib/routing/literals.js';
import { InterestPicture, interestOf } from '../support/interest-pictures.js';
import { subscription } from '../support/subscribers.js';

const SUBJECTS = [
  'a',
  'b.c',
  'é.x',
  'long'.repeat(40),
  '*',
  '>',
  'a.*',
  'a.>',
  'a.*.b',
  '*.b',
  '*.b.>',
  'a.b.*',
];
const subject = fc.constantFrom(...SUBJECTS);
const accountName = fc.constantFrom('A', 'B');
const queue = fc.option(fc.constantFrom('q', 'r'), { nil: undefined });
const insert = fc.record({ op: fc.constant('insert' as const), account: accountName, subject, queue });
const change = fc.oneof(
  { weight: 6, arbitrary: insert },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('remove' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('sink' as const),
      account: accountName,
      subject,
      isAdvertised: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('detach' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('account' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('listen' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({ op: fc.constant('slice' as const), units: fc.constantFrom(1, 30, 300) }),
  },
);
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

/** Accounts whose listeners are told in slices as small as wanted. */
class Model {
  readonly accounts = new Map<string, Account>();
  readonly pictures: InterestPicture[] = [];
  readonly faults: unknown[] = [];
  readonly listeners: InterestListeners;
  private readonly work = new Work();
  private tasks: Task[] = [];
  private readonly inside: { readonly account: Account; readonly subscription: Subscription }[] = [];
  private readonly sinks: { readonly account: Account; readonly owner: object }[] = [];

  constructor() {
    const scheduler = { work: this.work, add: (task: Task) => this.tasks.push(task) };
    this.listeners = new InterestListeners({ accounts: this.accounts, scheduler }, (error) =>
      this.faults.push(error),
    );
  }

  account(name: string): Account {
    let account = this.accounts.get(name);
    if (account === undefined) {
      account = new Account(name, this.work, this.listeners);
      this.accounts.set(name, account);
    }
    return account;
  }

  apply(step: Change): void {
    if (step.op === 'insert') {
      const account = this.account(step.account);
      const inserted = subscription(step.subject, step.queue);
      account.interest.insert(inserted);
      this.inside.push({ account, subscription: inserted });
    } else if (step.op === 'remove' && this.inside.length > 0) {
      const [one] = this.inside.splice(step.which % this.inside.length, 1);
      one!.account.interest.remove(one!.subscription);
    } else if (step.op === 'sink') {
      const { isAdvertised } = step;
      const owner: Sink = { kind: 'service', owner: this, units: 0, isAdvertised, take: () => 0 };
      const account = this.account(step.account);
      account.interest.attach(owner, owner, step.subject);
      this.sinks.push({ account, owner });
    } else if (step.op === 'detach' && this.sinks.length > 0) {
      const [one] = this.sinks.splice(step.which % this.sinks.length, 1);
      one!.account.interest.detach(one!.owner);
    } else if (step.op === 'account') {
      const account = this.account(`N${this.accounts.size}`);
      account.interest.insert(subscription('a'));
      account.interest.insert(subscription('a.*'));
    } else if (step.op === 'listen') {
      const picture = new InterestPicture();
      this.listeners.watchInterest(picture);
      this.pictures.push(picture);
    } else if (step.op === 'slice') this.slice(step.units);
  }

  /** Runs each task until it has done so many units of work. */
  slice(units: number): void {
    this.tasks = this.tasks.filter((task) => {
      this.work.begin(units);
      return !task.run();
    });
  }

  drain(): void {
    while (this.tasks.length > 0) this.slice(1_000);
  }

  check(): void {
    expect(this.faults).to.deep.equal([]);
    const real = interestOf(this.accounts.values());
    for (const { there, wrong, isComplete } of this.pictures) {
      expect(wrong).to.deep.equal([]);
      for (const key of there) expect(real.has(key), key).to.equal(true);
      if (isComplete) expect(there.size).to.equal(real.size);
    }
  }
}

describe('the interest that a late listener is told of', () => {
  it('is right at every step, though subscriptions change between its slices', function () {
    this.timeout(30_000);
    let finished = 0;
    fc.assert(
      fc.property(
        fc.array(insert, { maxLength: 30 }),
        fc.array(change, { minLength: 1, maxLength: 120 }),
        (first, steps) => {
          const model = new Model();
          for (const step of first) model.apply(step);
          model.apply({ op: 'listen' });
          for (const step of steps) {
            model.apply(step);
            model.check();
          }
          model.drain();
          model.check();
          expect(model.pictures.every(({ isComplete }) => isComplete)).to.equal(true);
          finished += model.pictures.length;
        },
      ),
      { numRuns: 600 },
    );
    expect(finished).to.be.at.least(600);
  });

  it('is right though every literal subject changes before every slice', () => {
    const model = new Model();
    const { interest } = model.account('A');
    const byTable = new Map<number, Subscription>();
    for (let n = 0; byTable.size < LITERAL_TABLES; n++)
      if (!byTable.has(literalTableOf(`s.${n}`)))
        byTable.set(literalTableOf(`s.${n}`), subscription(`s.${n}`));
    for (const each of byTable.values()) interest.insert(each);
    model.apply({ op: 'listen' });
    let slices = 0;
    for (; model.pictures[0]?.isComplete === false; slices++) {
      for (const each of byTable.values()) {
        interest.remove(each);
        model.check();
        interest.insert(each);
        model.check();
      }
      model.slice(1);
    }
    expect(slices).to.be.at.least(LITERAL_TABLES);
    model.check();
  });

  it('is reported in slices, of one table of subjects or one pattern at least', () => {
    const model = new Model();
    const account = model.account('A');
    for (let n = 0; n < 20_000; n++) account.interest.insert(subscription(n % 2 ? `s.${n}` : `s.${n}.*`));
    const picture = new InterestPicture();
    model.listeners.watchInterest(picture);
    let most = 0;
    for (let before = 0; !picture.isComplete; before = picture.there.size) {
      model.slice(1);
      most = Math.max(most, picture.there.size - before);
    }
    expect(picture.there.size).to.equal(20_000);
    expect(most).to.be.below(1_000);
  });

  it('ends with the listener', () => {
    const model = new Model();
    const account = model.account('A');
    for (const each of SUBJECTS) account.interest.insert(subscription(each));
    const picture = new InterestPicture();
    const unwatch = model.listeners.watchInterest(picture);
    while (picture.there.size === 0) model.slice(1);
    const told = picture.there.size;
    unwatch();
    model.drain();
    account.interest.insert(subscription('other'));
    expect(picture.there.size).to.equal(told);
    expect(picture.isComplete).to.equal(false);
    expect(model.listeners.isListening).to.equal(false);
  });
});
