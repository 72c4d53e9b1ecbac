import { expect } from 'chai';
import { batchOf } from '../../lib/protocol/command.js';
import { isReservedReply, isReservedSubject, mayBeReserved } from '../../lib/routing/reserved.js';

/** Name, whether one may publish to it, whether one may ask for a reply there. As nats-server 2.10 answers. */
const ROWS: readonly (readonly [name: string, subject: boolean, reply: boolean])[] = [
  ['_R_.x', true, false],
  ['_R_.', true, false],
  ['_R_', true, true],
  ['_R_x', true, true],
  ['_R.x', true, true],
  ['_GR_.x', false, false],
  ['_GR_.', true, true],
  ['_GR_', true, true],
  ['$JS.ACK.x', true, false],
  ['$JS.ACK.', true, true],
  ['$JS.API.x', true, true],
  ['_INBOX.x', true, true],
  ['_', true, true],
  ['$', true, true],
  ['foo', true, true],
  ['foo._R_.x', true, true],
];

const payload = Buffer.alloc(0);

describe('reserved subjects', () => {
  for (const [name, subject, reply] of ROWS) {
    it(`${name}: ${subject ? 'for all' : 'reserved'}, as a reply ${reply ? 'for all' : 'reserved'}`, () => {
      const to = batchOf({ subject: name, payload });
      expect(isReservedSubject(to.bytes, 0, Buffer.byteLength(name))).to.equal(!subject);
      expect(isReservedReply(to, 0), 'no reply at all').to.equal(false);
      const asking = batchOf({ subject: 'foo', reply: name, payload });
      expect(isReservedReply(asking, 0)).to.equal(!reply);
      // The cheap look before must miss none.
      if (!subject) expect(mayBeReserved(to, 0, 1)).to.equal(true);
      if (!reply) expect(mayBeReserved(asking, 0, 1)).to.equal(true);
    });
  }
});
