import { expect } from 'chai';
import { withPlaces } from '../../../lib/config/schema/patterns.js';

describe('config/schema/patterns', () => {
  it('numbers wildcards, and only where there are any on the other side', () => {
    expect(withPlaces('*.x.*.>', 'a.*.*.>')).to.equal('$1.x.$2.>');
    expect(withPlaces('x*.*', 'a.*')).to.equal('x*.$1');
    expect(withPlaces('$2.$1', '*.*')).to.equal('$2.$1');
    expect(withPlaces('any.*', 'a')).to.equal('any.*');
  });
});
