import { createServer } from 'node:http';
import { expect } from 'chai';
import { json } from '../../lib/monitor/endpoint.js';
import { respond } from '../../lib/monitor/respond.js';
import { Turns } from '../../lib/monitor/turns.js';
import { duplexPair } from '../support/duplex-pair.js';
import { until } from '../support/until.js';

const ROW = 'x'.repeat(1_000);

/** What an answer may hold of itself while it is not taken: its text, a write of the same size, and the wire's buffers. */
const MOST_BYTES = 4 * 64 * 1024;

describe('long answers', () => {
  it('are written no further than their reader takes them, and given up when it leaves', async () => {
    let rendered = 0;
    let isOver = false;
    function* rows(): Generator<string, void, undefined> {
      try {
        for (;;) {
          rendered += ROW.length;
          yield ROW;
        }
      } finally {
        isOver = true;
      }
    }
    const turns = new Turns();
    const server = createServer((_request, response) => {
      void turns.next().then(() => respond(response, json({ rows: rows() }), '', turns));
    });
    const [ours, theirs] = duplexPair();
    server.emit('connection', ours);
    theirs.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let taken = 0;
    for (let read = 0; read < 50; read++) {
      let before = -1;
      await until('it is as far as it can get', () => {
        const isStill = before === rendered && rendered > taken;
        before = rendered;
        return isStill;
      });
      expect(rendered - taken).to.be.at.most(MOST_BYTES);
      await until('there is something to read', () => theirs.readableLength > 0);
      taken += (theirs.read() as Buffer).length;
    }
    theirs.destroy();
    ours.destroy();
    await until('it is given up', () => isOver);
  });
});
