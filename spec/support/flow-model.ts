/** A core with modelled readers and publishers: time passes when told to, and no socket is involved. */

import type { IoEnd } from '../../lib/clients/io-end.js';
import { type FlowLimits, Outbox } from '../../lib/clients/outbox.js';
import { coreWriter } from '../../lib/connection/core-writer.js';
import type { Session } from '../../lib/dialects/codec.js';
import { natsParserOptions } from '../../lib/dialects/nats/options.js';
import { NatsParser } from '../../lib/dialects/nats/parser.js';
import { GLOBAL_ACCOUNT } from '../../lib/domain/account-names.js';
import type { CloseReason } from '../../lib/domain/close-reason.js';
import type { CommandBatch } from '../../lib/frame/command.js';
import { Delivery, type Outgoing } from '../../lib/frame/delivery.js';
import { Client } from '../../lib/routing/client.js';
import { Core } from '../../lib/routing/core.js';
import { pub } from './harness.js';

const nothing = () => {};
/** The session of a peer that says nothing. */
const SILENT: Session<unknown> = {
  open: nothing,
  ready: nothing,
  handle: nothing,
  refusePublish: nothing,
  sendError: nothing,
  inform: nothing,
  ping: () => false,
  pingsOut: 0,
  close: nothing,
};

/** How a reader's kernel shows what it takes, in bytes: nothing until so many have come together. */
export interface Steps {
  /** Acknowledgements. */
  readonly acknowledged: number;
  /** Room in the sender's buffer. */
  readonly taken: number;
  /** What kernels buffer. */
  readonly kernel: number;
}

/** A socket on the loopback of Linux with its default buffers, as measured: docs/flow.md. */
export const LOOPBACK: Steps = { acknowledged: 108_000, taken: 1_500_000, kernel: 4_000_000 };
/** A stream in this process: nearly all of it shows. */
export const EXACT: Steps = { acknowledged: 1, taken: 16_384, kernel: 0 };

/** In the place of encoder and wire: a peer that reads at a rate, behind kernels that buffer. */
export class ModelWire implements IoEnd {
  renderedBytes = 0;
  renderedChunks = 0;
  readonly isShortOfMemory = false;
  readonly hasFailed = false;
  /** Messages handed to it. */
  messages = 0;
  /** Bytes that the peer has read. */
  read = 0;
  private takenBytes = 0;
  private acknowledged = 0;
  private readonly steps: Steps;

  constructor(steps: Steps) {
    this.steps = steps;
  }

  flush(): void {
    this.settle();
  }

  credit(): number {
    return this.takenBytes;
  }

  write(items: readonly Outgoing<unknown>[]): void {
    for (const item of items) {
      if (!(item instanceof Delivery)) continue;
      for (let row = item.from; row < item.to; row++) {
        this.messages++;
        this.renderedBytes += item.batch.payloadBytes(row) + 20;
      }
      item.batch.users--;
    }
    this.renderedChunks++;
  }

  get waitingBytes(): number {
    return this.renderedBytes - this.takenBytes;
  }

  /** Bytes in kernels that have not been acknowledged. */
  get unacknowledged(): number {
    return this.takenBytes - this.acknowledged;
  }

  /** The peer reads up to `bytes`. */
  take(bytes: number): void {
    for (let left = bytes; left > 0; ) {
      const some = Math.min(left, this.takenBytes - this.read);
      if (some === 0) return;
      this.read += some;
      left -= some;
      this.settle();
    }
  }

  /** Lets what shows of that show. */
  private settle(): void {
    const { acknowledged, taken, kernel } = this.steps;
    for (;;) {
      if (this.read - this.acknowledged >= acknowledged || this.read === this.takenBytes)
        this.acknowledged = this.read;
      const room =
        kernel === 0 ? this.read + taken - this.takenBytes : kernel - (this.takenBytes - this.acknowledged);
      const isOpen = kernel === 0 ? room > 0 : room >= Math.min(taken, kernel) || this.takenBytes < kernel;
      const bytes = isOpen ? Math.min(room, this.waitingBytes) : 0;
      if (bytes <= 0) return;
      this.takenBytes += bytes;
    }
  }
}

/** A connection in the model. */
export interface ModelPeer {
  readonly client: Client;
  readonly wire: ModelWire;
}

/** Bytes of one message's payload. */
export const MESSAGE_BYTES = 1_000;
const STEP_MS = 10;
const BATCH_BYTES = 64 * 1024;
/** Reads of one connection in one step. */
const STEP_BATCHES = 8;

export class FlowModel {
  time = 0;
  /** Time that passes between two looks at the clock, in milliseconds: what is done between them takes that long. */
  msPerLook = 0;
  readonly core: Core;
  readonly peers: ModelPeer[] = [];
  readonly limits: FlowLimits;
  private nextId = 1;

  constructor(limits: FlowLimits) {
    this.limits = limits;
    this.core = new Core({
      now: () => this.time,
      unixNow: () => (this.time += this.msPerLook),
      every: () => nothing,
    });
  }

  /** A connection; `steps` is how what its peer takes shows. */
  join(steps: Steps): ModelPeer {
    const wire = new ModelWire(steps);
    const outbox = new Outbox(wire, this.limits, () => this.time);
    if (steps.kernel > 0) outbox.look = () => outbox.unacknowledged(wire.unacknowledged, this.time);
    const identity = { id: this.nextId++, remoteAddress: undefined, remotePort: undefined };
    const close = (reason: CloseReason): void => {
      if (client.closing) return;
      client.lossReason = reason === 'SLOW_CONSUMER' ? 'slow_consumer' : 'closed';
      this.core.forget(client);
    };
    const client: Client = new Client(
      identity,
      this.core,
      outbox,
      { maxSubscriptions: 1_000, maxSubjectTokens: 0 },
      { close, login: () => true, introduced: nothing },
      () => SILENT,
    );
    client.admit({
      account: this.core.account(GLOBAL_ACCOUNT),
      ...{ user: undefined, permissions: undefined, maxSubscriptions: undefined, maxPayloadBytes: undefined },
      ...{ expiresAt: undefined, flow: undefined },
    });
    const peer = { client, wire };
    this.peers.push(peer);
    return peer;
  }

  /** A subscriber to `subject`. */
  reader(subject: string, steps: Steps = LOOPBACK): ModelPeer {
    const peer = this.join(steps);
    peer.client.subscriptions.add(subject, '1');
    return peer;
  }

  /** A connection that publishes: see {@link ModelPublisher}. */
  publisher(): ModelPublisher {
    return new ModelPublisher(this, this.join(EXACT).client);
  }

  /** Lets one step of time pass: `act` is what peers do in it. */
  step(act: (ms: number) => void): void {
    this.time += STEP_MS;
    act(STEP_MS);
    do this.core.scheduler.runTurn();
    while (this.core.scheduler.waiting > 0);
    for (const { client } of this.peers) if (client.outbox.congested) client.outbox.drained();
    if (this.time % 50 === 0) this.core.congestion.sweep();
  }

  /** Lets time pass. */
  run(ms: number, act: (ms: number) => void): void {
    for (const end = this.time + ms; this.time < end; ) this.step(act);
  }

  end(): void {
    this.core.destroy();
  }
}

/** Offers messages at a rate; what is not taken waits, as in a socket. */
export class ModelPublisher {
  readonly client: Client;
  /** Messages that wait to be read. */
  backlog: string[] = [];
  private readonly tail: ReturnType<typeof coreWriter>;
  private due = 0;

  constructor(model: FlowModel, client: Client) {
    this.client = client;
    this.tail = coreWriter(model.core, client);
  }

  /** Offers what comes together in `ms` at `bytesPerSecond`, and sends as much of all as is taken. */
  offer(ms: number, bytesPerSecond: number, subject: string): void {
    this.due += (ms * bytesPerSecond) / 1_000;
    for (; this.due >= MESSAGE_BYTES; this.due -= MESSAGE_BYTES) this.backlog.push(subject);
    this.send();
  }

  /** Sends what waits, while it is taken. */
  send(): void {
    let left = STEP_BATCHES;
    while (this.backlog.length > 0 && this.tail.writableLength === 0 && left-- > 0) {
      const batch = batchOfAll(this.backlog.splice(0, BATCH_BYTES / MESSAGE_BYTES));
      this.tail.write(batch);
    }
  }
}

const PAYLOAD = 'x'.repeat(MESSAGE_BYTES);

function batchOfAll(subjects: readonly string[]): CommandBatch {
  const batches: CommandBatch[] = [];
  const parser = new NatsParser(natsParserOptions({}), (batch) => batches.push(batch));
  parser.feed(Buffer.from(subjects.map((subject) => pub(subject, PAYLOAD)).join('')));
  return batches[0]!;
}
