import assert from 'node:assert/strict';
import { once } from 'node:events';
import { natsDecoder, natsEncoder } from 'sluice/codecs';

const decoder = natsDecoder();
const encoder = natsEncoder();
decoder.on('data', (batch) => {
  for (const command of batch) {
    if (command.op === 'PUB')
      encoder.write({ op: 'MSG', subject: command.subject, sid: '1', payload: command.payload });
  }
});
decoder.write('PUB orders.new 6\r\ncof');
decoder.end('fee\r\n');
const [bytes] = await once(encoder, 'data');
assert.equal(String(bytes), 'MSG orders.new 1 6\r\ncoffee\r\n');
