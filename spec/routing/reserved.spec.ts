import { expect } from 'chai';
import { NatsParser } from '../../lib/dialects/nats/parser.js';
import { batchOf, type CommandBatch } from '../../lib/frame/command.js';
import { isReservedReply } from '../../lib/routing/reserved.js';
import { Sublist } from '../../lib/routing/sublist.js';

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

function parsed(text: string): CommandBatch {
  const batches: CommandBatch[] = [];
  const options = {
    maxControlLineBytes: 4_096,
    maxPayloadBytes: 4_096,
    maxHeaderBytes: 4_096,
    headersNeedConnect: false,
    connectFirst: false,
  };
  new NatsParser(options, (batch) => batches.push(batch)).feed(Buffer.from(text));
  return batches[0]!;
}

describe('reserved subjects', () => {
  for (const [name, subject, reply] of ROWS) {
    it(`${name}: ${subject ? 'for all' : 'reserved'}, as a reply ${reply ? 'for all' : 'reserved'}`, () => {
      expect(new Sublist().matchSubject(name).reserved).to.equal(!subject);
      expect(isReservedReply(batchOf({ subject: name, payload }), 0), 'no reply at all').to.equal(false);
      expect(isReservedReply(batchOf({ subject: 'foo', reply: name, payload }), 0)).to.equal(!reply);
      // The parser's cheap look before must miss none, be a line canonical or not.
      if (reply) return;
      expect(parsed(`PUB foo ${name} 0\r\n\r\n`).mayAskReserved).to.equal(true);
      expect(parsed(`pub  foo ${name}\t0\r\n\r\n`).mayAskReserved).to.equal(true);
    });
  }
});
