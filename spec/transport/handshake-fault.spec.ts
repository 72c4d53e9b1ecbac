import { expect } from 'chai';
import { handshakeFault } from '../../lib/transport/handshake-fault.js';

describe('transport/handshake-fault', () => {
  const RAW = '80EB:error:0A0000C1:SSL routines:f:some reason:../ssl/x.c:1:SSL alert number 1\n';
  const rows: readonly (readonly [object, refusal: unknown, words: string])[] = [
    [
      { code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', reason: 'tlsv1 alert unknown ca' },
      undefined,
      "the client refused the broker's certificate: it does not know the authority that signed tls.cert_file",
    ],
    [{ code: 'ECONNRESET' }, undefined, 'the client hung up'],
    [{ code: 'ERR_SSL_NEW', reason: 'some reason' }, undefined, 'some reason'],
    [{ code: 'ENEW' }, undefined, 'ENEW'],
    [{}, undefined, RAW.trimEnd()],
    [{}, 'NEW_CODE', "the client's certificate was refused: NEW_CODE"],
  ];
  for (const [fields, refusal, words] of rows)
    it(`says in one line: ${words}`, () => {
      expect(handshakeFault(Object.assign(new Error(RAW), fields), refusal)).to.equal(words);
    });
});
