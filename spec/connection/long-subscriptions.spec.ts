/** Tables of keys of more than 16,383 characters would be lists, as V8 takes the length for the hash of such a string. */
import { expect } from 'chai';
import { Harness } from '../support/harness.js';

const LONG = 'q'.repeat(16_100);

describe('a subscription with a very long name', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start({ nats: { max_control_line: '1MiB' }, line: { max_topic: '60KiB' } });
  });
  afterEach(() => harness.stop());

  for (const [what, line] of [
    ['subject', `SUB ${LONG} 1\r\n`],
    ['token of a pattern', `SUB ${LONG}.* 1\r\n`],
    ['queue group', `SUB foo ${LONG} 1\r\n`],
    ['sid', `sub foo  ${LONG}\r\n`],
  ] as const)
    it(`as a ${what} is refused, whatever other lines may have`, async () => {
      const client = await harness.connect('nats');
      client.send(`PUB ${LONG} 1\r\na\r\n`);
      await client.settle();
      client.send(line);
      await client.expectEnd('fin', "-ERR 'maximum control line exceeded'");
    });

  it('as a topic of a line client is refused', async () => {
    const client = await harness.connect('line');
    client.send(`SUB ${LONG}\nSUB foo\n`);
    await client.expect('ERR topic too long', 'OK SUB foo');
    expect(client.connection.reason).to.equal(undefined);
  });
});
