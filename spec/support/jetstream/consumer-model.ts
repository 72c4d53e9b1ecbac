import { isInFilter } from './store-model.js';

/** How the consumer is configured. Times in milliseconds. */
export interface ModelConfig {
  readonly policy: 'none' | 'all' | 'explicit';
  readonly filter: readonly string[];
  readonly waitMs: number;
  readonly backoffMs: readonly number[];
  readonly maxDeliver: number;
  readonly maxAckPending: number;
}

export interface ModelRequest {
  readonly batch: number;
  readonly expiresMs: number;
  readonly noWait: boolean;
}

interface Waiting extends ModelRequest {
  readonly name: string;
  readonly until: number;
  left: number;
  given: number;
}

interface Pending {
  readonly consumer: number;
  due: number;
}

/** A message that was delivered: what its acknowledgements name. */
export interface ModelDelivery {
  readonly sequence: number;
  readonly consumer: number;
  readonly deliveries: number;
}

/** A pull consumer by brute force: everything is looked up anew in arrays. Begins with the first message. */
export class ConsumerModel {
  /** What was sent, in order. */
  readonly sent: string[] = [];
  readonly deliveries: ModelDelivery[] = [];
  now = 0;
  private readonly config: ModelConfig;
  private readonly messages = new Map<number, string>();
  private last = 0;
  private next = 1;
  private readonly pending = new Map<number, Pending>();
  private readonly counts = new Map<number, number>();
  private again: number[] = [];
  private requests: Waiting[] = [];
  private requested = 0;
  private delivered = { consumer: 0, stream: 0 };
  private floor = { consumer: 0, stream: 0 };

  constructor(config: ModelConfig) {
    this.config = config;
  }

  /** Its numbers: delivered, floor, pending, delivered again, requests, to be delivered. */
  get numbers(): readonly number[] {
    const { delivered, floor, pending, counts, requests } = this;
    const positions = [delivered.consumer, delivered.stream, floor.consumer, floor.stream];
    return [...positions, pending.size, counts.size, requests.length, this.ahead.length];
  }

  get sequences(): readonly number[] {
    return [...this.messages.keys()];
  }

  publish(subject: string): void {
    this.messages.set(++this.last, subject);
    this.pump();
  }

  remove(sequence: number): void {
    if (!this.messages.delete(sequence)) return;
    if (this.pending.has(sequence)) this.settle(sequence);
    this.counts.delete(sequence);
    this.pump();
  }

  purgeBelow(sequence: number): void {
    for (const each of this.sequences) if (each < sequence) this.messages.delete(each);
    this.last = Math.max(this.last, sequence - 1);
    const first = Math.min(...this.sequences, this.last + 1);
    this.next = Math.max(this.next, first);
    this.delivered.stream = Math.max(this.delivered.stream, this.next - 1);
    for (const each of [...this.pending.keys()])
      if (!this.messages.has(each)) {
        this.pending.delete(each);
        this.counts.delete(each);
        this.again = this.again.filter((one) => one !== each);
      }
    for (const each of [...this.counts.keys()]) if (each < first) this.counts.delete(each);
    this.moveFloor();
    this.pump();
  }

  pull(request: ModelRequest): void {
    const name = `in.${this.requested++}`;
    if (request.noWait) {
      const available = this.ahead.length + this.again.length;
      const wanted = this.requests.reduce((sum, { left }) => sum + left, 0);
      if (available === 0 && request.expiresMs === 0) return this.say(name, '404 No Messages');
      if (available > 0 && available < wanted) return this.say(name, '408 Requests Pending');
    }
    const until = request.expiresMs > 0 ? this.now + request.expiresMs : Number.POSITIVE_INFINITY;
    this.requests.push({ ...request, name, until, left: request.batch, given: 0 });
    this.pump();
  }

  acknowledge({ sequence, consumer }: ModelDelivery, body: string): void {
    const known = this.pending.get(sequence);
    if (body === '+ACK' || body === '+TERM') this.confirm(sequence, consumer);
    else if (known !== undefined && body === '+WPI') known.due = this.now + this.waitOf(sequence);
    else if (
      known !== undefined &&
      body.startsWith('-NAK') &&
      consumer > this.floor.consumer &&
      consumer <= this.delivered.consumer
    ) {
      const delay = /\d+/.exec(body)?.[0];
      this.again = this.again.filter((each) => each !== sequence || delay === undefined);
      if (delay !== undefined) known.due = this.now + Number(delay);
      else if (!this.again.includes(sequence)) this.again.push(sequence);
    }
    this.pump();
  }

  /** Lets time pass; whatever is due happens at its time. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const dues = [...this.pending].flatMap(([each, { due }]) => (this.again.includes(each) ? [] : [due]));
      const at = Math.min(...dues, ...this.requests.map(({ until }) => until));
      if (at > end) break;
      this.now = Math.max(this.now, at);
      const due = [...this.pending.keys()].filter(
        (each) => !this.again.includes(each) && (this.pending.get(each)?.due ?? 0) <= this.now,
      );
      for (const each of due.sort((one, other) => one - other)) {
        if (this.config.maxDeliver > 0 && this.countOf(each) >= this.config.maxDeliver) this.exhaust(each);
        else this.again.push(each);
      }
      this.sweep(false);
      this.pump();
    }
    this.now = end;
  }

  private get ahead(): readonly number[] {
    return [...this.messages].flatMap(([sequence, subject]) =>
      sequence >= this.next && isInFilter(this.config.filter, subject) ? [sequence] : [],
    );
  }

  private pump(): void {
    while (this.requests.length > 0) {
      const sequence = this.candidate();
      if (sequence === 'none' || sequence === 'full') return this.sweep(sequence === 'none');
      const [request] = this.requests.splice(0, 1);
      if (request === undefined) return;
      this.deliver(sequence, request.name);
      request.given++;
      if (--request.left > 0) this.requests.push(request);
    }
  }

  private candidate(): number | 'none' | 'full' {
    for (const sequence of [...this.again]) {
      if (this.config.maxDeliver <= 0 || this.countOf(sequence) < this.config.maxDeliver) return sequence;
      this.exhaust(sequence);
    }
    if (this.config.maxAckPending > 0 && this.pending.size >= this.config.maxAckPending) return 'full';
    this.next = this.ahead[0] ?? this.last + 1;
    return this.ahead[0] ?? 'none';
  }

  private deliver(sequence: number, to: string): void {
    const isAgain = this.again.includes(sequence);
    this.delivered.consumer++;
    const { consumer } = this.delivered;
    if (isAgain) {
      this.again = this.again.filter((each) => each !== sequence);
      this.counts.set(sequence, this.countOf(sequence));
      const known = this.pending.get(sequence);
      if (known !== undefined) known.due = this.now + this.waitOf(sequence);
    } else {
      this.next = sequence + 1;
      this.delivered.stream = sequence;
      if (this.config.policy === 'none') this.floor = { consumer, stream: sequence };
      else this.pending.set(sequence, { consumer, due: this.now + this.waitOf(sequence) });
    }
    const deliveries = this.countOf(sequence);
    this.deliveries.push({ sequence, consumer, deliveries });
    this.say(
      to,
      `${this.messages.get(sequence)} ${deliveries}.${sequence}.${consumer} +${this.ahead.length}`,
    );
  }

  private confirm(sequence: number, consumer: number): void {
    if (this.config.policy === 'explicit') this.settle(sequence);
    if (this.config.policy !== 'all' || sequence > this.delivered.stream) return;
    if (consumer <= this.floor.consumer || sequence <= this.floor.stream) return;
    for (const each of [...this.pending.keys()]) if (each <= sequence) this.forget(each);
    this.floor = { consumer, stream: sequence };
  }

  private settle(sequence: number): void {
    if (this.pending.has(sequence)) {
      this.forget(sequence);
      this.moveFloor();
    } else this.counts.delete(sequence);
  }

  private forget(sequence: number): void {
    this.pending.delete(sequence);
    this.counts.delete(sequence);
    this.again = this.again.filter((each) => each !== sequence);
  }

  private exhaust(sequence: number): void {
    const count = this.countOf(sequence);
    this.forget(sequence);
    this.counts.set(sequence, count - 1);
    this.moveFloor();
  }

  private moveFloor(): void {
    const lowest = Math.min(...this.pending.keys());
    const known = this.pending.get(lowest);
    if (known === undefined) this.floor = { ...this.delivered };
    else if (known.consumer - 1 > this.floor.consumer)
      this.floor = { consumer: known.consumer - 1, stream: Math.max(this.floor.stream, lowest - 1) };
  }

  private sweep(isAtEnd: boolean): void {
    this.requests = this.requests.filter(({ name, until, left, noWait, given }) => {
      if (until <= this.now) this.say(name, `408 Request Timeout ${left}`);
      else if (isAtEnd && noWait && (until === Number.POSITIVE_INFINITY || given > 0))
        this.say(name, '404 No Messages');
      else return true;
      return false;
    });
  }

  private say(to: string, what: string): void {
    this.sent.push(`${to}: ${what}`);
  }

  private countOf(sequence: number): number {
    return 1 + (this.counts.get(sequence) ?? 0);
  }

  private waitOf(sequence: number): number {
    const { backoffMs, waitMs } = this.config;
    return backoffMs[Math.min(this.countOf(sequence), backoffMs.length) - 1] ?? waitMs;
  }
}
