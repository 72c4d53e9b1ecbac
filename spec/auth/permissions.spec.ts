import { expect } from 'chai';
import fc from 'fast-check';
import { SubjectPermissions } from '../../lib/auth/permissions.js';
import type { PermissionsConfig } from '../../lib/config/shapes.js';
import type { DeliveryFilter } from '../../lib/domain/permissions.js';
import { covers } from '../../lib/domain/subject.js';
import { hashBytes } from '../../lib/frame/hash.js';
import { ReferencePermissions } from '../support/auth/reference-permissions.js';

type Ask = 'PUB' | 'SUB';
type Row = readonly [
  rules: PermissionsConfig,
  ask: Ask,
  allowed: readonly string[],
  refused: readonly string[],
];

const sub = (allow?: readonly string[], deny?: readonly string[]): PermissionsConfig => ({
  subscribe: { ...(allow && { allow }), ...(deny && { deny }) },
});
const pub = (allow?: readonly string[], deny?: readonly string[]): PermissionsConfig => ({
  publish: { ...(allow && { allow }), ...(deny && { deny }) },
});

/** Rules, and what may be published or subscribed to (`subject queue`) under them; seen on nats-server 2.15.3. */
const SEEN: readonly Row[] = [
  [{}, 'PUB', ['foo', '>', 'a..b'], []],
  [{}, 'SUB', ['foo', '>', 'foo q'], []],
  [
    pub(['a.*', 'b.>'], ['a.x']),
    'PUB',
    ['a.y', 'a.*', 'b.*', 'b.>', 'a.>'],
    ['a.x', 'b', 'b..c', 'c', '>', 'a.b.c'],
  ],
  [pub(undefined, ['a']), 'PUB', ['foo', 'a..b', '*', 'a.b'], ['a']],
  [pub(['a']), 'SUB', ['a', 'b', '>'], []],
  [sub(['foo.*']), 'PUB', ['any.thing'], []],
  [sub(['foo.*']), 'SUB', ['foo.*', 'foo.a', 'foo.* q'], ['foo.a.b', '*.a', '>', 'foo..a', 'foo']],
  [sub(['foo.>']), 'SUB', ['foo.>', 'foo.*.b', 'foo.*'], ['foo', '>', '*.>']],
  [
    sub(undefined, ['foo.*']),
    'SUB',
    ['foo.a.b', '*.a', '>', 'foo..a', 'foo'],
    ['foo.>', 'foo.*', 'foo.a', 'foo.* q'],
  ],
  [
    sub(undefined, ['foo.a.b', 'foo.x.*']),
    'SUB',
    ['foo.>', 'foo.*.*', 'foo.*.b', 'foo.*.c', '*.a.b', '>', '*.*.*', '*'],
    ['foo.x.>', 'foo.a.b', 'foo.x.y'],
  ],
  [
    sub(['foo', 'foo v1', 'bar v.*', 'baz *', 'qux >']),
    'SUB',
    ['foo', 'foo v1', 'bar v.1', 'bar v.*', 'baz q', 'qux a.b'],
    ['foo v2', 'bar', 'bar v.1.2', 'baz', 'baz a.b'],
  ],
  [
    sub(undefined, ['foo', 'foo v1', 'bar v.*']),
    'SUB',
    ['bar', 'bar v.1.2', 'bar v.>', '> v.1', '* v.1'],
    // 2.10 lets members of v2 in, though foo is denied to all.
    ['foo', 'foo v2', 'foo v1', 'bar v.1', 'bar v.*'],
  ],
];

/** Where there is a difference, on purpose, or another meaning of the same words. */
const OURS: readonly Row[] = [
  // nats-server allows foo.>, taking the `>` for a token.
  [sub(['foo.*']), 'SUB', ['foo.*'], ['foo.>']],
  // In a file of nats-server an empty list is no list.
  [sub([]), 'SUB', [], ['foo', 'foo q', '>']],
  [pub([]), 'PUB', [], ['foo']],
  [{ responses: { max: 1, expiresMs: 0 } }, 'PUB', [], ['foo']],
  [{ ...pub(['a']), responses: { max: 1, expiresMs: 0 } }, 'PUB', ['a'], ['foo']],
  [{ ...pub(undefined, ['a']), responses: { max: 1, expiresMs: 0 } }, 'PUB', [], ['a', 'foo']],
  // Rules that are no subjects match nothing.
  [sub(['a b c', 'foo.>.bar', '..', 'ok']), 'SUB', ['ok'], ['a', 'a b', 'foo.x.bar']],
  [pub(['grün.*', 'a b']), 'PUB', ['grün.x'], ['grun.x', 'a']],
  [sub(['grün.> ä']), 'SUB', ['grün.x ä'], ['grün.x', 'grün.x a']],
];

function publishes(permissions: SubjectPermissions, subject: string): boolean {
  const bytes = Buffer.from(`<${subject}>`);
  return permissions.mayPublish(bytes, 1, bytes.length - 1, hashBytes(bytes, 1, bytes.length - 1));
}

function receives(permissions: DeliveryFilter, subject: string): boolean {
  const bytes = Buffer.from(`<${subject}>`);
  return permissions.mayReceive(bytes, 1, bytes.length - 1, hashBytes(bytes, 1, bytes.length - 1));
}

function asks(permissions: SubjectPermissions, ask: Ask, words: string): boolean {
  if (ask === 'PUB') return publishes(permissions, words);
  const [subject = '', queue] = words.split(' ');
  return permissions.maySubscribe(subject, queue);
}

describe('permissions', () => {
  for (const [rules, ask, allowed, refused] of [...SEEN, ...OURS]) {
    it(`${JSON.stringify(rules)}: ${ask} ${allowed.join(', ')}, but not ${refused.join(', ')}`, () => {
      const permissions = new SubjectPermissions(rules);
      for (let time = 0; time < 2; time++) {
        for (const each of allowed) expect(asks(permissions, ask, each), each).to.equal(true);
        for (const each of refused) expect(asks(permissions, ask, each), each).to.equal(false);
      }
    });
  }

  it('say whether publishing is restricted at all', () => {
    expect(new SubjectPermissions(sub(['a'], ['b'])).restrictsPublish).to.equal(false);
    expect(new SubjectPermissions(pub(undefined, [])).restrictsPublish).to.equal(false);
    expect(new SubjectPermissions(pub([])).restrictsPublish).to.equal(true);
    expect(new SubjectPermissions(pub(undefined, ['a'])).restrictsPublish).to.equal(true);
    expect(new SubjectPermissions({ responses: { max: 1, expiresMs: 1 } }).restrictsPublish).to.equal(true);
  });

  it('pass on what is said of responses', () => {
    expect(new SubjectPermissions({}).responses).to.equal(undefined);
    const responses = { max: -1, expiresMs: 5 };
    expect(new SubjectPermissions({ responses }).responses).to.deep.equal(responses);
  });

  it('filter subscriptions that overlap with what is denied', () => {
    const permissions = new SubjectPermissions(sub(undefined, ['foo.x.*', 'bar q']));
    for (const each of ['>', 'foo.>', 'foo.*.a', '*.x.*', 'foo.x.*']) {
      expect(permissions.filterFor(each, undefined), each).to.equal(permissions);
    }
    for (const each of ['foo.x.a', 'foo.*', 'bar', '*', 'bar.*', 'foo.y.>']) {
      expect(permissions.filterFor(each, undefined), each).to.equal(undefined);
    }
    expect(receives(permissions, 'foo.x.a')).to.equal(false);
    expect(receives(permissions, 'foo.y.a')).to.equal(true);
    expect(receives(permissions, 'bar')).to.equal(true);
    expect(new SubjectPermissions(sub(['a'])).filterFor('>', 'q')).to.equal(undefined);
    expect(receives(new SubjectPermissions(sub(['a'])), 'b')).to.equal(true);
  });

  it('filter what is denied to a queue group, for its members only', () => {
    const permissions = new SubjectPermissions(sub(['in.>'], ['in.secret.> workers', 'in.none']));
    const workers = permissions.filterFor('in.>', 'workers')!;
    expect(permissions.filterFor('in.*.x', 'workers')).to.equal(workers);
    for (const subject of ['in.secret.x', 'in.none']) expect(receives(workers, subject)).to.equal(false);
    expect(receives(workers, 'in.open')).to.equal(true);
    for (const queue of [undefined, 'others']) {
      const filter = permissions.filterFor('in.>', queue)!;
      expect(receives(filter, 'in.secret.x')).to.equal(true);
      expect(receives(filter, 'in.none')).to.equal(false);
    }
    expect(permissions.maySubscribe('in.none', 'workers')).to.equal(false);
  });

  it('keep verdicts for some queue groups only, and decide the same for all', () => {
    const permissions = new SubjectPermissions(sub(undefined, ['a.b *']));
    for (let i = 0; i < 100; i++) {
      const filter = permissions.filterFor('a.*', `q${i}`)!;
      expect([receives(filter, 'a.b'), receives(filter, 'a.c')]).to.deep.equal([false, true]);
      expect(permissions.filterFor('a.*', `q${i}`) === filter).to.equal(i < 64);
    }
  });

  it('tell subjects apart that are not UTF-8', () => {
    const permissions = new SubjectPermissions(pub(['a.\ufffd'], undefined));
    const bytes = Buffer.from([0x61, 0x2e, 0xff]);
    expect(permissions.mayPublish(bytes, 0, 3, hashBytes(bytes, 0, 3))).to.equal(false);
    expect(publishes(permissions, 'a.\ufffd')).to.equal(true);
  });

  it('decide as before whatever was asked in between, also with every hash the same', () => {
    const permissions = new SubjectPermissions(pub(['a.*'], ['a.7']));
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5_000; i++) {
        const bytes = Buffer.from(`${i % 3 === 0 ? 'a' : 'b'}.${i % 2_000}`);
        const hash = round === 0 ? 1 : hashBytes(bytes, 0, bytes.length);
        const expected = i % 3 === 0 && i % 2_000 !== 7;
        expect(permissions.mayPublish(bytes, 0, bytes.length, hash)).to.equal(expected);
      }
    }
  });
});

const TOKENS = ['a', 'b', 'a*', '*', '>'];

function allSubjects(tokens: number): string[] {
  let all = [''];
  const subjects: string[] = [];
  for (let i = 0; i < tokens; i++) {
    all = all.flatMap((head) => ['a', 'b', 'c', 'a*'].map((token) => (i === 0 ? token : `${head}.${token}`)));
    subjects.push(...all);
  }
  return subjects;
}

/** As many tokens as any pattern, and one more for its `>`. */
const UNIVERSE = allSubjects(4);

const pattern = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'a*', '*'), { maxLength: 2 }), fc.constantFrom(...TOKENS))
  .map(([head, last]) => [...head, last].join('.'));
const rule = fc.oneof(
  { weight: 3, arbitrary: pattern },
  fc.tuple(pattern, fc.constantFrom('a', 'b', '*', 'a.*', '>', 'a.b')).map((words) => words.join(' ')),
);
const lists = (each: fc.Arbitrary<string>) =>
  fc.record(
    { allow: fc.array(each, { maxLength: 4 }), deny: fc.array(each, { maxLength: 3 }) },
    { requiredKeys: [] },
  );
const rules = fc.record(
  { publish: lists(pattern), subscribe: lists(rule), responses: fc.constant({ max: 1, expiresMs: 1 }) },
  { requiredKeys: [] },
);
const asked = fc.oneof(pattern, fc.constantFrom('a..b', '', '.', 'c.c', 'a.b.c.a'));

describe('permissions and their reference implementation', () => {
  it('agree', () => {
    fc.assert(
      fc.property(rules, fc.array(asked, { minLength: 1, maxLength: 8 }), (config, subjects) => {
        const permissions = new SubjectPermissions(config);
        const reference = new ReferencePermissions(config, UNIVERSE);
        for (const subject of [...subjects, ...subjects]) {
          expect(publishes(permissions, subject), `PUB ${subject}`).to.equal(reference.mayPublish(subject));
          expect(receives(permissions, subject), `MSG ${subject}`).to.equal(reference.mayReceive(subject));
          for (const queue of [undefined, 'a', 'a.b']) {
            const filter = permissions.filterFor(subject, queue);
            expect(filter !== undefined, `filter ${subject} ${queue}`).to.equal(
              reference.filters(subject, queue),
            );
            if (filter === undefined) continue;
            for (const each of UNIVERSE.filter((one) => covers(subject, one))) {
              const said = `MSG ${each} for ${subject} ${queue}`;
              expect(receives(filter, each), said).to.equal(reference.mayReceive(each, queue));
            }
          }
          for (const queue of [undefined, 'a', 'b', 'a.b', '*', 'a.*', '>']) {
            const said = `SUB ${subject} ${queue}`;
            expect(permissions.maySubscribe(subject, queue), said).to.equal(
              reference.maySubscribe(subject, queue),
            );
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});
