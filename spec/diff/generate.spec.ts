import { expect } from 'chai';
import { generate } from '../../tools/diff/generate.js';
import { bytesOf, type Session, writesOf } from '../../tools/diff/session.js';
import { VARIANTS } from '../../tools/diff/variants.js';

const SEEDS = Array.from({ length: 400 }, (_, i) => i);

function allBytes(sessions: readonly Session[]): string {
  return sessions.flatMap(({ steps }) => steps.map((step) => bytesOf(step).toString('latin1'))).join('');
}

describe('diff: the generator', () => {
  for (const variant of VARIANTS) {
    describe(`variant ${variant.name}`, () => {
      const sessions = SEEDS.map((seed) => generate(seed, variant));

      it('makes the same session of the same seed', () => {
        expect(SEEDS.map((seed) => generate(seed, variant))).to.deep.equal(sessions);
      });

      it('makes sessions of one to four clients, each step of one of them', () => {
        expect(new Set(sessions.map(({ clients }) => clients))).to.deep.equal(new Set([1, 2, 3, 4]));
        for (const { clients, steps } of sessions)
          for (const { client } of steps) expect(client).to.be.within(0, clients - 1);
      });

      it('cuts only inside, and loses no byte', () => {
        for (const { steps } of sessions) {
          for (const step of steps) {
            const writes = writesOf(step);
            expect(Buffer.concat(writes).equals(bytesOf(step))).to.equal(true);
            if (step.cuts.length > 0) expect(writes.every(({ length }) => length > 0)).to.equal(true);
          }
        }
        expect(sessions.some(({ steps }) => steps.some(({ cuts }) => cuts.length > 1))).to.equal(true);
      });

      it('sends in one write what nats-server takes differently in two', () => {
        for (const { steps } of sessions) {
          for (const step of steps) {
            if (/hmsg|-err/i.test(bytesOf(step).toString('latin1'))) expect(step.cuts).to.deep.equal([]);
          }
        }
      });

      it('says everything that clients say', () => {
        const text = allBytes(sessions);
        for (const pattern of [
          /CONNECT \{"/,
          /cOnN|cONN|COnn|Conn|connect/,
          /SUB [^ ]+ \d+\r\n/,
          /SUB [^ ]+ q \d+\r\n/,
          /UNSUB \d+ \d+\r\n/,
          /PUB [^ ]+ \d+\r\n/,
          /PUB [^ ]+ _INBOX[^ ]+ \d+\r\n/,
          /HPUB [^ ]+ \d+ \d+\r\nNATS/,
          /PING\r\n/,
          /PONG\r\n/,
          /HMSG/i,
          /[^\r]\n/,
          /\t/,
          /"no_responders":true/,
          /\xc3\xa9/,
          /\xff/,
        ])
          expect(pattern.test(text), String(pattern)).to.equal(true);
      });
    });
  }

  it('keeps to fewer clients where it is told so', () => {
    for (const seed of SEEDS) expect(generate(seed, VARIANTS[0]!, 1).clients).to.equal(1);
  });

  it('never ends a subscription of a queue group after some messages: who gets them is random', () => {
    for (const seed of SEEDS) {
      for (const [client, text] of sentBy(generate(seed, VARIANTS[0]!)).entries()) {
        const queued = [...text.matchAll(/^SUB +\S+ +[qr] +(\d+)\r$/gm)].map(([, sid]) => sid);
        const limited = [...text.matchAll(/^UNSUB +(\d+) +[1-9]\r$/gm)].map(([, sid]) => sid);
        const both = limited.filter((sid) => queued.includes(sid));
        expect(both, `seed ${seed}, client ${client}`).to.deep.equal([]);
      }
    }
  });
});

function sentBy({ clients, steps }: Session): string[] {
  return Array.from({ length: clients }, (_, client) =>
    steps
      .filter((step) => step.client === client)
      .map((step) => bytesOf(step).toString('latin1'))
      .join(''),
  );
}
