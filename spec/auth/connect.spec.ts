import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import { DIALECTS, Harness, msg, OVER, pub } from '../support/harness.js';
import { eventually, until } from '../support/until.js';

type Authorization = NonNullable<SettingsInput['authorization']>;

const VIOLATION = "-ERR 'Authorization Violation'";
const USER: Authorization = { user: 'u', password: 'p' };
const TOKEN: Authorization = { token: 't' };

/** What is configured, what a NATS client sends, what it hears, whether the connection ends; nats-server 2.10, section 13. */
const NATS: readonly (readonly [Authorization, sent: string, heard: readonly string[], ends: boolean])[] = [
  [USER, 'CONNECT {"user":"u","pass":"p"}\r\n', ['+OK'], false],
  [USER, 'CONNECT {"user":"u","pass":"p","verbose":false}\r\nPING\r\n', ['PONG'], false],
  [USER, 'CONNECT {"user":"u","pass":"x"}\r\nPING\r\n', [VIOLATION], true],
  [USER, 'CONNECT {"user":"u","pass":"x","verbose":false}\r\n', [VIOLATION], true],
  [USER, 'CONNECT {}\r\n', [VIOLATION], true],
  [USER, 'CONNECT {"user":"u"}\r\n', [VIOLATION], true],
  [USER, 'CONNECT {"auth_token":"p"}\r\n', [VIOLATION], true],
  [USER, 'CONNECT {"user":"U","pass":"p"}\r\n', [VIOLATION], true],
  [USER, 'PUB foo 2\r\nhi\r\n', [VIOLATION], true],
  [USER, 'SUB foo 1\r\n', [VIOLATION], true],
  [USER, 'PING\r\n', [VIOLATION], true],
  [USER, 'PONG\r\n', [VIOLATION], true],
  [USER, '+OK\r\n', [VIOLATION], true],
  [USER, 'XYZ\r\n', [VIOLATION], true],
  [USER, 'INFO {}\r\n', [VIOLATION], true],
  [USER, 'P', [VIOLATION], true],
  [USER, '\r\n', [VIOLATION], true],
  [USER, 'CX', ["-ERR 'Unknown Protocol Operation'"], true],
  [USER, 'CONNECT {bad\r\n', [], true],
  [USER, 'CONNECT\r\n', [], true],
  [USER, 'CONNECT {"user":"x","pass":"y"}\r\nSUB foo 1\r\nPUB foo 1\r\nx\r\n', [VIOLATION], true],
  [
    USER,
    'CONNECT {"user":"u","pass":"p"}\r\nCONNECT {"user":"u","pass":"bad"}\r\nPING\r\n',
    ['+OK', VIOLATION],
    true,
  ],
  [USER, 'CONNECT {"user":"u","pass":"p"}\r\nCONNECT {}\r\nPING\r\n', ['+OK', '+OK', 'PONG'], false],
  [USER, 'CONNECT {"user":"u","pass":"p","protocol":5}\r\n', ["-ERR 'invalid client protocol'"], true],
  [TOKEN, 'CONNECT {"auth_token":"t"}\r\n', ['+OK'], false],
  [TOKEN, 'CONNECT {"auth_token":"t","user":"z"}\r\n', ['+OK'], false],
  [TOKEN, 'CONNECT {"auth_token":"x"}\r\n', [VIOLATION], true],
  [TOKEN, 'CONNECT {}\r\n', [VIOLATION], true],
  [TOKEN, 'CONNECT {"user":"t"}\r\n', [VIOLATION], true],
  [TOKEN, 'CONNECT {"pass":"t"}\r\n', [VIOLATION], true],
  [{}, 'CONNECT {"user":"who","pass":"ever","auth_token":"x"}\r\nPING\r\n', ['+OK', 'PONG'], false],
];

const ASK = 'ERR authentication required, try AUTH';

/** The same for a line client. */
const LINE: readonly (readonly [Authorization, sent: string, heard: readonly string[], ends: boolean])[] = [
  [USER, 'AUTH u p\n', ['OK AUTH'], false],
  [USER, 'auth u p\nPING\n', ['OK AUTH', 'PONG'], false],
  [USER, 'AUTH u x\nPING\n', ['ERR authorization violation'], true],
  [USER, 'AUTH u\n', ['ERR authorization violation'], true],
  [USER, 'AUTH p\n', ['ERR authorization violation'], true],
  [USER, 'AUTH\nAUTH u p\n', ['ERR missing token, or user and password', 'OK AUTH'], false],
  [USER, 'SUB foo\nPUB foo x\nUNSUB foo\n', [ASK, ASK, ASK], false],
  [
    USER,
    'PUB foo x\nAUTH u p\nSUB foo\nPUB foo y\n',
    [ASK, 'OK AUTH', 'OK SUB foo', 'OK PUB foo', 'UPDATE foo y'],
    false,
  ],
  [USER, 'PING\nQUIT\n', ['PONG', 'QUIT'], true],
  [TOKEN, 'AUTH t\n', ['OK AUTH'], false],
  [TOKEN, 'AUTH x\n', ['ERR authorization violation'], true],
  [TOKEN, 'AUTH t t\n', ['ERR authorization violation'], true],
  [{}, 'AUTH any thing\nSUB foo\n', ['OK AUTH', 'OK SUB foo'], false],
];

describe('authentication', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  for (const [authorization, sent, heard, ends] of NATS) {
    it(`NATS, ${JSON.stringify(authorization)}: ${JSON.stringify(sent)} ${ends ? 'ends it' : 'is let in'}`, async () => {
      harness = await Harness.start({ authorization });
      const peer = await harness.connect('nats', { options: false });
      const info = await peer.next();
      expect(info.includes('"auth_required":true')).to.equal(Object.keys(authorization).length > 0);
      peer.send(sent);
      await (ends ? peer.expectEnd('fin', ...heard) : peer.expect(...heard));
      if (!ends) expect(await peer.settle()).to.deep.equal([]);
    });
  }

  for (const [authorization, sent, heard, ends] of LINE) {
    it(`line, ${JSON.stringify(authorization)}: ${JSON.stringify(sent)} ${ends ? 'ends it' : 'goes on'}`, async () => {
      harness = await Harness.start({ authorization });
      const peer = await harness.connect('line');
      peer.send(sent);
      await (ends ? peer.expectEnd('fin', ...heard) : peer.expect(...heard));
      if (!ends) await peer.expectSilence();
    });
  }

  for (const dialect of DIALECTS) {
    for (const over of OVER) {
      it(`${dialect} over a ${over}: time runs out for who does not present any`, async () => {
        harness = await Harness.start({ authorization: { ...TOKEN, timeout: '30ms' } });
        const peer = await harness.open(dialect, over);
        if (dialect === 'nats') await peer.next();
        peer.send(dialect === 'nats' ? 'CONNECT {' : 'AUT');
        await peer.expectEnd(
          'fin',
          dialect === 'nats' ? "-ERR 'Authentication Timeout'" : 'ERR authentication timeout',
        );
        expect(await peer.closeReason()).to.equal('AUTHENTICATION_TIMEOUT');
      });
    }

    it(`${dialect}: time does not run out for who has been let in`, async () => {
      harness = await Harness.start({ authorization: { ...TOKEN, timeout: '30ms' } });
      const peer = await eventually('log in within that time', async () => {
        const client = await harness.connect(dialect, { options: { auth_token: 't', verbose: false } });
        if (dialect === 'line') await client.send('AUTH t\n').expect('OK AUTH');
        return client;
      });
      const late = await harness.open(dialect);
      await until('time has run out for another', () => late.connection.reason === 'AUTHENTICATION_TIMEOUT');
      await peer.expectSilence();
    });
  }

  it('keeps the messages and subscriptions of unknown clients from all others', async () => {
    harness = await Harness.start({ authorization: TOKEN });
    const known = await harness.connect('nats', { options: { auth_token: 't', verbose: false } });
    await known.send('SUB > 1\r\n').settle();
    const stranger = await harness.connect('nats', { options: false });
    const telnet = await harness.connect('line');
    stranger.send(`CONNECT {"auth_token":"x"}\r\nSUB > 1\r\n${pub('foo', 'x')}`);
    telnet.send('SUB >\nPUB foo x\n');
    await stranger.closed;
    await telnet.expect(ASK, ASK);
    await known.expectSilence();
    await known.send(pub('bar', 'y')).expect(msg('bar', 1, 'y'));
    await telnet.expectSilence();
    expect(harness.core.sublist.size).to.equal(1);
  });
});
