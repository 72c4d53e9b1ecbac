import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Duplex, PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { pino } from 'pino';
import { type Broker, type BrokerOptions, configFrom } from '../../lib/index.js';
import { duplexPair } from '../../lib/transport/duplex-pair.js';
import { BLOCKS } from '../support/docs/blocks.js';
import { closeAll, embedded, natsPeer, refused } from '../support/embed/embedded.js';
import { jsonDialect } from '../support/json-dialect.js';
import { RawLink } from '../support/leaf/raw-server.js';
import { Peer } from '../support/peer.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

const LOCAL = [{ host: '127.0.0.1', port: 0 }];

/** A client of the toy dialect. */
class Toy {
  readonly lines: unknown[] = [];
  readonly closed: Promise<unknown>;
  readonly wire: Duplex;

  constructor(wire: Duplex) {
    this.wire = wire;
    this.closed = new Promise((resolve) => {
      for (const event of ['end', 'close']) wire.once(event, resolve);
    });
    wire.on('error', () => undefined);
    let rest = '';
    wire.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.lines.push(JSON.parse(line));
    });
  }

  say(...objects: object[]): void {
    this.wire.write(objects.map((one) => `${JSON.stringify(one)}\n`).join(''));
  }

  async heard(count: number): Promise<readonly unknown[]> {
    await until(`${count} lines`, () => this.lines.length >= count);
    return this.lines;
  }
}

async function overTcp(broker: Broker): Promise<Toy> {
  const socket = connect(broker.addresses('toy')[0]!);
  await once(socket, 'connect');
  return new Toy(socket);
}

const run = promisify(execFile);

/** Code for a Node that has no `await using`. */
function nodeCode(code: string): string {
  return `${code.replace('await using', 'const')}\nawait broker.close();\n`;
}

describe('dialects of the embedding program', () => {
  afterEach(closeAll);

  it('answer a publish to what is no subject, and keep the connection', async () => {
    const broker = await embedded({ dialects: [jsonDialect({ listeners: LOCAL })] });
    const toy = await overTcp(broker);
    const wrong = ['bad..x', 'a.*', '', 'a b', 'a\nb'];
    toy.say(...wrong.map((pub) => ({ pub, text: 'x' })), { sub: 'good' }, { pub: 'good', text: 'hello' });
    const lines = await toy.heard(wrong.length + 2);
    expect(lines.slice(0, wrong.length).map((line) => (line as { error?: string }).error)).to.deep.equal(
      wrong.map(() => 'INVALID_PUBLISH_SUBJECT'),
    );
    expect(lines.at(-1)).to.deep.equal({ subject: 'good', text: 'hello' });
  });

  it('cannot subscribe to what is no subject, whatever their clients say', async () => {
    const broker = await embedded({ dialects: [jsonDialect({ listeners: LOCAL })], leaf: { port: 0 } });
    const [near, far] = duplexPair();
    broker.attach(far, 'leaf');
    const leaf = new RawLink(near);
    leaf.send('CONNECT {"headers":true}\r\n');
    await leaf.saw('LS+ $LDS.');
    const toy = await overTcp(broker);
    const wrong = ['', 'a b', 'a..b', 'c.>.d', 'zz\r\nLS+ orders\r\nLMSG orders 4\r\nevil', 'a\tb', 'a\nb'];
    for (const subject of wrong) toy.say({ sub: subject });
    toy.say({ sub: 'good' });
    await toy.heard(2 * wrong.length + 1);
    expect(toy.lines.filter((line) => JSON.stringify(line).includes('INVALID_SUBJECT'))).to.have.lengthOf(
      wrong.length,
    );
    await leaf.saw('LS+ good\r\n');
    expect(leaf.text, 'nothing of the rest').not.to.match(/orders|zz|a b|evil/);
  });

  it('are spoken over TCP, beside NATS', async () => {
    const broker = await embedded({ dialects: [jsonDialect({ listeners: LOCAL })] });
    const toy = await overTcp(broker);
    toy.say({ sub: 'a.*' });
    await toy.heard(1);
    const nats = await natsPeer(broker);
    nats.send('SUB a.> 7\r\n');
    await nats.settle();
    nats.send('PUB a.b 2\r\nhi\r\n');
    expect(await toy.heard(2)).to.deep.equal([{ ok: 'a.*' }, { subject: 'a.b', text: 'hi' }]);
    toy.say({ pub: 'a.c', text: 'é\n' });
    expect(await toy.heard(3)).to.deep.include({ subject: 'a.c', text: 'é\n' });
    expect([await nats.next(), await nats.next()]).to.deep.equal(['MSG a.b 7 2\r\nhi', 'MSG a.c 7 3\r\né\n']);
  });

  it('are spoken over a stream that is attached, and within the process', async () => {
    const broker = await embedded({ dialects: [jsonDialect()] });
    expect(broker.addresses('toy')).to.deep.equal([]);
    const [near, far] = duplexPair();
    broker.attach(far, 'toy');
    const one = new Toy(near);
    one.say({ sub: 'x' });
    await one.heard(1);
    const other = new Toy(broker.connect({ dialect: 'toy' }));
    // Enough for runs that are rendered once for many.
    other.say(...Array.from({ length: 100 }, (_, n) => ({ pub: 'x', text: `${n}` })));
    const lines = await one.heard(101);
    expect(lines.slice(1)).to.deep.equal(
      Array.from({ length: 100 }, (_, n) => ({ subject: 'x', text: `${n}` })),
    );
  });

  it('are named in /connz, in logs and in events', async () => {
    const logged = new PassThrough();
    const broker = await embedded({
      monitor: { port: 0 },
      logger: pino({ level: 'debug' }, logged),
      dialects: [jsonDialect({ listeners: LOCAL })],
    });
    const connected: string[] = [];
    broker.on('connect', ({ dialect }) => connected.push(dialect));
    const toy = await overTcp(broker);
    toy.say({ sub: 'a' }, { token: 'geheim' });
    await toy.heard(2);
    expect(connected).to.deep.equal(['toy']);
    const { host, port } = broker.monitorAddress!;
    const connz = (await (await fetch(`http://${host}:${port}/connz`)).json()) as {
      readonly connections: readonly { readonly type: string }[];
    };
    expect(connz.connections.map(({ type }) => type)).to.deep.equal(['toy']);
    const log = String(logged.read());
    expect(log).to.match(/"dialect":"toy".*"listening"/);
    expect(log).to.match(/"dialect":"toy".*"subject":"a".*"received SUB"/);
    expect(log).to.contain('received LOGIN').and.not.contain('geheim');
  });

  for (const policy of ['drop', 'pause', 'disconnect'] as const)
    it(`have a flow policy of their own: ${policy}`, async () => {
      const broker = await embedded({
        nats: { max_payload: '64KiB' },
        flow: {
          policy: policy === 'drop' ? 'pause' : 'drop',
          high_water: '16KiB',
          low_water: '4KiB',
          max_pending: '256KiB',
        },
        dialects: [jsonDialect({ flowPolicy: policy })],
      });
      const toy = new Toy(broker.connect({ dialect: 'toy' }));
      toy.say({ sub: 'x' });
      await toy.heard(1);
      toy.wire.pause();
      let isSettled = false;
      const published = Promise.all(
        Array.from({ length: policy === 'pause' ? 20 : 40 }, () =>
          broker.publish('x', Buffer.alloc(8 * 1024, 'x')),
        ),
      ).then(() => {
        isSettled = true;
      });
      if (policy === 'disconnect') {
        toy.wire.resume();
        await soon('it is cut off', toy.closed);
      } else if (policy === 'drop') {
        await soon('no publish is held', published);
        toy.wire.resume();
        toy.say({ sub: 'y' });
        await until('the answer', () => JSON.stringify(toy.lines.at(-1)) === '{"ok":"y"}');
        expect(toy.lines.length).to.be.below(40);
      } else {
        await turns();
        expect(isSettled).to.equal(false);
        toy.wire.resume();
        expect(await toy.heard(21)).to.have.lengthOf(21);
      }
      await soon('all publishes', published);
    });

  for (const fail of ['decoder', 'session', 'encoder'] as const)
    it(`cost their own connection only when their ${fail} throws`, async () => {
      const broker = await embedded({ dialects: [jsonDialect()] });
      const healthy = new Toy(broker.connect({ dialect: 'toy' }));
      healthy.say({ sub: 'a' });
      const faulty = new Toy(broker.connect({ dialect: 'toy' }));
      if (fail === 'encoder') {
        faulty.say({ sub: 'encoder.>' });
        await faulty.heard(1);
        healthy.say({ pub: 'encoder.fails', text: '' });
      } else faulty.say({ fail });
      await soon('its end', faulty.closed);
      healthy.say({ pub: 'a', text: 'still there' });
      expect(await healthy.heard(2)).to.deep.include({ subject: 'a', text: 'still there' });
    });

  for (const part of ['decoder', 'encoder', 'session'] as const)
    it(`cost the connection only whose ${part} cannot be made`, async () => {
      const makesNone = (): never => {
        throw new Error(`no ${part}`);
      };
      const broken = { ...jsonDialect({ listeners: LOCAL }), [part]: makesNone };
      const broker = await embedded({ dialects: [broken] });
      const failures: unknown[] = [];
      broker.on('error', (error) => failures.push(error));
      const nats = await natsPeer(broker);
      const { closed } = await overTcp(broker);
      await soon('its end', closed);
      await until('the program is told', () => failures.length === 1);
      expect(String(failures[0])).to.contain(`no ${part}`);
      await nats.settle();
    });

  it('log in as others do', async () => {
    const broker = await embedded({
      authorization: { token: 'geheim' },
      dialects: [jsonDialect()],
    });
    const toy = new Toy(broker.connect({ dialect: 'toy' }));
    toy.say({ pub: 'a', text: '' }, { token: 'geheim' }, { sub: 'a' });
    expect(await toy.heard(3)).to.deep.equal([
      { error: 'AUTHENTICATION_REQUIRED', text: 'log in first' },
      { ok: 'login' },
      { ok: 'a' },
    ]);
    const wrong = new Toy(broker.connect({ dialect: 'toy' }));
    wrong.say({ token: 'falsch' });
    await soon('its end', wrong.closed);
  });

  it('are no way in for users of other types of connection', async () => {
    const ann = { user: 'ann', password: 'x' };
    const bob = { user: 'bob', password: 'y', allowed_connection_types: ['STANDARD'] } as const;
    const broker = await embedded({ authorization: { users: [ann, bob] }, dialects: [jsonDialect()] });
    const [first, second] = [ann, bob].map(({ user, password }) => {
      const toy = new Toy(broker.connect({ dialect: 'toy' }));
      toy.say({ user, password });
      return toy;
    });
    expect(await first!.heard(1)).to.deep.equal([{ ok: 'login' }]);
    await soon('its end', second!.closed);
    await natsPeer(broker, { user: 'bob', pass: 'y' });
  });

  it('are types of connection that users may be restricted to, after a reload as well', async () => {
    const ann = { user: 'ann', password: 'x', allowed_connection_types: ['toy'] };
    const settings = { nats: false, line: false, authorization: { users: [ann] } } as const;
    const broker = await embedded({ ...settings, dialects: [jsonDialect()] });
    for (let time = 0; time < 2; time++) {
      const toy = new Toy(broker.connect({ dialect: 'toy' }));
      toy.say({ user: 'ann', password: 'x' });
      expect(await toy.heard(1)).to.deep.equal([{ ok: 'login' }]);
      const nats = new Peer(broker.connect(), 'nats');
      await nats.next();
      await nats.send('CONNECT {"user":"ann","pass":"x"}\r\n').expect("-ERR 'Authorization Violation'");
      await broker.reload(configFrom({ ...settings, limits: { max_subscriptions: 7 } }));
    }
    const message = /allowed_connection_types: unknown connection type "TOY", allowed: STANDARD/;
    await refused(() => embedded(settings), 'CONFIG_INVALID', message);
  });

  it('have texts of errors of their own', async () => {
    const broker = await embedded({
      authorization: {
        users: [{ user: 'ann', password: 'x', permissions: { subscribe: 'b' } }],
        no_auth_user: 'ann',
      },
      dialects: [jsonDialect()],
    });
    const toy = new Toy(broker.connect({ dialect: 'toy' }));
    toy.say({ sub: 'a' });
    expect(await toy.heard(1)).to.deep.equal([
      { error: 'PERMISSIONS_SUBSCRIPTION', text: '"a" is not for you' },
    ]);
  });

  it('are written as docs/embedding.md shows', async () => {
    const [block] = BLOCKS.filter(({ runBy }) => runBy === 'spec/embed/dialects.spec.ts');
    // Within the checkout, where the package finds itself.
    const directory = join('build', 'snippets', 'dialects');
    mkdirSync(directory, { recursive: true });
    const script = join(directory, 'page.mjs');
    writeFileSync(script, nodeCode(block!.code));
    const { stdout } = await run(process.execPath, [script]);
    expect(stdout).to.equal('1\n{"error":"INVALID_PUBLISH_SUBJECT"}\n{"subject":"a","text":"hello"}\n');
  });

  const wrong: readonly (readonly [BrokerOptions, RegExp])[] = [
    [{ dialects: [{ ...jsonDialect(), name: 'nats' }] }, /dialects: name = "nats": not usable/],
    [{ dialects: [{ ...jsonDialect(), name: 'A b' }] }, /dialects: name = "A b": not usable/],
    [{ dialects: [jsonDialect(), jsonDialect()] }, /dialects: "toy": registered already/],
    [
      { dialects: [{ ...jsonDialect(), connectionType: 'a' }] },
      /dialects: toy\.connectionType = "a": not usable/,
    ],
    [{ dialects: [jsonDialect({ tls: true })] }, /dialects: toy\.tls: needs the settings of tls/],
    [{ dialects: [jsonDialect({ flowPolicy: 'x' as 'drop' })] }, /dialects: toy\.flowPolicy: not usable/],
    [{ dialects: [{} as never] }, /dialects.*allowed: a list of dialects/],
  ];
  for (const [options, message] of wrong)
    it(`are refused: ${message.source}`, () => refused(() => embedded(options), 'CONFIG_INVALID', message));

  it('are refused by attach and connect where they are not registered', async () => {
    const broker = await embedded();
    await refused(() => broker.connect({ dialect: 'toy' }), 'CONFIG_INVALID', 'allowed: nats, line');
  });

  it('keep their connections over a reload', async () => {
    const broker = await embedded({ dialects: [jsonDialect()] });
    const toy = new Toy(broker.connect({ dialect: 'toy' }));
    toy.say({ sub: 'a' });
    await toy.heard(1);
    await broker.reload(configFrom({ nats: false, line: false, limits: { max_subscriptions: 7 } }));
    toy.say({ pub: 'a', text: 'x' });
    expect(await toy.heard(2)).to.deep.include({ subject: 'a', text: 'x' });
  });
});
