/** The load process, forked by the runner: connects, publishes, receives, and says when all of it has arrived. */
import { feedersOf, subjectOf } from './cells.js';
import { LoadClient } from './client.js';
import { type CounterOptions, FrameCounter } from './counter.js';
import { type Block, deliveryBlock, publishBlock, replyBlock } from './frames.js';
import { type FromLoad, type LoadDone, type LoadJob, type ToLoad, unreachable } from './jobs.js';

interface Connection {
  readonly name: string;
  readonly client: LoadClient;
  readonly counter: FrameCounter;
  /** Frames that must arrive on it. */
  readonly due: number;
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

/** This process's part of one run. */
class LoadRun {
  readonly #job: LoadJob;
  readonly #fail: (reason: string) => void;
  readonly #publishers: Publisher[] = [];
  readonly #connections: Connection[] = [];
  #onProgress: () => void = () => {};

  constructor(job: LoadJob, fail: (reason: string) => void) {
    this.#job = job;
    this.#fail = fail;
  }

  /** Connects everybody; subscriptions are in place when it resolves. */
  async prepare(): Promise<void> {
    const { cell, rendering, blocks, publishers, subscribers } = this.#job;
    const delivered = new Map<number, Block>();
    for (const number of subscribers) {
      const client = await this.#open(`subscriber ${number}`);
      await client.subscribe(cell.dialect, subjectOf(cell, number));
      const expected = new Map<number, Block>();
      for (const publisher of feedersOf(cell, number)) {
        const block = delivered.get(publisher) ?? deliveryBlock(cell, publisher, rendering, client.lineEnd);
        delivered.set(publisher, block);
        expected.set(publisher, block);
      }
      this.#add(`subscriber ${number}`, client, expected);
    }
    for (const number of publishers) {
      const client = await this.#open(`publisher ${number}`);
      const replies =
        cell.dialect === 'line' ? [[number, replyBlock(cell, number, client.lineEnd)] as const] : [];
      const connection = this.#add(`publisher ${number}`, client, new Map(replies));
      this.#publishers.push({ connection, block: publishBlock(cell, number), blocksLeft: blocks });
    }
  }

  async #open(name: string): Promise<LoadClient> {
    const { port, cell } = this.#job;
    return LoadClient.open(port, cell.dialect, (error) => this.#fail(`${name}: ${error.message}`));
  }

  #add(name: string, client: LoadClient, expected: CounterOptions['expected']): Connection {
    const { blocks } = this.#job;
    const onControl = (line: string): void => {
      if (line === 'PING') client.send('PONG\r\n');
      else if (line === 'PONG' && connection.pings > 0) connection.pings--;
      else throw new Error(`the broker said ${line}`);
    };
    const counter = new FrameCounter({ expected, onControl });
    const due = [...expected.values()].reduce((frames, block) => frames + block.frames * blocks, 0);
    const connection: Connection = { name, client, counter, due, pings: 0 };
    client.stream((chunk, length) => {
      counter.feed(chunk, length);
      if (counter.frames >= due && connection.pings === 0) this.#onProgress();
    });
    this.#connections.push(connection);
    return connection;
  }

  /** Publishes, and resolves when every frame is in, and, where nobody receives, every publisher got a PONG. */
  async publish(): Promise<Omit<LoadDone, 'op'>> {
    const cpuBefore = process.cpuUsage();
    const startedAt = now();
    const unanswered = this.#job.cell.subscribers === 0;
    for (const publisher of this.#publishers) this.#write(publisher, unanswered);
    await this.#settled(() => this.#publishers.every(({ blocksLeft }) => blocksLeft === 0));
    const endedAt = now();
    const { user, system } = process.cpuUsage(cpuBefore);
    return { startedAt, endedAt, cpuSeconds: (user + system) / 1e6 };
  }

  /** One block a turn of the event loop, so that the receivers get theirs; PING after the last where asked to. */
  #write(publisher: Publisher, thenPing: boolean): void {
    const { connection, block } = publisher;
    connection.client.send(block.bytes, () => {
      publisher.blocksLeft--;
      if (publisher.blocksLeft > 0) {
        setImmediate(() => this.#write(publisher, thenPing));
        return;
      }
      if (thenPing) this.#ping(connection);
      this.#onProgress();
    });
  }

  #ping(connection: Connection): void {
    connection.pings++;
    connection.client.send(this.#job.cell.dialect === 'nats' ? 'PING\r\n' : 'PING\n');
  }

  /** Asks every connection for a PONG: had the broker sent a frame too many, it would come before it. */
  async finish(): Promise<number> {
    for (const connection of this.#connections) this.#ping(connection);
    await this.#settled(() => true);
    for (const { name, counter, due } of this.#connections) {
      if (counter.frames > due) throw new Error(`${name} got ${counter.frames - due} messages too many`);
    }
    this.close();
    return this.#connections.reduce((verified, { counter }) => verified + counter.verified, 0);
  }

  #settled(also: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#onProgress = () => {
        const settled = ({ counter, due, pings }: Connection): boolean =>
          counter.frames >= due && pings === 0;
        if (also() && this.#connections.every(settled)) {
          this.#onProgress = () => {};
          resolve();
        }
      };
      this.#onProgress();
    });
  }

  /** What has not arrived, for people. */
  missing(): string {
    const writing = this.#publishers.filter(({ blocksLeft }) => blocksLeft > 0);
    const short = this.#connections.filter(({ counter, due }) => counter.frames < due);
    const parts = [
      ...writing.map(
        ({ connection, blocksLeft }) => `${connection.name} could not write ${blocksLeft} blocks`,
      ),
      ...short.map(({ name, counter, due }) => `${name} got ${counter.frames} of ${due} frames`),
      ...this.#connections.filter(({ pings }) => pings > 0).map(({ name }) => `${name} got no PONG`),
    ];
    return parts.length > 4
      ? `${parts.slice(0, 4).join('; ')}; and ${parts.length - 4} more`
      : parts.join('; ');
  }

  close(): void {
    for (const { client } of this.#connections) client.close();
  }
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
