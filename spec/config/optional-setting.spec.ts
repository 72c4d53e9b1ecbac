import { expect } from 'chai';
import * as v from 'valibot';
import { later, optional, withoutDefault } from '../../lib/config/optional-setting.js';

/** A schema of whole numbers in text, with the number of times that it was built. */
function counted() {
  let builds = 0;
  const make = () => {
    builds++;
    return v.pipe(v.string('not text'), v.transform(Number), v.minValue(2, 'too small'));
  };
  return { make, builds: () => builds };
}

describe('config: optional settings', () => {
  it('are built with the first value that is no default, and once', () => {
    const { make, builds } = counted();
    const setting = optional(
      make,
      () => '7',
      () => 7,
    );
    expect(v.parse(setting, undefined)).to.equal(7);
    expect(v.parse(setting, '7')).to.equal(7);
    expect(v.parse(v.strictObject({ setting }), {})).to.deep.equal({ setting: 7 });
    expect(builds()).to.equal(0);
    expect(v.parse(setting, '8')).to.equal(8);
    expect(v.safeParse(setting, '1').issues?.map(({ message }) => message)).to.deep.equal(['too small']);
    expect(v.safeParse(setting, 1).issues?.map(({ message }) => message)).to.deep.equal(['not text']);
    expect(builds()).to.equal(1);
  });

  it('without a default are left out of a table', () => {
    const { make, builds } = counted();
    const setting = withoutDefault(make);
    expect(v.parse(v.strictObject({ setting }), {})).to.deep.equal({});
    expect(v.parse(setting, undefined)).to.equal(undefined);
    expect(builds()).to.equal(0);
    expect(v.parse(v.strictObject({ setting }), { setting: '3' })).to.deep.equal({ setting: 3 });
  });

  it('are what v.optional makes of the same schema', () => {
    const { make } = counted();
    const setting = optional(
      make,
      () => '7',
      () => 7,
    );
    const plain = v.optional(make(), '7');
    expect(setting.expects).to.equal(plain.expects);
    expect(setting.default).to.equal(plain.default);
    expect(setting.type).to.equal(plain.type);
    expect(setting['~standard'].validate('8')).to.deep.equal(plain['~standard'].validate('8'));
    expect(setting['~standard'].validate(undefined)).to.include({ value: 7 });
  });

  it('that are built later check as they would at once', () => {
    const { make, builds } = counted();
    const schema = v.array(later(make));
    expect(v.parse(schema, [])).to.deep.equal([]);
    expect(builds()).to.equal(0);
    expect(v.parse(schema, ['2', '3'])).to.deep.equal([2, 3]);
    expect(v.safeParse(schema, ['2', '1']).issues?.[0]).to.deep.include({ message: 'too small' });
    expect(builds()).to.equal(1);
  });
});
