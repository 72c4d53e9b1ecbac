import { expect } from 'chai';
import { configOf, problemsOf } from '../../support/config/problems.js';

describe('config/schema/mappings', () => {
  it('reads a destination, one with its weight, and lists of these', () => {
    const { mappings, accounts } = configOf(`
      [mappings]
      plain = "mapped"
      "one.*" = { dest = "two.$1", weight = 30 }
      [accounts.A.mappings]
      "many.>" = [{ dest = "x.>", weight = "20%" }, { dest = "y.>", weight = 80 }, { dest = "z.>", weight = 5, cluster = "e" }]`);
    expect(mappings).to.deep.equal([
      { subject: 'plain', destinations: [{ subject: 'mapped', weight: 100 }] },
      { subject: 'one.*', destinations: [{ subject: 'two.$1', weight: 30 }] },
    ]);
    expect(accounts[0]?.mappings).to.deep.equal([
      {
        subject: 'many.>',
        destinations: [
          { subject: 'x.>', weight: 20 },
          { subject: 'y.>', weight: 80 },
          { subject: 'z.>', weight: 5, cluster: 'e' },
        ],
      },
    ]);
    expect(configOf('').mappings).to.deep.equal([]);
  });

  const WEIGHT = 'not a weight, allowed: a whole number from 0 to 100, or one in text such as "25%"';
  const wrong: readonly (readonly [toml: string, ...says: string[]])[] = [
    ['mappings = 1', 'mappings: not a table, allowed: subjects with their destinations'],
    [
      'mappings = { "a..b" = "c" }',
      'mappings."a..b": not usable, allowed: a subject, where * is any token and > at the end all that follow',
    ],
    [
      'mappings = { a = 1 }',
      'mappings.a = 1: not a destination, allowed: a subject, where $1 is what the first * stands for',
    ],
    ['mappings = { a = { dest = "b" } }', 'mappings.a.weight: missing'],
    ['mappings = { a = { dest = "b", weight = 101 } }', `mappings.a.weight = 101: ${WEIGHT}`],
    ['mappings = { a = [{ dest = "b", weight = "1.5" }] }', `mappings.a[0].weight = "1.5": ${WEIGHT}`],
    [
      'mappings = { a = { dest = "b", weight = 1, wieght = 1 } }',
      'mappings.a.wieght: unknown key, did you mean weight?',
    ],
    [
      'mappings = { "a.*" = "b.$2" }',
      'mappings."a.*"[0].dest = "b.$2": invalid mapping destination: wildcard index out of range in $2: [2]',
    ],
    [
      'accounts.A.mappings = { a = [{ dest = "b", weight = 60 }, { dest = "b", weight = 50 }] }',
      'accounts.A.mappings.a[1].dest = "b": duplicate entry for "b"',
      'accounts.A.mappings.a[1].weight = 50: total weight needs to be <= 100',
    ],
  ];
  for (const [toml, ...says] of wrong) {
    it(`refuses ${toml}`, () => expect(problemsOf(toml)).to.deep.equal(says));
  }

  it('counts weights for each cluster apart', () => {
    const toml =
      'mappings = { a = [{ dest = "b", weight = 60 }, { dest = "c", weight = 60, cluster = "e" }, { dest = "d", weight = 60, cluster = "f" }] }';
    expect(problemsOf(toml)).to.deep.equal([]);
  });
});
