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
});
