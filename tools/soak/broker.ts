/** The broker under load, as a process of its own: sluice, or one of its peers. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve as resolvePath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OWN_CLI } from '../bench/brokers.js';
import { adopt } from '../bench/processes.js';
import { Client } from './client.js';
import type { ClientProtocol } from './frames.js';

const HOST = '127.0.0.1';
const READY_MS = 20_000;
const KIB = 1024;

export interface BrokerOptions {
  /** The TOML of a sluice; its listeners are added. A function gets the folder of the broker, for files. */
  readonly toml?: string;
  /** A `cli.js`; this checkout's when absent. */
  readonly sluice?: string | undefined;
  /** A nats-server or redis-server instead. */
  readonly peer?: string | undefined;
  /** A program that starts a broker, in the place of the command. Its words are the three ports and {@link words}. */
  readonly program?: string;
  readonly words?: readonly string[];
  /** What runs the command: `['sh', '-c', 'ulimit -n 64; exec "$0" "$@"']`. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A further address of NATS clients, on the same port. */
  readonly also?: string;
  /** Whether it also listens for WebSockets, with compression for clients that ask for it. */
  readonly websocket?: true;
  /** Who is let in, where not anybody is. */
  readonly user?: string;
}

let folders: string | undefined;

/** An empty folder that is gone when this process is. */
export function folder(): string {
  if (folders === undefined) {
    const all = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
    process.once('exit', () => rmSync(all, { recursive: true, force: true }));
    folders = all;
  }
  return mkdtempSync(join(folders, 'f'));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export class RunningBroker {
  readonly pid: number;
  /** What clients of it speak first of all. */
  readonly protocol: ClientProtocol;
  readonly port: number;
  readonly linePort: number;
  readonly monitorPort: number;
  /** Where it listens for WebSockets, if it does. */
  readonly websocketPort: number;
  /** Where its configuration is. */
  readonly file: string;
  /** All it wrote to standard error. */
  errors = '';
  /** How it ended. */
  ended: string | undefined;
  readonly exited: Promise<string>;
  private constructor(
    ports: readonly [number, number, number, number],
    protocol: ClientProtocol,
    file: string,
    child: ReturnType<typeof run>,
  ) {
    [this.port, this.linePort, this.monitorPort, this.websocketPort] = ports;
    this.protocol = protocol;
    this.file = file;
    this.pid = child.pid ?? 0;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-200_000);
    });
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => {
        this.ended = `${code ?? signal}`;
        resolve(this.ended);
      });
    });
    void this.exited.then((how) => {
      this.ended ??= how;
    });
  }

  static async start(options: BrokerOptions = {}): Promise<RunningBroker> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
    const where = folder();
    const file = join(where, 'config.toml');
    const name = basename(options.peer ?? '');
    const protocol: ClientProtocol = name.startsWith('redis') ? 'redis' : 'nats';
    const toml = `${options.toml ?? ''}${options.websocket ? websocketToml(ports[3]) : ''}`;
    if (options.peer === undefined) writeFileSync(file, configOf(ports, toml, options.also));
    const command = commandOf(options, protocol, file, ports);
    const broker = new RunningBroker(
      ports,
      protocol,
      file,
      run([...(options.under ?? []), ...command], where, options.env),
    );
    const deadline = Date.now() + READY_MS;
    for (;;) {
      if (broker.ended !== undefined) throw new Error(`it ended with ${broker.ended}:\n${broker.errors}`);
      try {
        const login = options.user === undefined ? {} : { user: options.user };
        (await Client.open(broker.port, { protocol, patienceMs: 2_000, ...login })).end();
        return broker;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }

  /** Its TOML from now on; read with SIGHUP. */
  configure(toml: string): void {
    writeFileSync(this.file, configOf([this.port, this.linePort, this.monitorPort], toml));
  }

  signal(signal: NodeJS.Signals): void {
    if (this.ended === undefined) process.kill(this.pid, signal);
  }

  /** SIGTERM, and SIGKILL when that has not helped in 15 s; how it ended. */
  async stop(): Promise<string> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), 15_000);
    const how = await this.exited;
    clearTimeout(timer);
    return how;
  }

  /** What its monitor answers to a path. */
  async ask(path: string): Promise<Readonly<Record<string, unknown>>> {
    const text = await new Promise<string>((resolve, reject) => {
      get({ host: HOST, port: this.monitorPort, path, agent: false, timeout: 30_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          body += part;
        });
        response.once('end', () => resolve(body));
        response.once('error', reject);
      }).once('error', reject);
    });
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  }

  /** A number of one of its monitor's answers. */
  async figure(path: string, key: string): Promise<number> {
    return Number((await this.ask(path))[key]);
  }

  /** Resident memory, in bytes; 0 where there is no /proc. */
  get residentBytes(): number {
    return statusBytes(this.pid, 'VmRSS');
  }

  /** The most there ever was. */
  get peakBytes(): number {
    return statusBytes(this.pid, 'VmHWM');
  }

  /** Open files, sockets among them; 0 where there is no /proc. */
  get openFiles(): number {
    try {
      return readdirSync(`/proc/${this.pid}/fd`).length;
    } catch {
      return 0;
    }
  }
}

function run(command: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
  const [file = '', ...words] = command;
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(SLUICE_|NATS_|NODE_OPTIONS$)/.test(name),
  );
  return adopt(
    spawn(file, words, {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
}

function configOf(
  [nats, line, monitor]: readonly [number, number, number, ...number[]],
  toml: string,
  also?: string,
): string {
  const tables = /^\[line\]$/m.test(toml) ? '' : `[line]\nlistener = "${HOST}:${line}"\n`;
  const own = toml.replace(/^\[line\]$/m, `[line]\nlistener = "${HOST}:${line}"`);
  const listeners = [HOST, ...(also === undefined ? [] : [also])].map((host) => `"${host}:${nats}"`);
  return `listener = [${listeners}]\n${own}\n${tables}[monitor]\nlistener = "${HOST}:${monitor}"\n`;
}

function commandOf(
  { peer, program, words = [], websocket, sluice = OWN_CLI }: BrokerOptions,
  protocol: ClientProtocol,
  file: string,
  ports: readonly [number, number, number, number],
): readonly string[] {
  if (peer !== undefined)
    return peerCommand(peer, protocol, ports, websocket ? websocketConf(file, ports[3]) : []);
  if (program !== undefined) return [process.execPath, program, ...ports.slice(0, 3).map(String), ...words];
  return [process.execPath, resolvePath(sluice), '-c', file];
}

function websocketToml(port: number): string {
  return `\n[websocket]\nlistener = "${HOST}:${port}"\nno_tls = true\ncompression = true\n`;
}

/** Flags that have a nats-server listen for WebSockets; its file is beside that of a sluice. */
function websocketConf(toml: string, port: number): readonly string[] {
  const file = `${toml}.conf`;
  writeFileSync(file, `websocket { host: "${HOST}", port: ${port}, no_tls: true, compression: true }\n`);
  return ['-c', file];
}

function peerCommand(
  path: string,
  protocol: ClientProtocol,
  [port, , monitor]: readonly [number, number, number, number],
  more: readonly string[],
): readonly string[] {
  if (protocol === 'redis')
    return [path, '--bind', HOST, '--port', `${port}`, '--save', '', '--appendonly', 'no'];
  return [path, '-a', HOST, '-p', `${port}`, '-m', `${monitor}`, ...more];
}

function statusBytes(pid: number, name: string): number {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'latin1'),
    );
    return Number(found?.[1] ?? 0) * KIB;
  } catch {
    return 0;
  }
}
