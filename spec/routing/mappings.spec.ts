import { expect } from 'chai';
import { type MappingDestination, Mappings } from '../../lib/routing/mappings.js';

/** Mappings of an account; a text is the only destination. */
function mappings(
  plans: Readonly<Record<string, string | readonly MappingDestination[]>>,
  cluster?: string,
  random?: () => number,
): Mappings {
  const all = Object.entries(plans).map(([subject, given]) => ({
    subject,
    destinations: typeof given === 'string' ? [{ subject: given, weight: 100 }] : given,
  }));
  return new Mappings(all, cluster, random);
}

/** What comes of each percent that may be drawn. */
function counts(
  destinations: readonly MappingDestination[],
  cluster?: string,
  subject = 'a',
): Record<string, number> {
  let drawn = 0;
  const mapped = mappings({ [subject]: destinations }, cluster, () => drawn / 100);
  const found: Record<string, number> = {};
  for (drawn = 0; drawn < 100; drawn++) {
    const name = mapped.map(subject.replace('*', 'x')) ?? 'unmapped';
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

describe('routing/mappings', () => {
  it('leaves subjects alone that match no pattern', () => {
    const mapped = mappings({ a: 'b', 'c.*': 'd.$1', 'e.>': 'f.>' });
    for (const subject of ['b', 'a.b', 'c', 'c.d.e', 'e', '', 'x'])
      expect(mapped.map(subject), subject).to.equal(undefined);
    expect(['a', 'c.x', 'e.x.y'].map((subject) => mapped.map(subject))).to.deep.equal(['b', 'd.x', 'f.x.y']);
  });

  it('takes the pattern that says most, from the left', () => {
    const mapped = mappings({
      '>': 'rest.>',
      'a.>': 'a-rest.>',
      'a.*': 'a-star.$1',
      'a.b': 'literal',
      '*.b.c': 'star-b-c.$1',
    });
    const rows: readonly (readonly [string, string])[] = [
      ['a.b', 'literal'],
      ['a.x', 'a-star.x'],
      ['a.b.c', 'a-rest.b.c'],
      ['z.b.c', 'star-b-c.z'],
      ['z.b.d', 'rest.z.b.d'],
    ];
    for (const [subject, name] of rows) expect(mapped.map(subject), subject).to.equal(name);
  });

  it('draws among destinations as their weights say', () => {
    expect(
      counts([
        { subject: 'x', weight: 20 },
        { subject: 'y', weight: 80 },
      ]),
    ).to.deep.equal({ x: 20, y: 80 });
  });

  it('leaves the subject as it is for what the weights leave to 100 percent', () => {
    expect(counts([{ subject: 'x', weight: 25 }])).to.deep.equal({ x: 25, a: 75 });
    expect(counts([{ subject: 'x.$1', weight: 25 }], undefined, 'b.*')).to.deep.equal({
      'x.x': 25,
      'b.x': 75,
    });
  });

  it('loses that, where the subject itself is a destination', () => {
    expect(counts([{ subject: 'a', weight: 40 }])).to.deep.equal({ a: 40, '': 60 });
  });

  it('counts destinations of a cluster there, and the others where there are none of it', () => {
    const all = [
      { subject: 'x', weight: 100 },
      { subject: 'y', weight: 50, cluster: 'east' },
    ];
    expect(counts(all)).to.deep.equal({ x: 100 });
    expect(counts(all, 'west')).to.deep.equal({ x: 100 });
    expect(counts(all, 'east')).to.deep.equal({ y: 50, a: 50 });
    expect(counts(all.slice(1), 'west')).to.deep.equal({ a: 100 });
  });

  it('maps each of very many subjects, also when they come again', () => {
    const mapped = mappings({ 'a.*': 'b.$1' });
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 5_000; n++) expect(mapped.map(`a.${n}`)).to.equal(`b.${n}`);
    }
    const long = 'x'.repeat(1_000);
    expect(mapped.map(`a.${long}`)).to.equal(`b.${long}`);
  });

  it('knows bytes that are no UTF-8', () => {
    const mapped = mappings({ 'ü.*': 'ö.$1' });
    expect(mapped.map('\xc3\xbc.\xff')).to.equal('\xc3\xb6.\xff');
    expect(mapped.mapText('ü.\udcff')).to.equal('ö.\udcff');
    expect(mapped.mapText('u.a')).to.equal(undefined);
  });
});
