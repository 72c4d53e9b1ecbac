import { expect } from 'chai';
import { isExposed } from '../../../lib/monitor/live/request.js';

describe('a login of a live page', () => {
  const rows: readonly (readonly [string, object, boolean, string | undefined, boolean])[] = [
    ['a password from another machine', { user: 'a', password: '' }, false, '192.0.2.1', true],
    ['a token from another machine', { token: 't' }, false, '2001:db8::1', true],
    ['one from nowhere', { token: 't' }, false, undefined, true],
    ['one over HTTPS', { user: 'a', password: 'p' }, true, '192.0.2.1', false],
    ['one of this machine', { user: 'a', password: 'p' }, false, '127.0.0.1', false],
    ['one of this machine, by IPv6', { user: 'a', password: 'p' }, false, '::ffff:127.0.0.1', false],
    ['nothing that is secret', {}, false, '192.0.2.1', false],
  ];
  for (const [name, request, isSecure, address, expected] of rows)
    it(`${expected ? 'could' : 'could not'} be read on its way: ${name}`, () =>
      expect(isExposed(request, isSecure, address)).to.equal(expected));
});
