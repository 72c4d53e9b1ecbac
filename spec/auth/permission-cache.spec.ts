import { expect } from 'chai';
import { PermissionCache } from '../../lib/auth/permission-cache.js';
import { hashBytes } from '../../lib/frame/hash.js';

const find = (table: PermissionCache, subject: string, hash?: number) => {
  const bytes = Buffer.from(subject);
  return table.find(bytes, 0, bytes.length, hash ?? hashBytes(bytes, 0, bytes.length));
};
const add = (table: PermissionCache, subject: string, verdict: boolean, hash?: number) => {
  const bytes = Buffer.from(subject);
  table.add(bytes, 0, bytes.length, hash ?? hashBytes(bytes, 0, bytes.length), verdict);
};

describe('the table of verdicts', () => {
  it('knows what it was told, and nothing else', () => {
    const table = new PermissionCache();
    expect(find(table, 'a')).to.equal(undefined);
    expect(find(table, '')).to.equal(undefined);
    add(table, 'a.b', true);
    add(table, 'a.c', false);
    add(table, '', true);
    expect([find(table, 'a.b'), find(table, 'a.c'), find(table, 'a'), find(table, '')]).to.deep.equal([
      true,
      false,
      undefined,
      undefined,
    ]);
  });

  it('decides on the bytes, not on the hash', () => {
    const table = new PermissionCache();
    add(table, 'abc', true, 7);
    expect(find(table, 'abd', 7)).to.equal(undefined);
    expect(find(table, 'ab', 7)).to.equal(undefined);
    expect(find(table, 'abc', 7)).to.equal(true);
    add(table, 'abd', false, 7);
    expect([find(table, 'abd', 7), find(table, 'abc', 7)]).to.deep.equal([false, undefined]);
  });

  it('does not keep long subjects', () => {
    const table = new PermissionCache();
    add(table, 'x'.repeat(129), true);
    expect(table.sizeBytes).to.equal(0);
    add(table, 'x'.repeat(128), true);
    expect(find(table, 'x'.repeat(128))).to.equal(true);
  });

  it('has a size known beforehand, whatever it is told', () => {
    const table = new PermissionCache();
    for (let i = 0; i < 50_000; i++) add(table, `subject.${i}`, i % 2 === 0);
    expect(table.sizeBytes).to.equal(1_024 * 134);
    let known = 0;
    for (let i = 0; i < 50_000; i++) {
      const verdict = find(table, `subject.${i}`);
      if (verdict === undefined) continue;
      known++;
      expect(verdict).to.equal(i % 2 === 0);
    }
    expect(known).to.be.within(500, 1_024);
  });
});
