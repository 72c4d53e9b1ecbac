/** The load process, forked by the runner: connects, publishes, receives, and says when all of it has arrived. */
import { arrivals } from './arrivals.js';
import { type Cell, feedersOf, subscriptionOf } from './cells.js';
import { LoadClient } from './client.js';
import { type CounterOptions, type Expected, FrameCounter, tallyOf } from './counter.js';
import { type Block, deliveryBlock, dueOf, messagesOf, publishBlock, replyBlock } from './frames.js';
import { type FromLoad, type LoadDone, type LoadJob, type ToLoad, unreachable } from './jobs.js';
import { type PublishRendering, WIRES } from './wires.js';

/** Connections that are opened at a time. */
const AT_A_TIME = 50;

/** What must arrive, on one connection, or, of a queue group, on all of its members together. */
interface Inbox {
  readonly name: string;
  readonly expected: Expected;
  /** Frames that must arrive in it. */
  readonly due: number;
  frames: number;
  readonly counters: FrameCounter[];
}

interface Connection {
  readonly name: string;
  readonly client: LoadClient;
  /** PINGs sent and not answered yet. */
  pings: number;
}

interface Publisher {
  readonly connection: Connection;
  readonly block: Block;
  blocksLeft: number;
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

/** Blocks are the same in every run of a cell: those of the last cell are kept. */
class Blocks {
  private cell = '';
  private readonly made = new Map<string, Block>();

  of(cell: Cell, key: string, make: () => Block): Block {
    if (cell.id !== this.cell) this.made.clear();
    this.cell = cell.id;
    const known = this.made.get(key) ?? make();
    this.made.set(key, known);
    return known;
  }
}

const kept = new Blocks();

/** This process's part of one run. */
class LoadRun {
  private readonly job: LoadJob;
  private readonly fail: (reason: string) => void;
  private readonly publishers: Publisher[] = [];
  private readonly connections: Connection[] = [];
  private readonly inboxes = new Map<string, Inbox>();
  /** Inboxes that are not full, publishers that have not written all, PINGs without an answer: none is left at the end. */
  private open = 0;
  private onSettled: () => void = () => {};

  constructor(job: LoadJob, fail: (reason: string) => void) {
    this.job = job;
    this.fail = fail;
  }

  /** Connects everybody; subscriptions are in place when it resolves. */
  async prepare(): Promise<void> {
    const { publishers, subscribers } = this.job;
    await inTurns(subscribers, (number) => this.addSubscriber(number));
    await inTurns(publishers, (number) => this.addPublisher(number));
  }

  private async addSubscriber(number: number): Promise<void> {
    const { cell, rendering, blocks } = this.job;
    const name = `subscriber ${number}`;
    const client = await this.connect(name, this.job.subscribersPort, rendering);
    const group = cell.queueGroups > 0 ? `group ${number % cell.queueGroups}` : undefined;
    await client.subscribe(subscriptionOf(cell, number), group?.replace(' ', '-'));
    const { lineEnd } = client;
    const expected = new Map(
      feedersOf(cell, number).map((feeder) => [
        feeder,
        kept.of(cell, `delivery ${feeder} ${rendering} ${lineEnd}`, () =>
          deliveryBlock(cell, feeder, rendering, lineEnd),
        ),
      ]),
    );
    this.add(
      name,
      client,
      this.inbox(group ?? name, expected, dueOf(cell, number, blocks)),
      group !== undefined,
    );
  }

  private async addPublisher(number: number): Promise<void> {
    const { cell, rendering, publishRendering, blocks } = this.job;
    const name = `publisher ${number}`;
    const client = await this.connect(name, this.job.publishersPort, publishRendering);
    const { lineEnd } = client;
    const expected = new Map<number, Block>();
    if (cell.dialect === 'line') {
      const reply = (): Block => replyBlock(cell, number, rendering, lineEnd);
      expected.set(number, kept.of(cell, `reply ${number} ${rendering} ${lineEnd}`, reply));
    }
    const due = expected.size === 0 ? 0 : messagesOf(cell, blocks) / cell.publishers;
    const connection = this.add(name, client, this.inbox(name, expected, due), false);
    const block = kept.of(cell, `publish ${number} ${publishRendering}`, () =>
      publishBlock(cell, number, publishRendering),
    );
    this.publishers.push({ connection, block, blocksLeft: blocks });
  }

  private connect(name: string, port: number, rendering: PublishRendering): Promise<LoadClient> {
    const { cell } = this.job;
    return LoadClient.open(port, WIRES[rendering], cell.carrier, (error) =>
      this.fail(`${name}: ${error.message}`),
    );
  }

  private inbox(name: string, expected: Expected, due: number): Inbox {
    const known = this.inboxes.get(name);
    if (known !== undefined) return known;
    const inbox: Inbox = { name, expected, due, frames: 0, counters: [] };
    this.inboxes.set(name, inbox);
    if (due > 0) this.open++;
    return inbox;
  }

  private add(name: string, client: LoadClient, inbox: Inbox, scattered: boolean): Connection {
    const { wire } = client;
    const connection: Connection = { name, client, pings: 0 };
    const onControl: CounterOptions['onControl'] = (line) => {
      if (wire.pong.includes(line) && connection.pings > 0) {
        connection.pings--;
        this.done();
      } else if (line === 'PING') {
        client.send('PONG\r\n');
      } else if (!wire.rest.includes(line) && wire.others?.test(line) !== true) {
        throw new Error(`the broker said ${line}`);
      }
    };
    const counter = new FrameCounter({ expected: inbox.expected, onControl, scattered });
    inbox.counters.push(counter);
    this.connections.push(connection);
    client.stream((chunk, length) => {
      const before = counter.frames;
      counter.feed(chunk, length);
      const missing = inbox.due - inbox.frames;
      inbox.frames += counter.frames - before;
      if (missing > 0 && inbox.frames >= inbox.due) this.done();
    });
    return connection;
  }

  /** One thing less to wait for. */
  private done(): void {
    if (--this.open === 0) this.onSettled();
  }

  private settled(): Promise<void> {
    return new Promise((resolve) => {
      this.onSettled = resolve;
      if (this.open === 0) resolve();
    });
  }

  /** Publishes, and resolves when every frame is in, and, where nobody receives, every publisher got a PONG. */
  async publish(): Promise<Omit<LoadDone, 'op'>> {
    const { cell } = this.job;
    const cpuBefore = process.cpuUsage();
    const startedAt = now();
    this.open += this.publishers.length;
    if (cell.perSecond > 0) {
      this.pace();
    } else {
      for (const publisher of this.publishers) this.write(publisher, cell.subscribers === 0);
    }
    await this.settled();
    const endedAt = now();
    const { user, system } = process.cpuUsage(cpuBefore);
    return { startedAt, endedAt, cpuSeconds: (user + system) / 1e6 };
  }

  /** One block a turn of the event loop, so that the receivers get theirs; PING after the last where asked to. */
  private write(publisher: Publisher, thenPing: boolean): void {
    const { connection, block } = publisher;
    connection.client.send(block.bytes, () => {
      publisher.blocksLeft--;
      if (publisher.blocksLeft > 0) {
        setImmediate(() => this.write(publisher, thenPing));
        return;
      }
      if (thenPing) this.ping(connection);
      this.done();
    });
  }

  /** Writes each message at its time, alone; looks at the clock in every turn of the event loop, as timers are too coarse. */
  private pace(): void {
    const { cell, blocks } = this.job;
    const publishers = this.publishers;
    if (publishers.length === 0) return;
    const { times, publishers: who } = arrivals(cell.publishers, cell.perSecond, messagesOf(cell, blocks));
    const sent = publishers.map(() => 0);
    const start = now();
    let next = 0;
    const turn = (): void => {
      const elapsed = now() - start;
      for (; next < times.length && (times[next] ?? 0) <= elapsed; next++) {
        const number = who[next] ?? 0;
        const { connection, block } = publishers[number] as Publisher;
        const from = ((sent[number] ?? 0) % block.frames) * block.frameBytes;
        sent[number] = (sent[number] ?? 0) + 1;
        connection.client.send(block.bytes.subarray(from, from + block.frameBytes));
      }
      if (next < times.length) {
        setImmediate(turn);
        return;
      }
      for (const publisher of publishers) {
        publisher.blocksLeft = 0;
        this.done();
      }
    };
    turn();
  }

  private ping(connection: Connection): void {
    connection.pings++;
    this.open++;
    connection.client.send(connection.client.wire.ping);
  }

  /** Asks every connection for a PONG: had the broker sent a frame too many, it would come before it. */
  async finish(): Promise<number> {
    for (const connection of this.connections) this.ping(connection);
    await this.settled();
    let verified = 0;
    for (const { name, counters, frames, due, expected } of this.inboxes.values()) {
      if (frames > due) throw new Error(`${name} got ${frames - due} messages too many`);
      for (const counter of counters) verified += counter.verified;
      if (this.job.cell.queueGroups === 0 || due === 0) continue;
      let tally = 0;
      for (const counter of counters) tally = (tally + counter.tally) | 0;
      for (const [publisher, block] of expected)
        tally = (tally - tallyOf(publisher, block, this.job.blocks)) | 0;
      if (tally !== 0) throw new Error(`${name} got as many messages as it should, but not the right ones`);
    }
    this.close();
    return verified;
  }

  /** What has not arrived, for people. */
  missing(): string {
    const writing = this.publishers.filter(({ blocksLeft }) => blocksLeft > 0);
    const short = [...this.inboxes.values()].filter(({ frames, due }) => frames < due);
    const parts = [
      ...writing.map(
        ({ connection, blocksLeft }) => `${connection.name} could not write ${blocksLeft} blocks`,
      ),
      ...short.map(({ name, frames, due }) => `${name} got ${frames} of ${due} frames`),
      ...this.connections.filter(({ pings }) => pings > 0).map(({ name }) => `${name} got no PONG`),
    ];
    return parts.length > 4
      ? `${parts.slice(0, 4).join('; ')}; and ${parts.length - 4} more`
      : parts.join('; ');
  }

  close(): void {
    for (const { client } of this.connections) client.close();
  }
}

/** Some at a time, in order. */
async function inTurns(numbers: readonly number[], task: (number: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < numbers.length; n += AT_A_TIME)
    await Promise.all(numbers.slice(n, n + AT_A_TIME).map(task));
}

/** Serves the runner at the other end of the fork channel until it disconnects. */
function serve(): void {
  let run: LoadRun | undefined;
  let deadline: NodeJS.Timeout | undefined;
  let failure = 'it was not prepared';
  const reply = (message: FromLoad): void => void process.send?.(message);
  const fail = (reason: string): void => {
    if (run === undefined) return;
    clearTimeout(deadline);
    run.close();
    run = undefined;
    failure = reason;
    reply({ op: 'failed', reason });
  };
  const handle = async (message: ToLoad): Promise<void> => {
    switch (message.op) {
      case 'prepare': {
        const { job } = message;
        run = new LoadRun(job, fail);
        deadline = setTimeout(
          () => fail(`no end after ${job.deadlineMs} ms: ${run?.missing()}`),
          job.deadlineMs,
        );
        await run.prepare();
        if (run !== undefined) reply({ op: 'ready' });
        return;
      }
      case 'go': {
        if (run === undefined) reply({ op: 'failed', reason: failure });
        else reply({ op: 'done', ...(await run.publish()) });
        return;
      }
      case 'finish': {
        if (run === undefined) {
          reply({ op: 'failed', reason: failure });
          return;
        }
        const verified = await run.finish();
        clearTimeout(deadline);
        run = undefined;
        reply({ op: 'finished', verified });
        return;
      }
      default:
        unreachable(message);
    }
  };
  process.on('message', (message: ToLoad) => {
    handle(message).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
  });
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the runner tidies up and disconnects.
}

serve();
