import { expect } from 'chai';
import fc from 'fast-check';
import { renderFrame } from '../../../lib/dialects/nats/frames.js';

const fields = fc.dictionary(
  fc.stringMatching(/^[a-z_]{1,8}$/),
  fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.constant(undefined)),
);

describe('an INFO to one of many', () => {
  it('is byte for byte the INFO with the fields of both', () => {
    const property = fc.property(fields, fc.array(fields, { maxLength: 3 }), (info, receivers) => {
      for (const receiver of receivers) {
        const own = Object.fromEntries(Object.entries(receiver).filter(([key]) => !Object.hasOwn(info, key)));
        const slow = renderFrame({ op: 'INFO', info: { ...info, ...own } });
        expect(renderFrame({ op: 'INFO', info, own })).to.deep.equal(slow);
      }
    });
    fc.assert(property);
  });

  it('is rendered anew for another broker', () => {
    const own = { client_id: 7, client_ip: undefined, nonce: undefined };
    const textOf = (info: Record<string, unknown>) => renderFrame({ op: 'INFO', info, own }).toString();
    expect(textOf({ proto: 1 })).to.equal('INFO {"proto":1,"client_id":7} \r\n');
    expect(textOf({ proto: 2 })).to.equal('INFO {"proto":2,"client_id":7} \r\n');
  });
});
