/** A few seconds of `make fuzz` at a live broker, from fixed seeds. */
import { expect } from 'chai';
import { dialectOf, FORGED, generate } from '../../tools/soak/fuzz/generate.js';
import { isForged, oddities, Target } from '../../tools/soak/fuzz/target.js';

const BOX_MS = 1_200;
const MOST_CASES = 150;

for (const [name, restricted] of [
  ['a live broker', false],
  ['a live broker with permissions and low limits', true],
] as const) {
  describe(`fuzz: ${name}`, () => {
    let target: Target;
    before(async () => {
      target = await Target.start(restricted);
    });
    after(() => target.stop());

    it('sends no client an invalid frame, harms no canary, and lets every connection go', async () => {
      const until = performance.now() + BOX_MS;
      for (let seed = 1; seed <= MOST_CASES && (seed < 10 || performance.now() < until); seed++) {
        const dialect = dialectOf(seed);
        expect(await target.run(generate(seed, dialect), dialect, seed), `seed ${seed}`).to.equal(undefined);
      }
      expect(target.cases).to.be.at.least(9);
    });
  });
}

describe('fuzz: what a broker says', () => {
  it('is forged only where the whole topic is the one in payloads', () => {
    const forged = (line: string) => isForged(Buffer.from(`OK PUB b\n${line}`), 9 + line.indexOf('y'));
    expect(forged(`UPDATE ${FORGED} y`)).to.equal(true);
    for (const topic of [`a${FORGED}`, `a.${FORGED}`, FORGED.slice(1), `é${FORGED}`])
      expect(forged(`UPDATE ${topic} y`), topic).to.equal(false);
    expect(isForged(Buffer.from('y'), 0)).to.equal(false);
    for (const topic of [`${FORGED}b`, `a${FORGED}`])
      expect(oddities(Buffer.from(`UPDATE ${topic} y\n`), 'line')).to.equal(undefined);
  });

  it('would be found out if it forged a line, or said something odd', () => {
    expect(oddities(Buffer.from(`OK SUB a\nUPDATE ${FORGED} y\n`), 'line')).to.equal(
      'a line client read a forged line',
    );
    expect(oddities(Buffer.from('UPDATE a x\nWHAT\n'), 'line')).to.equal('a line client read "WHAT"');
    expect(oddities(Buffer.from('INFO {} \r\nMSG a 1 3\r\nhi\r\nPONG\r\n'), 'nats')).to.match(
      /^a NATS client read/,
    );
    expect(oddities(Buffer.from("INFO {} \r\nMSG a 1 2\r\nhi\r\n-ERR 'x'\r\n"), 'nats')).to.equal(undefined);
  });
});
