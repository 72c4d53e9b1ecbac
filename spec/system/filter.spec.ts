import { expect } from 'chai';
import { FILTER_FIELDS, type RequestOptions, readOptions } from '../../lib/system/fields.js';
import { isFor } from '../../lib/system/filter.js';
import type { ServerIdentity } from '../../lib/system/server-description.js';

const SERVER: ServerIdentity = { id: 'N1', name: 'east-1', host: '10.0.0.1', tags: ['ssd', 'Zone:a'] };

const LEAF: ServerIdentity = { ...SERVER, cluster: 'edge-1', domain: 'HUB' };

describe('the filter of a request to servers', () => {
  for (const [body, fits] of [
    [{}, true],
    [{ server_name: 'east' }, true],
    [{ server_name: 'west' }, false],
    [{ server_name: 'east', exact_match: true }, false],
    [{ server_name: 'east-1', exact_match: true }, true],
    [{ host: '10.0' }, true],
    [{ host: '10.0', exact_match: true }, false],
    [{ cluster: 'c' }, false],
    [{ tags: ['SSD'] }, true],
    [{ tags: ['zone:a', 'ssd'] }, true],
    [{ tags: ['ssd', 'gpu'] }, false],
    [{ domain: 'hub' }, false],
  ] as const)
    it(`${JSON.stringify(body)} ${fits ? 'fits' : 'does not fit'}`, () => {
      const options = readOptions(Buffer.from(JSON.stringify(body)), FILTER_FIELDS) as RequestOptions;
      expect(isFor(SERVER, options)).to.equal(fits);
    });

  for (const [body, fits] of [
    [{ cluster: 'edge' }, true],
    [{ cluster: 'edge', exact_match: true }, false],
    [{ cluster: 'edge-1', exact_match: true }, true],
    [{ cluster: 'other' }, false],
    [{ domain: 'HUB' }, true],
    [{ domain: 'HU' }, false],
  ] as const)
    it(`${JSON.stringify(body)} ${fits ? 'fits' : 'does not fit'} a leaf with a domain`, () => {
      const options = readOptions(Buffer.from(JSON.stringify(body)), FILTER_FIELDS) as RequestOptions;
      expect(isFor(LEAF, options)).to.equal(fits);
    });
});
