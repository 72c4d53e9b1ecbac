import { expect } from 'chai';
import * as v from 'valibot';
import { settingsSchema } from '../../lib/config/schema.js';

type Leaf = v.OptionalSchema<v.GenericSchema, string | number | boolean>;

const LEAVES = Object.entries(settingsSchema.entries).flatMap(([name, entry]) =>
  'entries' in entry.wrapped
    ? Object.entries(entry.wrapped.entries).map(([key, leaf]) => [`${name}.${key}`, leaf as Leaf] as const)
    : [[name, entry as unknown as Leaf] as const],
);

describe('config: defaults, which are not checked at start', () => {
  for (const [key, leaf] of LEAVES) {
    if (leaf.default === undefined) continue;
    it(`${key} is what its text comes out as`, () => {
      const checked = v.parse(leaf.wrapped, leaf.default);
      expect(v.parse(leaf, undefined)).to.deep.equal(checked);
      expect(v.parse(leaf, leaf.default)).to.deep.equal(checked);
    });
  }

  for (const [name, { wrapped, default: absent }] of Object.entries(settingsSchema.entries)) {
    if (!('entries' in wrapped)) continue;
    it(`${name}: an absent table is what its defaults come out as`, () => {
      const table = wrapped as v.GenericSchema<unknown, object>;
      const checked = v.parse(table, { ...(absent as object | undefined) });
      expect(v.parse(settingsSchema.entries[name as 'nats'], undefined)).to.deep.equal(checked);
    });
  }

  it('are no lists and tables that two configurations share', () => {
    const [one, other] = [v.parse(settingsSchema, {}), v.parse(settingsSchema, {})];
    expect(one.listener).to.not.equal(other.listener);
    expect(one.accounts).to.not.equal(other.accounts);
    expect(one.tls.pinned_certs).to.not.equal(other.tls.pinned_certs);
    expect(one.authorization.users).to.not.equal(other.authorization.users);
  });
});
