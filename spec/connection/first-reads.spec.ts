import type { Socket } from 'node:net';
import { expect } from 'chai';
import { Harness, msg, pub } from '../support/harness.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;
/** Of what a peer sends behind its CONNECT, this much at most is read before the login is decided. In bytes. */
const MOST_READ = 192 * 1024;
const LOGIN = { user: 'a', password: 'right' };

/** What peers send behind a login: large messages, of which parts would be put together, and small ones. */
const BEHIND = {
  'messages of 1 MiB': pub('x', 'y'.repeat(MIB - 10)).repeat(6),
  'messages of 16 bytes': pub('x', 'y'.repeat(16)).repeat(200_000),
} as const;

describe('what is read before a login is decided', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start({ authorization: LOGIN });
  });
  afterEach(() => harness.stop());

  for (const [what, text] of Object.entries(BEHIND)) {
    it(`is bounded, with ${what} behind a CONNECT`, async () => {
      const peer = await harness.open('nats', 'socket');
      const socket = peer.connection.stream as Socket;
      await peer.next();
      peer.send('CONNECT {"verbose":false,"user":"a","pass":"wrong"}\r\n', text);
      let read = 0;
      await until('the login is refused', () => {
        if (peer.connection.reason === undefined) read = Math.max(read, socket.bytesRead);
        return peer.connection.reason !== undefined;
      });
      expect(read).to.be.within(1, MOST_READ);
    });

    it(`goes on after a login that takes its time, with ${what} behind it`, async () => {
      const wrong = await harness.open('nats', 'socket');
      await wrong.next();
      wrong.send('CONNECT {"verbose":false,"user":"a","pass":"wrong"}\r\n');
      await wrong.closed;
      const subscriber = await harness.connect('nats', {
        options: { verbose: false, user: 'a', pass: 'right' },
      });
      await subscriber.send('SUB done 1\r\n').settle();
      const peer = await harness.open('nats', 'socket');
      await peer.next();
      peer.send('CONNECT {"verbose":false,"user":"a","pass":"right"}\r\n', text, pub('done', 'all'));
      await subscriber.expect(msg('done', 1, 'all'));
      expect(peer.connection.client.inBytes).to.equal(text.replace(/PUB x \d+\r\n|\r\n/g, '').length + 3);
    });
  }
});
