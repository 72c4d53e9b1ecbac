import { expect } from 'chai';
import { closeReasonText } from '../../lib/domain/close-reason.js';
import { ERRORS, type ErrorCode } from '../../lib/domain/errors.js';

/** What nats-server 2.10.29 said of connections that ended like this, and of the like here. */
const SEEN = [
  ['QUIT', 'Client Closed'],
  ['PEER_CLOSED', 'Client Closed'],
  ['WIRE_ERROR', 'Read Error'],
  ['PEER_ERROR', 'Parse Error'],
  ['UNKNOWN_OPERATION', 'Protocol Violation'],
  ['PARSER_ERROR', 'Protocol Violation'],
  ['HEADERS_NOT_SUPPORTED', 'Protocol Violation'],
  ['INVALID_CLIENT_PROTOCOL', 'Bad Client Protocol Version'],
  ['NO_RESPONDERS_NEEDS_HEADERS', 'No Responders Requires Headers'],
  ['MAX_CONTROL_LINE', 'Maximum Control Line Exceeded'],
  ['MAX_PAYLOAD', 'Maximum Message Payload Exceeded'],
  ['MAX_CONNECTIONS', 'Maximum Connections Exceeded'],
  ['AUTHORIZATION_VIOLATION', 'Authentication Failure'],
  ['AUTHENTICATION_TIMEOUT', 'Authentication Timeout'],
  ['STALE_CONNECTION', 'Stale Connection'],
  ['SERVER_SHUTDOWN', 'Server Shutdown'],
] as const;

describe('why connections closed', () => {
  for (const [reason, text] of SEEN) {
    it(`${reason} is ${text}`, () => expect(closeReasonText(reason, 0, 10)).to.equal(text));
  }

  it('tells by what is pending which limit a slow consumer met', () => {
    expect(closeReasonText('SLOW_CONSUMER', 11, 10)).to.equal('Slow Consumer (Pending Bytes)');
    expect(closeReasonText('SLOW_CONSUMER', 10, 10)).to.equal('Slow Consumer (Write Deadline)');
  });

  it('has words for every error that closes a connection', () => {
    const codes = Object.keys(ERRORS) as ErrorCode[];
    const wordless = codes.filter(
      (code) => ERRORS[code].closes && closeReasonText(code, 0, 10) === 'Unknown State',
    );
    expect(wordless).to.deep.equal([]);
  });
});
