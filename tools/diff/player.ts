/** Plays a session against a server. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as soon } from 'node:timers/promises';
import { bytesOf, type Session, type Step, writesOf } from './session.js';
import type { Heard, Transcript } from './transcript.js';

/** How patient a player is. */
export interface WaitTimes {
  /** Time to listen to a client that cannot be asked whether it has heard everything, in milliseconds. */
  readonly settleMs: number;
  /** Time a client has for its PONG, in milliseconds; after it, it is taken for one that cannot be asked. */
  readonly answerMs: number;
  /** Time a server has to close a connection before it is asked for a PONG, which it would not read, in milliseconds. */
  readonly pauseMs: number;
}

const HOST = '127.0.0.1';
let connected = 0;

/** Another address of this machine each time: sluice slows down an address whose logins fail. */
function nextAddress(): string {
  connected++;
  return `127.${1 + ((connected >> 16) & 127)}.${(connected >> 8) & 255}.${connected & 255}`;
}

const PING = Buffer.from('PING\r\n');
/** Time a server has to close its side after a client has ended, in milliseconds. */
const FAREWELL_MS = 2_000;

/** One connection, and what came over it. */
class Connection {
  readonly socket: Socket;
  closed = false;
  /** Whether it would take a PING for a part of something else. */
  mute = false;
  /** Whether it ended in an error: then what the server said last may be lost. */
  private reset = false;
  private text = '';
  private heardClosed = false;
  private waiting: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect({
      port,
      host: HOST,
      localAddress: nextAddress(),
      noDelay: true,
      allowHalfOpen: false,
    });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.text += text;
      this.waiting?.();
    });
    this.socket.on('error', () => {
      this.reset = true; // and 'close' follows
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.waiting?.();
    });
  }

  write(bytes: Buffer): void {
    if (!this.closed && this.socket.writable) this.socket.write(bytes);
  }

  /** Resolves with whether `done` became true within `ms`. */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    if (done()) return true;
    return new Promise((resolve) => {
      const finish = (result: boolean) => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve(result);
      };
      const timer = setTimeout(() => finish(false), ms);
      this.waiting = () => {
        if (done()) finish(true);
      };
    });
  }

  /**
   * Asks for a PONG: whatever was meant for this client before has come when it is there.
   *
   * @param others PONGs it may get before, for PINGs of its own
   */
  async ask({ settleMs, answerMs }: WaitTimes, others = 0): Promise<void> {
    if (this.closed) return;
    const before = this.pongs;
    this.write(PING);
    const isMute = this.mute;
    const answered = await this.until(() => this.closed || this.pongs > before, isMute ? settleMs : answerMs);
    this.mute = !answered;
    if (answered && others > 0) await this.until(() => this.closed || this.pongs > before + others, settleMs);
  }

  get greeted(): boolean {
    return this.text.includes('\r\n');
  }

  /** What came since this was last called. */
  take(): Heard {
    const closed = this.closed && !this.heardClosed;
    const heard = { text: this.text, closed, reset: closed && this.reset };
    this.text = '';
    this.heardClosed = this.closed;
    return heard;
  }

  private get pongs(): number {
    return this.text.split('PONG\r\n').length;
  }
}

/** Plays the session; rejects if the server does not greet a client. */
export async function play(session: Session, port: number, waits: WaitTimes): Promise<Transcript> {
  const connections: Connection[] = [];
  const transcript: Heard[][] = [];
  try {
    for (let i = 0; i < session.clients; i++) {
      const connection = new Connection(port);
      connections.push(connection);
      if (!(await connection.until(() => connection.closed || connection.greeted, FAREWELL_MS)))
        throw new Error(`no greeting from port ${port}`);
    }
    transcript.push(connections.map((connection) => connection.take()));
    const unfinished = new Set<Connection>();
    for (const step of session.steps) {
      await perform(step, connections, unfinished, waits);
      transcript.push(connections.map((connection) => connection.take()));
    }
    return transcript;
  } finally {
    await Promise.all(connections.map(leave));
  }
}

async function perform(
  step: Step,
  connections: readonly Connection[],
  unfinished: Set<Connection>,
  waits: WaitTimes,
): Promise<void> {
  const sender = connections[step.client]!;
  if (sender.closed) return;
  for (const [i, bytes] of writesOf(step).entries()) {
    if (i > 0) await soon();
    sender.write(bytes);
  }
  if (step.unfinished) {
    unfinished.add(sender);
    await sender.until(() => sender.closed, waits.settleMs);
  } else {
    unfinished.delete(sender);
    // What is written to a connection that the server has closed can cost what the server said last.
    await sender.until(() => sender.closed, waits.pauseMs);
    await sender.ask(waits, pingsIn(step));
  }
  // Only now: when the sender has its answer, what it caused is on its way to the others, before their PONGs.
  let unasked = sender.mute && !sender.closed;
  for (const connection of connections) {
    if (connection === sender) continue;
    if (unfinished.has(connection)) unasked = true;
    else await connection.ask(waits);
  }
  if (unasked) await sleep(waits.settleMs);
}

/** How many PINGs there may be in a step, at most. */
function pingsIn(step: Step): number {
  return bytesOf(step).toString('latin1').split(/ping/i).length - 1;
}

/** Ends the connection and waits until the server has closed its side: then it has forgotten the subscriptions. */
async function leave(connection: Connection): Promise<void> {
  connection.socket.end();
  await connection.until(() => connection.closed, FAREWELL_MS);
  connection.socket.destroy();
}
