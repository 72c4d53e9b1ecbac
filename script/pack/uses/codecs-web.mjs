import assert from 'node:assert/strict';
import { natsDecoder, natsParser, renderNats } from 'sluice/codecs/web';

const bytes = renderNats({ op: 'PUB', subject: 'orders.new', payload: 'coffee' });
assert.equal(new TextDecoder().decode(bytes), 'PUB orders.new 6\r\ncoffee\r\n');
assert.deepEqual(
  [...natsParser().feed(bytes)].map(({ op }) => op),
  ['PUB'],
);

const decoder = natsDecoder();
const writer = decoder.writable.getWriter();
const written = writer.write(bytes).then(() => writer.close());
const { value } = await decoder.readable.getReader().read();
assert.equal(value?.op, 'PUB');
await written.catch(() => {}); // nobody reads on
