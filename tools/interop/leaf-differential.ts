import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { leafParserOptions } from '../../lib/dialects/leaf/options.js';
import { LeafParser } from '../../lib/dialects/leaf/parser.js';
import type { Plain } from '../../spec/support/codec.js';
import { commandsOf } from '../../spec/support/codec.js';
import { Random } from '../diff/random.js';
import { until } from './background.js';

/** Actions of one session. */
const ACTIONS = 120;
const SUBJECTS = ['a', 'a.b', 'a.b.c', 'b', 'c.d', 'q'];
const PATTERNS = [...SUBJECTS, 'a.*', 'a.>', '*.b', '>', '*'];
const QUEUES = ['red', 'blue'];

/** A client of a hub, by hand. */
class RawClient {
  private readonly socket: Socket;
  private text = '';
  private pongs = 0;
  private asked = 0;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.text = (this.text + chunk.toString('latin1')).slice(-64 * 1024);
      if (this.text.includes('PING\r\n')) this.socket.write('PONG\r\n');
      this.pongs += this.text.split('PONG\r\n').length - 1;
      this.text = this.text.endsWith('\n') ? '' : this.text.slice(this.text.lastIndexOf('\n') + 1);
    });
    this.socket.on('error', () => undefined);
    this.say('CONNECT {"verbose":false,"headers":true}\r\n');
  }

  say(text: string): void {
    this.socket.write(text);
  }

  /** Waits until all that it said has been dealt with. */
  async settle(): Promise<void> {
    this.asked++;
    this.say('PING\r\n');
    await until(
      () => this.pongs >= this.asked,
      () => 'PONG',
    );
  }

  end(): void {
    this.socket.destroy();
  }
}

/** A leaf that records what it is told. */
class RecordingLeaf {
  readonly socket: Socket;
  readonly commands: Plain[] = [];
  private asked = 0;
  private readonly parser = new LeafParser(leafParserOptions(), (batch) => {
    this.commands.push(...commandsOf([batch]));
  });

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => this.parser.feed(Buffer.from(chunk)));
  }

  async login(): Promise<void> {
    await once(this.socket, 'connect');
    await until(
      () => this.commands.some(({ op }) => op === 'INFO'),
      () => 'INFO',
    );
    this.socket.write(
      'CONNECT {"version":"2.15.3","name":"recorder","cluster":"recorder","headers":true}\r\n',
    );
    await this.settle();
  }

  async settle(): Promise<void> {
    this.asked++;
    this.socket.write('PING\r\n');
    await until(
      () => this.commands.filter(({ op }) => op === 'PONG').length >= this.asked,
      () => 'PONG of the hub',
    );
  }

  /** The interest that it knows of, `subject queue weight`; servers' own subjects left out. */
  get interest(): readonly string[] {
    const known = new Map<string, number>();
    for (const { op, subject, queue, weight } of this.commands) {
      if (op !== 'LS+' && op !== 'LS-') continue;
      const key = queue === undefined ? String(subject) : `${subject} ${queue}`;
      if (op === 'LS+') known.set(key, Number(weight ?? 1));
      else known.delete(key);
    }
    return [...known]
      .filter(([key]) => !/^[$_]/.test(key))
      .map(([key, weight]) => `${key} ${weight}`)
      .sort();
  }

  /** What it was sent, in any order. */
  get messages(): readonly string[] {
    return this.commands
      .filter(({ op, subject }) => (op === 'PUB' || op === 'LMSG') && !/^[$_]/.test(String(subject)))
      .map(({ subject, reply, queues, headers, payload }) => {
        const groups = [...((queues as readonly string[] | undefined) ?? [])].sort().join(',');
        return [subject, reply ?? '-', groups, String(headers ?? ''), String(payload)].join(' ');
      })
      .sort();
  }
}

/** The same session with the hub at `port`: what the leaf knows and has got at the end. */
async function session(
  port: number,
  leafPort: number,
  seed: number,
): Promise<{ interest: readonly string[]; messages: readonly string[] }> {
  const random = new Random(seed);
  const clients = [new RawClient(port), new RawClient(port)];
  const leaf = new RecordingLeaf(leafPort);
  try {
    await leaf.login();
    const subscriptions: { client: RawClient; sid: number }[] = [];
    const own = new Map<string, string>();
    for (let i = 0; i < ACTIONS; i++) {
      const client = random.pick(clients);
      // One thing at a time: what both servers see is in the same order then.
      await random.weighted([
        [
          4,
          async () => {
            const queue = random.chance(0.4) ? ` ${random.pick(QUEUES)}` : '';
            client.say(`SUB ${random.pick(PATTERNS)}${queue} ${i}\r\n`);
            subscriptions.push({ client, sid: i });
            await client.settle();
          },
        ],
        [
          3,
          async () => {
            const at = random.int(0, Math.max(0, subscriptions.length - 1));
            const [gone] = subscriptions.splice(at, 1);
            gone?.client.say(`UNSUB ${gone.sid}\r\n`);
            await gone?.client.settle();
          },
        ],
        [
          3,
          async () => {
            const subject = random.pick(PATTERNS);
            const queue = random.chance(0.4) ? random.pick(QUEUES) : undefined;
            const key = queue === undefined ? subject : `${subject} ${queue}`;
            leaf.socket.write(`LS+ ${key}${queue === undefined ? '' : ` ${random.int(1, 3)}`}\r\n`);
            own.set(key, key);
            await leaf.settle();
          },
        ],
        [
          2,
          async () => {
            const [key] = own.keys();
            if (key === undefined) return;
            own.delete(key);
            leaf.socket.write(`LS- ${key}\r\n`);
            await leaf.settle();
          },
        ],
        [
          6,
          async () => {
            const subject = random.pick(SUBJECTS);
            const reply = random.chance(0.3) ? ' re.x' : '';
            client.say(
              random.chance(0.3)
                ? `HPUB ${subject}${reply} 12 ${12 + String(i).length}\r\nNATS/1.0\r\n\r\n${i}\r\n`
                : `PUB ${subject}${reply} ${String(i).length}\r\n${i}\r\n`,
            );
            await client.settle();
          },
        ],
      ])();
    }
    await leaf.settle();
    await leaf.settle();
    return { interest: leaf.interest, messages: leaf.messages };
  } finally {
    for (const client of clients) client.end();
    leaf.socket.destroy();
  }
}

/** One hub of a comparison. */
export interface ComparedHub {
  readonly port: number;
  readonly leafPort: number;
}

/**
 * Plays random sessions with two hubs, whose leaf must learn the same interest and get the same messages.
 * @throws where it does not, with the seed
 */
export async function compareHubs(
  one: ComparedHub,
  other: ComparedHub,
  sessions: number,
  firstSeed: number,
): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + sessions; seed++) {
    const [mine, theirs] = await Promise.all([
      session(one.port, one.leafPort, seed),
      session(other.port, other.leafPort, seed),
    ]);
    for (const what of ['interest', 'messages'] as const) {
      const extra = mine[what].filter((line) => !theirs[what].includes(line));
      const missing = theirs[what].filter((line) => !mine[what].includes(line));
      const isSame = mine[what].join('\n') === theirs[what].join('\n');
      if (!isSame)
        throw new Error(
          `seed ${seed}: ${what}: only of sluice: ${extra.join('; ') || '-'}; only of nats-server: ${missing.join('; ') || '-'}; ${mine[what].length} and ${theirs[what].length}`,
        );
    }
  }
}
