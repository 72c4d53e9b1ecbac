import { expect } from 'chai';
import fc from 'fast-check';
import { Harness, pub, QUIET } from '../support/harness.js';
import { matches } from '../support/subscribers.js';

const NAMES = ['A', 'B', 'C'] as const;
type Name = (typeof NAMES)[number];

const name = fc.constantFrom(...NAMES);
const token = fc.constantFrom('a', 'b', 'c');
const literal = fc.array(token, { minLength: 1, maxLength: 3 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 2 }),
    fc.oneof(token, fc.constantFrom('*', '>')),
  )
  .map(([head, last]) => [...head, last].join('.'));

/** A stream import: the same subject, under a prefix, or its wildcards elsewhere. */
interface Import {
  readonly from: Name;
  readonly subject: string;
  readonly how: 'same' | 'prefix' | 'to';
}

interface Sub {
  readonly account: Name;
  readonly pattern: string;
  readonly queue: string | undefined;
}

const stream = fc.record({
  from: name,
  subject: pattern,
  how: fc.constantFrom<Import['how']>('same', 'prefix', 'to'),
});
/** No account may import the same twice. */
const streams = fc.uniqueArray(stream, {
  maxLength: 2,
  selector: ({ from, subject }) => `${from} ${subject}`,
});
const imports = fc.record({ A: streams, B: streams, C: streams });
const subscription: fc.Arbitrary<Sub> = fc.record({
  account: name,
  pattern: fc.oneof(
    fc.constant('>'),
    pattern,
    pattern.map((each) => `pre.${each}`),
    pattern.map((each) => `to.${each}`),
  ),
  queue: fc.constantFrom(undefined, undefined, 'q', 'q', 'r'),
});

/** Subject of a message as an import brings it; undefined: not at all. */
function broughtBy({ subject, how }: Import, published: string): string | undefined {
  if (!matches(subject, published)) return undefined;
  if (how === 'same') return published;
  if (how === 'prefix') return `pre.${published}`;
  const have = published.split('.');
  const wild = subject
    .split('.')
    .flatMap((each, i) => (each === '*' ? [have[i]!] : each === '>' ? have.slice(i) : []));
  return ['to', ...wild].join('.');
}

/** The same as settings. */
function importOf({ from, subject, how }: Import): object {
  const wild = subject.split('.').filter((each) => each === '*' || each === '>');
  const way = how === 'prefix' ? { prefix: 'pre' } : how === 'to' ? { to: ['to', ...wild].join('.') } : {};
  return { stream: { account: from, subject }, ...way };
}

/** What comes of a message: what each plain subscription hears of it, and for each queue group who may be its one. */
function expected(
  all: Readonly<Record<Name, readonly Import[]>>,
  subs: readonly Sub[],
  from: Name,
  subject: string,
) {
  const places: [account: Name, subject: string][] = [[from, subject]];
  for (const importer of NAMES) {
    for (const each of all[importer]) {
      const brought = each.from === from ? broughtBy(each, subject) : undefined;
      if (brought !== undefined) places.push([importer, brought]);
    }
  }
  const plain: string[] = [];
  const groups = new Map<string, Set<string>>();
  for (const [account, heard] of places) {
    for (const [sid, sub] of subs.entries()) {
      if (sub.account !== account || !matches(sub.pattern, heard)) continue;
      if (sub.queue === undefined) plain.push(`${sid} ${heard}`);
      else groups.set(sub.queue, (groups.get(sub.queue) ?? new Set()).add(`${sid} ${heard}`));
    }
  }
  return { plain: plain.sort(), groups };
}

describe('accounts with stream imports and their reference implementation', function () {
  this.timeout(60_000);

  it('agree who hears what, under which subject, how often and in which order', async () => {
    await fc.assert(
      fc.asyncProperty(
        imports,
        fc.array(subscription, { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(name, literal), { minLength: 1, maxLength: 12 }),
        async (drawn, subs, messages) => {
          const before = (from: Name, importer: Name) => NAMES.indexOf(from) < NAMES.indexOf(importer); // no cycles
          const usable = (importer: Name) => drawn[importer].filter(({ from }) => before(from, importer));
          const all = { A: usable('A'), B: usable('B'), C: usable('C') };
          const harness = await Harness.start({
            accounts: Object.fromEntries(
              NAMES.map((each) => [
                each,
                {
                  users: [{ user: each, password: 'p' }],
                  exports: [{ stream: '>' }],
                  imports: all[each].map(importOf),
                },
              ]),
            ) as never,
          });
          try {
            const as = (user: Name) => harness.connect('nats', { options: { ...QUIET, user, pass: 'p' } });
            const subscribers = { A: await as('A'), B: await as('B'), C: await as('C') };
            const publishers = { A: await as('A'), B: await as('B'), C: await as('C') };
            for (const [sid, { account, pattern: subject, queue }] of subs.entries())
              subscribers[account].send(`SUB ${subject} ${queue === undefined ? '' : `${queue} `}${sid}\r\n`);
            for (const each of NAMES) await subscribers[each].settle();
            for (const [n, [account, subject]] of messages.entries())
              await publishers[account].send(pub(subject, `${n}`)).settle();
            const heard = messages.map((): string[] => []);
            for (const each of NAMES) {
              let last = 0;
              for (const frame of await subscribers[each].settle()) {
                const [, subject, sid] = frame.split(' ');
                const n = Number(frame.split('\n')[1]);
                expect(n, 'in order').to.be.at.least(last);
                last = n;
                heard[n]!.push(`${sid} ${subject}`);
              }
            }
            for (const [n, [account, subject]] of messages.entries()) {
              const { plain, groups } = expected(all, subs, account, subject);
              const got = heard[n]!;
              const isQueued = (each: string) => subs[Number.parseInt(each, 10)]!.queue !== undefined;
              expect(got.filter((each) => !isQueued(each)).sort(), subject).to.deep.equal(plain);
              const members = got.filter(isQueued);
              expect(members, 'one of each group').to.have.length(groups.size);
              for (const each of members)
                expect(groups.get(subs[Number.parseInt(each, 10)]!.queue!)).to.include(each);
            }
          } finally {
            await harness.stop();
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
