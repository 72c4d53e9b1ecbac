import type { Socket } from 'node:net';
import { expect } from 'chai';
import { RequestGate } from '../../lib/monitor/request-gate.js';
import { duplexPair } from '../support/duplex-pair.js';
import { until } from '../support/until.js';

const HEAD = 'POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\n';

describe('the gate before the HTTP server', () => {
  for (const size of [1, 2, 7, 1_000])
    it(`hands over a head, then the body it is told of, then waits (pieces of ${size})`, async () => {
      const [near, far] = duplexPair();
      const gate = new RequestGate(near as unknown as Socket);
      far.on('error', () => {}); // it is cut off at the end
      let got = '';
      gate.on('data', (chunk: Buffer) => {
        got += chunk.toString();
      });
      const [body, next] = ['a\r\n\r\n', 'GET /b HTTP/1.1\r\n\r\n'];
      const text = `${HEAD}${body}${next}GET /c HTTP/1.1\r\n\r\n`;
      for (let i = 0; i < text.length; i += size) far.write(text.slice(i, i + size));
      await until('the head has come', () => got === HEAD);
      gate.passBody(body.length);
      await until('the body has come', () => got === HEAD + body);
      gate.answered();
      await until('the next head has come', () => got === HEAD + body + next);
      expect(got).to.not.include('/c');
      gate.destroy();
    });
});
