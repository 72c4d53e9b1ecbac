import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from './command.js';
import { WEBSOCKET_PORT } from './confs.js';
import { endWithUs } from './ends.js';

/** How long a server may take to start or to end, in milliseconds. */
const PATIENCE_MS = 15_000;

/** How a server is started. */
export interface ServerKind {
  readonly name: string;
  readonly version: string;
  readonly command: string;
  /** Words before `-c FILE`. */
  readonly words: readonly string[];
  /** What its log must not contain. */
  readonly forbidden: RegExp | undefined;
}

/** A port of the loopback interface that is free at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Whether something listens there. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The server under test with one configuration, always on the same port. */
export class Server {
  /** All it has said, over all its starts. */
  log = '';
  readonly port: number;
  /** Where it serves WebSockets, if its configuration says so. */
  readonly websocketPort: number;
  readonly directory: string;
  private readonly kind: ServerKind;
  private readonly file: string;
  private child: ChildProcess | undefined;
  private ending: NodeJS.Signals = 'SIGTERM';

  private constructor(
    kind: ServerKind,
    directory: string,
    port: number,
    websocketPort: number,
    conf: string,
  ) {
    this.kind = kind;
    this.port = port;
    this.websocketPort = websocketPort;
    this.directory = directory;
    this.file = join(directory, 'server.conf');
    this.configure(conf);
  }

  /** Starts one in a new directory below `parent`, with a port that is put before `conf`. */
  static async start(kind: ServerKind, parent: string, conf: string): Promise<Server> {
    const directory = mkdtempSync(join(parent, 'server-'));
    const server = new Server(kind, directory, await freePort(), await freePort(), conf);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** @throws where it ends instead of listening. */
  async start(): Promise<void> {
    const { command, words } = this.kind;
    const child = spawn(command, [...words, '-c', this.file], {
      cwd: this.directory,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    endWithUs(child);
    let failure: string | undefined;
    child.once('error', (error) => {
      failure = error.message;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
    const end = Date.now() + PATIENCE_MS;
    while (!(await isOpen(this.port))) {
      if (failure === undefined && child.exitCode !== null) failure = `ended with ${child.exitCode}`;
      if (failure === undefined && Date.now() > end) failure = 'does not listen';
      if (failure !== undefined) {
        await this.stop();
        throw new Error(`${this.kind.name}: ${failure}\n${this.log}`);
      }
      await sleep(50);
    }
  }

  private configure(conf: string): void {
    const own = conf.replaceAll(WEBSOCKET_PORT, String(this.websocketPort));
    writeFileSync(this.file, `host: 127.0.0.1\nport: ${this.port}\n${own}\n`);
  }

  /** Has it read this configuration instead. */
  reload(conf: string): void {
    this.configure(conf);
    this.signal('SIGHUP');
  }

  /** Makes it a lame duck. */
  retire(): void {
    this.signal('SIGUSR2');
    this.ending = 'SIGINT'; // the other one lets a lame duck finish
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Asks it to end, and kills it if it does not. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(this.ending);
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await exited;
    clearTimeout(timer);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Lines of the log that no scenario is meant to cause. */
  complaints(): string[] {
    const { forbidden } = this.kind;
    return forbidden ? this.log.split('\n').filter((line) => forbidden.test(line)) : [];
  }
}
