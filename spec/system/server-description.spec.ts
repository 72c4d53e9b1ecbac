import { expect } from 'chai';
import { ServerDescription } from '../../lib/system/server-description.js';

describe('the description of the server', () => {
  it('counts, and says what the server is called now', () => {
    let tags: readonly string[] = [];
    const description = new ServerDescription(() => ({ id: 'N1', name: 'n', host: 'h', tags }));
    const first = description.next();
    expect(first).to.include({ id: 'N1', name: 'n', host: 'h', seq: 1, jetstream: false, flags: 0 });
    expect(first).to.not.have.property('tags');
    tags = ['a'];
    expect(description.next()).to.deep.include({ seq: 2, tags: ['a'] });
    expect(description.identity.tags).to.deep.equal(['a']);
  });
});
