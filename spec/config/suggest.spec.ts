import { expect } from 'chai';
import { closest } from '../../lib/config/suggest.js';

describe('config/suggest', () => {
  const candidates = ['listener', 'flow.high_water', 'flow.low_water', 'log.level'];
  const rows: readonly [string, string | undefined][] = [
    ['listner', 'listener'],
    ['listenre', 'listener'],
    ['LISTENER', 'listener'],
    ['flow.highwater', 'flow.high_water'],
    ['log.levels', 'log.level'],
    ['colour', undefined],
    ['', undefined],
  ];
  for (const [word, meant] of rows) {
    it(`${JSON.stringify(word)}: ${meant ? `did you mean ${meant}?` : 'no suggestion'}`, () =>
      expect(closest(word, candidates)).to.equal(meant));
  }
});
