/** What nats-server 2.15.3 wrote of these clients with -DV and `max_traced_msg_len: 8`, but for what is named below. */
import { expect } from 'chai';
import { pino } from 'pino';
import { type Broker, startBroker } from '../../lib/broker.js';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { natsLines } from '../../lib/log/nats.js';
import { duplexPair } from '../support/duplex-pair.js';
import { Peer } from '../support/peer.js';
import { until } from '../support/until.js';

const WHO = '"v1.2:js:my \\"client\\"\\u202e" - "$G/user:ann"';
const NKEY = `U${'A'.repeat(55)}`;
const CONNECT = {
  ...{ verbose: false, pedantic: false, user: 'ann', pass: 's3cret', name: 'my "client"\u202e' },
  ...{ lang: 'js', version: '1.2', headers: true, no_responders: true },
};

const ANN: SettingsInput['authorization'] = { users: [{ user: 'ann', password: 's3cret' }] };

/** What the client says, and the lines of nats-server without time, address and `cid`. */
const STEPS: readonly (readonly [said: string | Buffer, lines: readonly string[]])[] = [
  [
    `CONNECT ${JSON.stringify(CONNECT)}\r\n`,
    [
      '[TRC] <<- [CONNECT {"verbose":false,"pedantic":false,"user":"ann","pass":"[REDACTED]","name":"my \\"client\\"\\u202e","lang":"js","version":"1.2","headers":true,"no_responders":true}]',
    ],
  ],
  ['SUB foo 1\r\n', [`[TRC] ${WHO} - <<- [SUB foo 1]`]],
  ['SUB bar.* grp 2\r\n', [`[TRC] ${WHO} - <<- [SUB bar.* grp 2]`]],
  [
    'PUB foo 5\r\nhello\r\n',
    [
      `[TRC] ${WHO} - <<- [PUB foo 5]`,
      `[TRC] ${WHO} - <<- MSG_PAYLOAD: ["hello"]`,
      `[TRC] ${WHO} - ->> [MSG foo 1 5]`,
      `[TRC] ${WHO} - ->> MSG_PAYLOAD: ["hello"]`,
    ],
  ],
  [
    'PUB foo re.ply 26\r\nabcdefghijklmnopqrstuvwxyz\r\n',
    [
      `[TRC] ${WHO} - <<- [PUB foo re.ply 26]`,
      `[TRC] ${WHO} - <<- MSG_PAYLOAD: ["abcdefgh..."]`,
      `[TRC] ${WHO} - ->> [MSG foo 1 re.ply 26]`,
      `[TRC] ${WHO} - ->> MSG_PAYLOAD: ["abcdefgh..."]`,
    ],
  ],
  [
    'HPUB foo 19 24\r\nNATS/1.0\r\nk: vw\r\n\r\nhello\r\n',
    [
      `[TRC] ${WHO} - <<- [HPUB foo 19 24]`,
      `[TRC] ${WHO} - <<- MSG_PAYLOAD: ["NATS/1.0..."]`,
      `[TRC] ${WHO} - ->> [HMSG foo 1 19 24]`,
      `[TRC] ${WHO} - ->> MSG_PAYLOAD: ["NATS/1.0..."]`,
    ],
  ],
  ['PUB foo 0\r\n\r\n', [`[TRC] ${WHO} - <<- [PUB foo 0]`, `[TRC] ${WHO} - ->> [MSG foo 1 0]`]],
  ['UNSUB 1\r\n', [`[TRC] ${WHO} - <<- [UNSUB 1]`]], // nats-server adds a line `<-> [DELSUB 1]`
  ['UNSUB 2 5\r\n', [`[TRC] ${WHO} - <<- [UNSUB 2 5]`]],
  [
    'PUB nobody 4\r\na\x01"\n\r\n',
    [`[TRC] ${WHO} - <<- [PUB nobody 4]`, `[TRC] ${WHO} - <<- MSG_PAYLOAD: ["a\\x01\\"\\n"]`],
  ],
  [
    Buffer.from('PUB nobody 2\r\n\xff\xe9\r\n', 'latin1'),
    [`[TRC] ${WHO} - <<- [PUB nobody 2]`, `[TRC] ${WHO} - <<- MSG_PAYLOAD: ["\\xff\\xe9"]`],
  ],
  ['PONG\r\n', [`[TRC] ${WHO} - <<- [PONG]`]],
];

describe('trace in the form of nats-server', () => {
  let broker: Broker;
  let lines: string[];

  async function start(
    level: 'trace' | 'debug',
    authorization: SettingsInput['authorization'] = ANN,
  ): Promise<Peer> {
    lines = [];
    const write = (line: string) =>
      lines.push(
        ...natsLines(line, 'none', level === 'trace')
          .split('\n')
          .slice(0, -1),
      );
    const log = pino(
      { level, base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
      { write },
    );
    broker = await startBroker(
      configFrom({
        listener: '127.0.0.1:0',
        line: { enabled: false },
        authorization,
        log: { max_traced_payload: 8 },
      }),
      log,
    );
    const [near, far] = duplexPair();
    broker.attach(far, 'nats');
    const peer = new Peer(near, 'nats');
    await peer.next();
    return peer;
  }

  /** Lines of the connection, without what differs each time. */
  const ofClient = () =>
    lines
      .filter((line) => line.includes('cid:'))
      .map((line) => line.replace(/^\[\d+\] /, '').replace(/\S+ - cid:\d+ - /, ''));

  afterEach(() => broker.close());

  it('has its lines, payloads cut where max_traced_msg_len says', async () => {
    const peer = await start('trace');
    expect(ofClient()).to.deep.equal(['[DBG] Client connection created']);
    for (const [said, expected] of STEPS) {
      const before = ofClient().length;
      peer.send(said);
      await until(`the lines of ${said}`, () => ofClient().length >= before + expected.length);
      expect(ofClient().slice(before)).to.deep.equal(expected);
      await peer.settle();
    }
    const before = ofClient().length;
    peer.send('PING\r\n');
    await peer.next();
    expect(ofClient().slice(before)).to.deep.equal([
      `[TRC] ${WHO} - <<- [PING]`,
      `[TRC] ${WHO} - ->> [PONG]`,
    ]);
    peer.send('FOO bar\r\n');
    await peer.rest();
    await until('its end', () => ofClient().at(-1)?.includes('closed') === true);
    expect(ofClient().slice(before + 2)).to.deep.equal([
      `[TRC] ${WHO} - ->> [-ERR Unknown Protocol Operation]`,
      `[DBG] ${WHO} - Client connection closed: Protocol Violation`,
    ]);
    expect(lines.join('\n')).to.not.include('s3cret');
  });

  it('names the client from its CONNECT on, in the same read as well', async () => {
    const peer = await start('trace');
    peer.send(`CONNECT ${JSON.stringify(CONNECT)}\r\nPING\r\n`);
    await peer.next();
    expect(ofClient().find((line) => line.includes('<<- [PING]'))).to.match(/^\[TRC\] "v1\.2:js:my /);
  });

  const logins: readonly (readonly [
    connect: object,
    shown: string,
    about: string,
    authorization: SettingsInput['authorization'],
  ])[] = [
    [{}, '{}', '', {}],
    [{ lang: 'go' }, '{"lang":"go"}', '"go" - ', {}],
    [{ user: 'bob', pass: 's3cret' }, '{"user":"bob","pass":"[REDACTED]"}', '"$G/user:bob" - ', {}],
    [{ user: 'ann', pass: 's3cret' }, '{"user":"ann","pass":"[REDACTED]"}', '"$G/user:ann" - ', ANN],
    [
      { auth_token: 's3cret', lang: 'go' },
      '{"auth_token":"[REDACTED]","lang":"go"}',
      '"go" - "$G/token" - ',
      { token: 's3cret' },
    ],
    [{ nkey: NKEY }, '{"nkey":"[REDACTED]"}', `"$G/nkey:${NKEY}" - `, {}],
  ];
  for (const [connect, shown, about, authorization] of logins)
    it(`names the login of ${shown} as ${about}`, async () => {
      const peer = await start('trace', authorization);
      await peer.send(`CONNECT ${JSON.stringify(connect)}\r\n`).settle();
      await peer.settle();
      const heard = ofClient().filter((line) => line.includes('<<-'));
      expect([heard[0], heard.at(-1)]).to.deep.equal([
        `[TRC] <<- [CONNECT ${shown}]`,
        `[TRC] ${about}<<- [PING]`,
      ]);
      expect(lines.join('\n')).to.not.include('s3cret').and.not.include('edacted]');
    });

  it('is not there at debug', async () => {
    const peer = await start('debug');
    await peer.send(`CONNECT ${JSON.stringify(CONNECT)}\r\nSUB foo 1\r\nPUB foo 1\r\nx\r\n`).settle();
    peer.end();
    await until('its end', () => ofClient().length === 2);
    expect(ofClient()[0]).to.equal('[DBG] Client connection created');
    expect(ofClient()[1]).to.match(/Client connection closed: Client Closed$/);
  });
});
