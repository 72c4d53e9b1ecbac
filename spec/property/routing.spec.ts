import { expect } from 'chai';
import fc from 'fast-check';
import { Sublist } from '../../lib/routing/sublist.js';
import { Harness, pub } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';
import { bruteForce, matches, receiversOf, subscription } from '../support/subscribers.js';

const token = fc.constantFrom('a', 'b', 'c', 'a*', '>b');
const literal = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 3 }),
    fc.oneof(token, fc.constantFrom('*', '>')),
  )
  .map(([head, last]) => [...head, last].join('.'));
/** What may be published: wildcards and empty tokens too. */
const published = fc.oneof(
  { weight: 4, arbitrary: literal },
  pattern,
  fc.constantFrom('', 'a.', '.a', 'a..b'),
);

const step = fc.oneof(
  fc.record({
    op: fc.constant('insert' as const),
    pattern,
    queue: fc.option(fc.constantFrom('q', 'r'), { nil: undefined }),
  }),
  fc.record({ op: fc.constant('remove' as const), which: fc.nat() }),
  fc.record({ op: fc.constant('match' as const), subject: published }),
);

describe('the sublist and trying every subscription', () => {
  for (const cached of [true, false]) {
    it(`agree, ${cached ? 'with' : 'without'} the cache, whatever comes and goes in between`, () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
          const sublist = new Sublist(undefined, cached);
          const inside: ReturnType<typeof subscription>[] = [];
          const seen = new Set<string>();
          const look = (subject: string) =>
            expect(receiversOf(sublist.matchSubject(subject)), subject).to.deep.equal(
              bruteForce(inside, subject),
            );
          for (const each of steps) {
            if (each.op === 'insert') {
              const one = subscription(each.pattern, each.queue);
              inside.push(one);
              sublist.insert(one);
            } else if (each.op === 'remove' && inside.length > 0) {
              const [one] = inside.splice(each.which % inside.length, 1);
              sublist.remove(one!);
            } else if (each.op === 'match') seen.add(each.subject);
            for (const subject of seen) look(subject); // what was right before must be right after
          }
          for (const one of inside) sublist.remove(one);
          expect(sublist.empty).to.equal(true);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('agree on deep subjects, of which there are many at once', () => {
    const word = fc.constantFrom('a', 'b', 'c', '*');
    const deep = fc
      .tuple(
        fc.array(word, { minLength: 1, maxLength: 24 }),
        fc.constantFrom('', '.>', '.*', '.é', '.\udcff'),
      )
      .map(([tokens, end]) => tokens.join('.') + end);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(deep, fc.constantFrom(undefined, undefined, 'q')), {
          minLength: 1,
          maxLength: 300,
        }),
        (wanted) => {
          const sublist = new Sublist();
          const all = wanted.map(([subject, queue]) => subscription(subject, queue));
          const subjects = new Set(
            wanted.map(([subject]) => subject.replaceAll('*', 'a').replaceAll('>', 'b.c')),
          );
          const look = (inside: typeof all) => {
            for (const subject of subjects)
              expect(receiversOf(sublist.matchSubject(subject)), subject).to.deep.equal(
                bruteForce(inside, subject),
              );
          };
          for (const each of all) sublist.insert(each);
          look(all);
          const half = all.length >> 1;
          for (const each of all.slice(0, half)) sublist.remove(each);
          look(all.slice(half));
          for (const each of all.slice(half)) sublist.remove(each);
          expect(sublist.empty).to.equal(true);
          look([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('interns: equal receivers are one object, different ones are not', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 12 }),
        fc.array(literal, { maxLength: 30 }),
        (patterns, subjects) => {
          const sublist = new Sublist();
          for (const each of patterns) sublist.insert(subscription(each));
          const byReceivers = new Map<string, unknown>();
          for (const subject of subjects) {
            // Who is alone on a subject is in the result of no other, and the cache may have dropped it.
            if (patterns.filter((each) => each === subject).length === 1) continue;
            const result = sublist.matchSubject(subject);
            const key = JSON.stringify(receiversOf(result));
            expect(byReceivers.get(key) ?? result).to.equal(result);
            byReceivers.set(key, result);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** One command of a NATS client that subscribes and publishes, with a model of what must come of it. */
const command = fc.oneof(
  { weight: 1, arbitrary: fc.record({ op: fc.constant('sub' as const), subject: pattern, sid: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('unsub' as const), sid: fc.nat(5), max: fc.nat(4) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('pub' as const), subject: literal, reply: fc.boolean() }),
  },
);

interface ModelSub {
  readonly subject: string;
  delivered: number;
  max: number;
}

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

const REPLY = 'reply.to';

/** What one verbose client with no_responders and a subscription 9 to REPLY hears, a list of frames a command. */
function modelled(commands: readonly Command[]): string[][] {
  const subs = new Map<string, ModelSub>();
  return commands.map((each, n) => {
    const heard: string[] = [];
    if (each.op === 'sub') {
      if (!subs.has(`${each.sid}`)) subs.set(`${each.sid}`, { subject: each.subject, delivered: 0, max: 0 });
    } else if (each.op === 'unsub') {
      const sub = subs.get(`${each.sid}`);
      if (sub !== undefined) {
        sub.max = each.max;
        if (each.max <= sub.delivered) subs.delete(`${each.sid}`);
      }
    } else {
      const reply = each.reply ? ` ${REPLY}` : '';
      for (const [sid, sub] of [...subs]) {
        if (!matches(sub.subject, each.subject)) continue;
        heard.push(`MSG ${each.subject} ${sid}${reply} ${String(n).length}\r\n${n}`);
        sub.delivered++;
        if (sub.delivered === sub.max) subs.delete(sid);
      }
      // On whichever of its subscriptions to REPLY comes first in the sublist; which one that is, core.spec.ts says.
      if (heard.length === 0 && each.reply) heard.push(noResponders(REPLY, '*', each.subject));
    }
    return ['+OK', ...heard.sort()];
  });
}

function onWire(each: Command, n: number): string {
  if (each.op === 'sub') return `SUB ${each.subject} ${each.sid}\r\n`;
  if (each.op === 'unsub') return `UNSUB ${each.sid} ${each.max}\r\n`;
  return pub(each.subject, `${n}`, each.reply ? REPLY : undefined);
}

/** Frames as they came, cut before every +OK. */
function perCommand(frames: readonly string[]): string[][] {
  const heard: string[][] = [];
  for (const frame of frames) {
    if (frame === '+OK') heard.push([frame]);
    else heard.at(-1)!.push(frame.replace(/^(HMSG \S+) \d+/, '$1 *'));
  }
  return heard.map(([ok, ...rest]) => [ok!, ...rest.sort()]);
}

describe('a trace of commands', function () {
  this.timeout(30_000);
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());

  it('comes to the same, in one write, cut anywhere, or command by command', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(2_000), { maxLength: 5 }),
        async (commands, cuts) => {
          const bytes = commands.map(onWire).join('');
          const places = [...new Set([0, ...cuts, bytes.length])]
            .filter((place) => place <= bytes.length)
            .sort((a, b) => a - b);
          const ways = [
            [bytes],
            places.slice(1).map((place, i) => bytes.slice(places[i], place)),
            commands.map(onWire),
          ];
          for (const pieces of ways) {
            const client = await harness.connect('nats', {
              options: { ...{ verbose: true, pedantic: false }, headers: true, no_responders: true },
            });
            await client.send(`SUB ${REPLY} 9\r\n`).settle();
            for (const piece of pieces) client.send(piece);
            expect(perCommand(await client.settle())).to.deep.equal(modelled(commands));
            client.end();
            await client.closed;
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('comes to the same for a subscriber elsewhere, subscription by subscription', async () => {
    const patterns = ['a', 'a.*', '>', 'b.>', '*.b', 'a.b.c'];
    await fc.assert(
      fc.asyncProperty(fc.array(literal, { minLength: 1, maxLength: 80 }), async (subjects) => {
        const subscriber = await harness.connect('nats');
        const publisher = await harness.connect('nats');
        await subscriber.send(...patterns.map((each, sid) => `SUB ${each} ${sid}\r\n`)).settle();
        publisher.send(subjects.map((subject, n) => pub(subject, `${n}`)).join(''));
        await publisher.settle();
        const heard = await subscriber.settle();
        for (const [sid, each] of patterns.entries()) {
          const mine = heard
            .filter((frame) => frame.split(' ')[2] === `${sid}`)
            .map((frame) => frame.split('\n')[1]);
          const due = [...subjects.keys()].filter((n) => matches(each, subjects[n]!));
          expect(mine, each).to.deep.equal(due.map(String));
        }
        for (const peer of [subscriber, publisher]) {
          peer.end();
          await peer.closed;
        }
      }),
      { numRuns: 60 },
    );
  });
});
