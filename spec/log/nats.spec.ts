import { expect } from 'chai';
import { natsLines, natsTime } from '../../lib/log/nats.js';

/** The lines without pid and time. */
function written(fields: Record<string, unknown>, level = 'info'): string[] {
  return natsLines(JSON.stringify({ level, time: 'x', ...fields }), 'none')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(`[${process.pid}] `, ''));
}

describe('log/nats', () => {
  it("has nats-server's time, to the microsecond", () => {
    const date = new Date(2026, 10, 2, 7, 4, 5, 67);
    expect(natsTime(date.getTime() + 0.25)).to.equal('2026/11/02 07:04:05.067250');
    expect(natsTime(date.getTime())).to.equal('2026/11/02 07:04:05.067000');
    expect(natsTime(Date.UTC(2026, 10, 2, 23, 4, 5, 67), true)).to.equal('2026/11/02 23:04:05.067000');
  });

  it('begins with process id, time and level', () => {
    const line = natsLines('{"level":"info","msg":"hello"}', 'local');
    expect(line).to.match(/^\[(\d+)\] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{6} \[INF\] hello\n$/);
    expect(line).to.include(`[${process.pid}] `);
    expect(natsLines('{"level":"info","msg":"hello"}', 'none')).to.equal(`[${process.pid}] [INF] hello\n`);
  });

  it('has the time of the clock', () => {
    const [, date = '', time = ''] = natsLines('{"level":"info","msg":""}', 'local').split(' ');
    const shown = new Date(`${date.replaceAll('/', '-')}T${time}`).getTime();
    expect(Math.abs(shown - Date.now())).to.be.below(60_000);
  });

  for (const [level, label] of [
    ['trace', 'TRC'],
    ['debug', 'DBG'],
    ['info', 'INF'],
    ['warn', 'WRN'],
    ['error', 'ERR'],
    ['fatal', 'FTL'],
  ]) {
    it(`calls ${level} ${label}`, () => expect(written({ msg: 'x' }, level)).to.deep.equal([`[${label}] x`]));
  }

  it('has refused logins as nats-server does, and then why', () => {
    const about = { connection: 5, peer: '127.0.0.1:4711', msg: 'login refused' };
    const lines = [
      { ...about, kind: 'User', user: 'q\\x1b[31m\\"x', reason: 'unknown user', suppressed: 3 },
      { ...about, kind: 'Token', user: '[REDACTED]', reason: 'wrong token' },
      { ...about, reason: 'no credentials' },
      { ...about, kind: 'User', user: 'a', reason: 'maximum account active connections exceeded' },
    ].flatMap((fields) => written(fields, 'warn'));
    const prefix = '[ERR] 127.0.0.1:4711 - cid:5 - authentication error';
    expect(lines).to.deep.equal([
      `${prefix} - User "q\\x1b[31m\\"x" reason="unknown user" suppressed=3`,
      `${prefix} - Token "[REDACTED]" reason="wrong token"`,
      `${prefix} reason="no credentials"`,
      '[ERR] 127.0.0.1:4711 - cid:5 - maximum account active connections exceeded',
    ]);
  });

  it('has connections beyond the maximum as nats-server does', () => {
    const about = { connection: 6, peer: '127.0.0.1:4711', msg: 'maximum connections exceeded, refused' };
    const lines = [
      { ...about, maxConnections: 2, limit: 'limits.max_connections', count: 1 },
      { ...about, maxConnections: 2, limit: 'limits.max_connections', count: 9 },
      { ...about, maxConnections: 2, limit: 'open files', count: 1 },
      { msg: about.msg, maxConnections: 2, limit: 'limits.max_connections', count: 1 },
    ].flatMap((fields) => written(fields, 'warn'));
    expect(lines).to.deep.equal([
      '[ERR] 127.0.0.1:4711 - cid:6 - maximum connections exceeded',
      '[ERR] 127.0.0.1:4711 - cid:6 - maximum connections exceeded count=9',
      '[ERR] 127.0.0.1:4711 - cid:6 - maximum connections exceeded limit="open files" maxConnections=2',
      '[ERR] maximum connections exceeded',
    ]);
  });

  const rows: readonly [Record<string, unknown>, readonly string[]][] = [
    [{ a: 1, b: 'word', c: 'two words', msg: 'x' }, ['x a=1 b=word c="two words"']],
    [
      { a: '', b: 'k=v', c: 'a\nb', d: null, e: [1, 'x'], msg: 'x' },
      ['x a="" b="k=v" c="a\\nb" d=null e=[1,"x"]'],
    ],
    [{ msg: 'toString', a: 1 }, ['toString a=1']],
    [
      { msg: 'listening', host: '::1', port: 4222, dialect: 'nats' },
      ['Listening for client connections on [::1]:4222'],
    ],
    [
      { msg: 'listening', host: '0.0.0.0', port: 8889, dialect: 'line' },
      ['Listening for line connections on 0.0.0.0:8889'],
    ],
    [
      { msg: 'listening', host: '127.0.0.1', port: 8222, dialect: 'monitor' },
      ['Starting http monitor on 127.0.0.1:8222'],
    ],
    [
      { msg: 'listening', host: '0.0.0.0', port: 8080, dialect: 'nats', transport: 'websocket' },
      ['Listening for websocket clients on ws://0.0.0.0:8080'],
    ],
    [
      { msg: 'listening', host: '::1', port: 8443, dialect: 'nats', transport: 'websocket', tls: true },
      ['Listening for websocket clients on wss://[::1]:8443'],
    ],
    [{ msg: 'ready' }, ['Server is ready']],
    [{ msg: 'shutting down', signal: 'SIGTERM' }, ['Trapped "terminated" signal', 'Initiating Shutdown...']],
    [
      { msg: 'configuration reloaded', changed: ['log.level'] },
      ['Reloaded: log.level', 'Reloaded server configuration'],
    ],
    [{ msg: 'configuration not reloaded', reason: 'a b' }, ['Failed to reload server configuration: a b']],
  ];
  for (const [fields, lines] of rows) {
    it(`writes ${JSON.stringify(fields)}`, () =>
      expect(written(fields)).to.deep.equal(lines.map((line) => `[INF] ${line}`)));
  }

  it('says who it is when it starts', () => {
    const lines = written({ msg: 'starting', id: 'NABC', name: 'me', extra: 1 });
    expect(lines[0]).to.equal('[INF] Starting nats-server');
    expect(lines[1]).to.match(/^\[INF\] {3}Version: {2}2\.\d+\.\d+$/);
    expect(lines.slice(-2)).to.deep.equal(['[INF]   Name:     me', '[INF]   ID:       NABC extra=1']);
    const nameless = written({ msg: 'starting', id: 'NABC' });
    expect(nameless.slice(-2)).to.deep.equal(['[INF]   Name:     NABC', '[INF]   ID:       NABC']);
  });
});
