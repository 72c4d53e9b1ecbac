import { once } from 'node:events';
import { expect } from 'chai';
import { MemoryTransport } from '../../lib/transport/memory.js';
import type { Wire } from '../../lib/transport/wire.js';
import { soon } from '../support/until.js';

describe('transport/memory', () => {
  it('joins a client to what listens, both ways', async () => {
    const accepted: Wire[] = [];
    const transport = new MemoryTransport();
    const listener = await transport.listen({
      accepted: (wire) => accepted.push(wire),
      failed: (error) => expect.fail(error.message),
    });
    expect(listener.address).to.equal(undefined);
    const near = transport.connect();
    const [wire] = accepted;
    if (wire === undefined) throw new Error('nothing was accepted');
    expect(wire).to.include({
      remoteAddress: undefined,
      borrows: false,
      readsInPlace: false,
      isSecure: false,
    });
    near.write('there');
    expect(String((await soon('bytes', once(wire.stream, 'data')))[0])).to.equal('there');
    wire.stream.write('back');
    expect(String((await soon('bytes', once(near, 'data')))[0])).to.equal('back');
    wire.reset();
    expect((await soon('the reset', once(near, 'error')))[0]).to.include({ code: 'ECONNRESET' });
  });

  it('resets a client where nothing listens, or no longer', async () => {
    const transport = new MemoryTransport();
    const reset = async () =>
      expect((await soon('the reset', once(transport.connect(), 'error')))[0]).to.include({
        code: 'ECONNRESET',
      });
    await reset();
    const listener = await transport.listen({ accepted: () => expect.fail(), failed: () => expect.fail() });
    await listener.close();
    await reset();
  });
});
