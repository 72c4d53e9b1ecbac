import { expect } from 'chai';
import { closeCodeOf } from '../../../lib/transport/websocket/close-codes.js';

describe('transport/websocket/close-codes', () => {
  for (const [reason, code] of [
    [undefined, 1000],
    ['PEER_CLOSED', 1000],
    ['SERVER_SHUTDOWN', 1001],
    ['STALE_CONNECTION', 1001],
    ['UNKNOWN_OPERATION', 1002],
    ['AUTHORIZATION_VIOLATION', 1008],
    ['AUTHENTICATION_TIMEOUT', 1008],
    ['MAX_CONNECTIONS', 1008],
    ['MAX_CONTROL_LINE', 1008],
    ['MAX_PAYLOAD', 1009],
    ['INTERNAL', 1011],
  ] as const)
    it(`${reason} is ${code}, as with nats-server`, () => expect(closeCodeOf(reason)).to.equal(code));
});
