/** A broker in this process that fuzzed clients are let loose on, beside canaries that must not notice. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { type Broker, startBroker } from '../../../lib/broker.js';
import { configFrom } from '../../../lib/config.js';
import { leafParserOptions } from '../../../lib/dialects/leaf/options.js';
import { LeafParser } from '../../../lib/dialects/leaf/parser.js';
import { inRandomParts } from '../../../spec/support/splits.js';
import { framesOf } from '../../diff/frames.js';
import { Random } from '../../diff/random.js';
import { Client, publishFrame, within } from '../client.js';
import { numbered, payloadOf } from '../message.js';
import { MAX_LINE_BYTES, MAX_PAYLOAD_BYTES } from './codecs.js';
import { FORGED, type FuzzDialect } from './generate.js';

const CANARY = 'canary.7c1e5b0a';
const PATIENCE_MS = 10_000;
const CANARY_BYTES = 200;
/** A broker's lines to a line client, those of HELP among them. */
const LINE = /^(UPDATE \S+ |OK( |$)|ERR |PONG$|(SUB|UNSUB|PUB|PING|HELP|AUTH|QUIT)( |$))/;

/** So that commands meet permissions and limits as well; the canaries' subjects stay free. */
const RESTRICTED = {
  limits: { max_connections: 1_000, max_subscriptions: 8, max_subject_tokens: 20 },
  authorization: {
    no_auth_user: 'anybody',
    users: [
      {
        user: 'anybody',
        password: 'anybody',
        permissions: {
          publish: { allow: ['>'], deny: ['b', 'c.>', '_INBOX.a'] }, // responses alone would allow nothing else
          subscribe: { deny: ['c.>', 'a.*.b', 'b q'] },
          allow_responses: { max: 2 },
        },
      },
    ],
  },
};

/** Both ends of the canary: numbered messages, received in order by a NATS and by a line client. */
class Canary {
  heard = 0;
  trouble: string | undefined;
  readonly client: Client;

  private constructor(client: Client, stream: number) {
    this.client = client;
    client.onMessage = (bytes, start, end) => {
      const message = numbered(bytes, start, end);
      if (message === undefined || message.stream !== stream) return; // a fuzzed client's
      if (message.seq === this.heard + 1) this.heard = message.seq;
      else this.trouble ??= `a canary heard ${message.seq} after ${this.heard}`;
    };
  }

  static async perch(port: number, protocol: 'nats' | 'line', stream: number): Promise<Canary> {
    const canary = new Canary(await Client.open(port, { protocol }), stream);
    await canary.client.subscribe(CANARY);
    return canary;
  }
}

export class Target {
  /** Cases run. */
  cases = 0;
  private readonly broker: Broker;
  private readonly logged: string[];
  private readonly canaries: Canary[] = [];
  private singer: Client | undefined;
  private witness: Client | undefined;
  private sung = 0;
  private trouble: string | undefined;
  private readonly stray = (error: Error): void => {
    this.trouble ??= `uncaught: ${error.stack}`;
  };

  private constructor(broker: Broker, logged: string[]) {
    this.broker = broker;
    this.logged = logged;
  }

  /** `restricted`: everybody is a user with permissions, and limits are low. */
  static async start(restricted = false): Promise<Target> {
    const logged: string[] = [];
    const log = pino({ level: 'error' }, { write: (line) => logged.push(line) });
    const config = configFrom({
      listener: '127.0.0.1:0',
      nats: { max_payload: MAX_PAYLOAD_BYTES },
      line: { listener: '127.0.0.1:0', max_line: MAX_LINE_BYTES },
      leaf: { listener: '127.0.0.1:0' },
      ...(restricted ? RESTRICTED : { limits: { max_connections: 1_000 } }),
    });
    const target = new Target(await startBroker(config, log), logged);
    process.on('uncaughtException', target.stray);
    process.on('unhandledRejection', target.stray);
    const { nats, line } = target.ports;
    target.canaries.push(await Canary.perch(nats, 'nats', 1), await Canary.perch(line, 'line', 1));
    target.singer = await Client.open(nats);
    target.witness = await target.eavesdropper();
    return target;
  }

  /** Lets one client send the wire, cut as the seed says; what went wrong, or undefined. Never rejects. */
  async run(wire: Buffer, dialect: FuzzDialect, seed: number): Promise<string | undefined> {
    this.cases++;
    try {
      const heard = await this.send(wire, dialect, seed);
      const wrong = heard === undefined ? undefined : oddities(heard, dialect);
      await this.sing();
      if (this.logged.length > 0) return `it logged: ${this.logged.splice(0).join('')}`;
      return wrong ?? this.trouble ?? this.canaries.find(({ trouble }) => trouble !== undefined)?.trouble;
    } catch (error) {
      return this.trouble ?? (error instanceof Error ? error.message : String(error));
    }
  }

  async stop(): Promise<void> {
    for (const { client } of this.canaries) client.destroy();
    this.singer?.destroy();
    this.witness?.destroy();
    await this.broker.close();
    process.off('uncaughtException', this.stray);
    process.off('unhandledRejection', this.stray);
  }

  private get ports(): Readonly<Record<FuzzDialect, number>> {
    const { natsAddress, lineAddress, leafAddress } = this.broker;
    return { nats: natsAddress!.port, line: lineAddress!.port, leaf: leafAddress!.port };
  }

  /** A line client that gets everything anybody publishes: no line of it may be one that a payload made up. */
  private async eavesdropper(): Promise<Client> {
    const client = await Client.open(this.ports.line, { protocol: 'line' });
    client.onLine = (line) => {
      this.trouble ??= LINE.test(line) ? undefined : `a line client read ${JSON.stringify(line)}`;
    };
    await client.subscribe('>');
    const sees = client.onMessage;
    client.onMessage = (bytes, start, end, frame) => {
      if (isForged(bytes, start)) this.trouble ??= 'a line client read a forged line';
      sees(bytes, start, end, frame);
    };
    return client;
  }

  /** All the broker said to it, or undefined where it was cut off by the fuzzer itself. */
  private async send(wire: Buffer, dialect: FuzzDialect, seed: number): Promise<Buffer | undefined> {
    const random = new Random(seed ^ 0x5eed);
    const socket = connect({ host: '127.0.0.1', port: this.ports[dialect], noDelay: true });
    const chunks: Buffer[] = [];
    let reset = false;
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {
      reset = true;
    });
    await within(PATIENCE_MS, 'a connection', once(socket, 'connect'));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await this.write(socket, wire, random);
    const abrupt = random.chance(0.15);
    if (abrupt) socket.resetAndDestroy();
    else socket.end();
    await within(PATIENCE_MS, 'the end of a connection after FIN', closed);
    return abrupt || reset ? undefined : Buffer.concat(chunks);
  }

  private async write(socket: Socket, wire: Buffer, random: Random): Promise<void> {
    const parts = random.chance(0.5) ? [wire] : inRandomParts(wire, () => random.next());
    for (const [i, part] of parts.entries()) {
      if (socket.destroyed || !socket.writable) return;
      socket.write(part);
      if (i < 8 && random.chance(0.5)) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** One message to the canaries, which must come. */
  private async sing(): Promise<void> {
    this.sung++;
    this.singer!.send(publishFrame('nats', CANARY, payloadOf(1, this.sung, CANARY_BYTES)));
    await this.singer!.ping();
    const deadline = Date.now() + PATIENCE_MS;
    while (this.canaries.some(({ heard, trouble }) => heard < this.sung && trouble === undefined)) {
      if (Date.now() > deadline) throw new Error(`a canary has not heard message ${this.sung}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** Whether an UPDATE whose text starts there has the topic that is in payloads only, and not one that ends with it. */
export function isForged(bytes: Buffer, start: number): boolean {
  const line = `UPDATE ${FORGED} `;
  return bytes.toString('latin1', Math.max(0, start - line.length), start) === line;
}

/** What is no frame of a leaf link in all that came, the last one apart, which may be cut; undefined: nothing. */
function leafOddity(heard: Buffer): string | undefined {
  let fault: string | undefined;
  const parser = new LeafParser(leafParserOptions(), (batch) => {
    for (const command of batch) if (command.op === 'FAULT') fault = command.code;
  });
  parser.feed(heard);
  return fault === undefined
    ? undefined
    : `${fault} in ${JSON.stringify(heard.toString('latin1').slice(-500))}`;
}

/** What a broker would not say, in all it said; undefined where there is nothing. */
export function oddities(heard: Buffer, dialect: FuzzDialect): string | undefined {
  const text = heard.toString('latin1');
  if (dialect === 'leaf') {
    const odd = leafOddity(heard);
    return odd === undefined ? undefined : `a leaf read ${odd}`;
  }
  if (dialect === 'nats') {
    const odd = framesOf(text).find(({ kind }) => kind === 'other');
    return odd === undefined ? undefined : `a NATS client read ${JSON.stringify(odd.text)}`;
  }
  const lines = text.split(/\r?\n/);
  const odd = lines.find((line) => line !== '' && !LINE.test(line));
  const forged = lines.some((line) => line.startsWith(`UPDATE ${FORGED} `));
  if (forged) return 'a line client read a forged line';
  return odd === undefined ? undefined : `a line client read ${JSON.stringify(odd)}`;
}
