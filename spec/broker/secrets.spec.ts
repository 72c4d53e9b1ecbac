import { createUser } from '@nats-io/nkeys';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { pino } from 'pino';
import { type Broker, startBroker } from '../../lib/broker.js';
import type { OperatorConfig } from '../../lib/config/shapes.js';
import type { Config } from '../../lib/config.js';
import { OperatorFixture } from '../support/auth/operators.js';
import { configOf } from '../support/broker/reloading.js';
import { duplexPair } from '../support/duplex-pair.js';
import { ask } from '../support/monitor/fake.js';
import { Peer } from '../support/peer.js';
import { soon } from '../support/until.js';

const HASH = hashSync('s3cret-hashed', 4);

/** A broker whose log, at trace, and whose monitor's answers are looked through for secrets. */
class Watched {
  log = '';
  readonly secrets = new Set(['s3cret', HASH]);
  private readonly broker: Broker;

  private constructor(broker: Broker) {
    this.broker = broker;
  }

  static async start(config: Config): Promise<Watched> {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
    const watched = new Watched(await startBroker(config, log));
    Object.defineProperty(watched, 'log', { get: () => lines.join('') });
    return watched;
  }

  open(dialect: 'nats' | 'line'): Peer {
    const [near, far] = duplexPair();
    this.broker.attach(far, dialect);
    const peer = new Peer(near, dialect);
    peer.answersPings = true;
    return peer;
  }

  /** Logs in, sends a message, and leaves. */
  async connect(options: (nonce: string) => Readonly<Record<string, unknown>>): Promise<void> {
    const peer = this.open('nats');
    const { nonce } = JSON.parse((await peer.next()).slice(5)) as { nonce?: string };
    const shown = options(nonce ?? '');
    for (const key of ['pass', 'auth_token', 'jwt', 'sig'] as const)
      if (typeof shown[key] === 'string') this.secrets.add(shown[key]);
    peer.send(
      `CONNECT ${JSON.stringify({ verbose: true, name: 'seen', ...shown })}\r\nPUB a 1\r\nx\r\nPING\r\n`,
    );
    await soon('an answer', peer.next());
    peer.end();
  }

  reload(config: Config): Promise<unknown> {
    return this.broker.reload(config).catch((error: Error) => error.message);
  }

  async expectNoSecrets(...more: readonly unknown[]): Promise<void> {
    const { port } = this.broker.monitorAddress!;
    const pages = ['/varz', '/connz?auth=1&subs=detail&state=all', '/accountz?acc=$G', '/subsz?subs=1'];
    const shown = await Promise.all(pages.map(async (page) => (await ask(port, page)).body));
    expect(shown.join('')).to.include('seen');
    await this.broker.close();
    expect(this.log).to.include('received CONNECT').and.include('disconnected');
    const all = [this.log, ...shown, ...more.map(String)].join('\n');
    for (const secret of this.secrets) expect(all.includes(secret), secret.slice(0, 20)).to.equal(false);
  }
}

describe('secrets', () => {
  it('are in no log, no answer of the monitor and no error, however one logs in', async () => {
    const pair = createUser();
    const users = [
      { user: 'ann', password: 's3cret-plain' },
      { user: 'bob', password: HASH },
      { nkey: pair.getPublicKey() },
    ];
    const settings = { monitor: { listener: '127.0.0.1:0' }, line: { enabled: false } };
    const watched = await Watched.start(configOf({ ...settings, authorization: { users } }));
    watched.secrets.add(Buffer.from(pair.getSeed()).toString());
    for (const right of [true, false]) {
      const tail = right ? '' : '-wrong';
      await watched.connect(() => ({ user: 'ann', pass: `s3cret-plain${tail}` }));
      await watched.connect(() => ({ user: 'bob', pass: `s3cret-hashed${tail}` }));
      await watched.connect(() => ({
        user: right ? 'eve' : '',
        pass: 's3cret-other',
        auth_token: 's3cret-token',
      }));
      await watched.connect((nonce) => ({
        nkey: pair.getPublicKey(),
        sig: Buffer.from(pair.sign(Buffer.from(nonce + tail))).toString('base64url'),
      }));
    }
    const line = watched.open('line');
    line.send('AUTH ann s3cret-plain\nPING\n');
    await line.expect('OK AUTH', 'PONG');
    line.send('AUTH s3cret-token\n');
    await line.rest();
    line.end();
    const errors = [
      await watched.reload(
        configOf({ ...settings, authorization: { user: 'ann', password: 's3cret-2' }, server_name: 'x' }),
      ),
      await watched.reload(configOf({ ...settings, authorization: { token: 's3cret-token' } })),
    ];
    await watched.connect(() => ({ auth_token: 's3cret-token' }));
    await watched.connect(() => ({ auth_token: 's3cret-tok' }));
    await watched.expectNoSecrets(...errors);
  });

  it('are in no log and no answer of the monitor where users have JWTs', async () => {
    const world = new OperatorFixture();
    const config = configOf({ monitor: { listener: '127.0.0.1:0' }, line: { enabled: false } });
    const operator: OperatorConfig = await world.config();
    const watched = await Watched.start({ ...config, operator });
    const jwt = await world.userJwt();
    const bearer = await world.userJwt({ bearer_token: true });
    const sign = (text: string) => Buffer.from(world.user.sign(Buffer.from(text))).toString('base64url');
    await watched.connect((nonce) => ({ jwt, sig: sign(nonce) }));
    await watched.connect((nonce) => ({ jwt, sig: sign(`${nonce}?`) }));
    await watched.connect(() => ({ jwt: bearer }));
    await watched.connect(() => ({ jwt: `${bearer.slice(0, -4)}AAAA` }));
    await watched.expectNoSecrets(
      await watched.reload({ ...config, operator: { ...operator, operators: ['s3cret.jwt.x'] } }),
    );
  });
});
