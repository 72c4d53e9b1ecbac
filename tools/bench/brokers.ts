/** The brokers under test: what they are called, how each is started, and that it is ready. */
import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Carrier, Cell, Dialect, Link } from './cells.js';
import { type CertificateFiles, certificateFiles } from './certificate.js';
import { adopt, emptyFolder, stop } from './processes.js';
import type { PublishRendering, Rendering } from './wires.js';

const HOST = '127.0.0.1';
const READY_MS = 10_000;
const STOP_MS = 6_000;
const STDERR_KEPT = 2_000;
/** `nats-server: v2.10.29`, `sluice 0.1.0`, `Redis server v=7.0.15 sha=…`, alone on the line. */
const VERSION =
  /^(?:(?:sluice|nats-server:) v?(\d+\.\d+\.\d\S*)(?: \(.*\))?|Redis server v=(\d+\.\d+\.\d+) .*)\s*$/;

/** A broker that can be started. The first contender of a run is the one the others are compared with. */
export interface Contender {
  /** For the tables: `sluice`, `nats-server 2.10.29`. */
  readonly name: string;
  readonly version: string;
  readonly path: string;
  /** Whether it can run the cell. */
  readonly runs: (cell: Cell) => boolean;
  readonly listensFor: readonly Dialect[];
  /** What is spoken with it in the cells of each dialect. */
  readonly renderings: Readonly<Partial<Record<Dialect, Rendering>>>;
  /**
   * @param tls NATS clients must use TLS
   * @param conf a file in the format of nats-server's configuration, to be read
   */
  readonly command: (
    natsPort: number,
    linePort: number,
    nodeFlags: readonly string[],
    tls?: CertificateFiles,
    conf?: string,
  ) => readonly string[];
  /** Starts it where it is more than one process; else `start` does. */
  readonly startAll?: (link: Link, nodeFlags: readonly string[]) => Promise<RunningBroker>;
}

/** Where it listens, or would: for WebSockets only where it has been told to. */
export type Ports = Readonly<Record<Dialect | 'websocket', number>>;

export interface RunningBroker {
  readonly contender: Contender;
  readonly pid: number;
  readonly ports: Ports;
  /** The server that clients which receive connect to, where it is another one. */
  readonly receiving?: Pick<RunningBroker, 'pid' | 'ports'>;
  /** Where clients that publish connect, and how they write, where that is not as those do which receive. */
  readonly publishing?: { readonly ports: Ports; readonly rendering: PublishRendering };
  /** Resolves once each of its servers knows of all subscriptions that the other one has confirmed. */
  readonly interestArrived?: () => Promise<void>;
  /** SIGTERM, then SIGKILL. Rejects if it had died by itself before. */
  stop(): Promise<void>;
}

/** The compiled command line of this checkout. */
export const OWN_CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const RELAY = fileURLToPath(new URL('./relay.js', import.meta.url));

function versionOf(command: readonly string[]): string {
  const [file = '', ...args] = command;
  try {
    const output = execFileSync(file, [...args, '--version'], {
      encoding: 'utf8',
      timeout: READY_MS,
      stdio: 'pipe',
    });
    const found = VERSION.exec(output);
    const version = found?.[1] ?? found?.[2];
    if (version === undefined) throw new Error('that is no version of a broker');
    return version;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`cannot run ${command.join(' ')} --version: ${stderr?.trim() || message}`);
  }
}

/** Whether there is what the cell takes beside a broker. */
function canBe({ carrier, link }: Cell): boolean {
  if (link !== 'none') return false;
  return carrier !== 'tls' || certificateFiles() !== undefined;
}

/** The flags that sluice has from nats-server. */
function tlsFlags(tls: CertificateFiles | undefined): readonly string[] {
  return tls === undefined ? [] : ['--tls', '--tlscert', tls.cert, '--tlskey', tls.key];
}

function confFlags(conf: string | undefined): readonly string[] {
  return conf === undefined ? [] : ['-c', conf];
}

/** sluice as shipped, from a compiled `cli.js`. */
export function sluice(path: string = OWN_CLI, name = 'sluice'): Contender {
  const cli = resolve(path);
  if (!existsSync(cli)) throw new Error(`there is no ${cli}; run 'make build' first`);
  return {
    name,
    version: versionOf([process.execPath, cli]),
    path: cli,
    runs: canBe,
    listensFor: ['nats', 'line'],
    renderings: { nats: 'nats', line: 'line' },
    command: (natsPort, linePort, nodeFlags, tls, conf) => [
      ...[process.execPath, ...nodeFlags, cli],
      ...['-a', HOST, '-p', String(natsPort), '--line', `${HOST}:${linePort}`, '--log-level', 'warn'],
      ...tlsFlags(tls),
      ...confFlags(conf),
    ],
  };
}

export function natsServer(path: string): Contender {
  const version = versionOf([path]);
  return {
    name: `nats-server ${version}`,
    version,
    path,
    runs: (cell) => cell.dialect === 'nats' && canBe(cell),
    listensFor: ['nats'],
    renderings: { nats: 'nats' },
    command: (natsPort, _linePort, _nodeFlags, tls, conf) => [
      path,
      ...['-a', HOST, '-p', String(natsPort)],
      ...tlsFlags(tls),
      ...confFlags(conf),
    ],
  };
}

/** Redis, of which pub/sub is measured: what the line dialect is compared with. */
export function redisServer(path: string): Contender {
  const version = versionOf([path]);
  return {
    name: `redis-server ${version}`,
    version,
    path,
    runs: ({ dialect }) => dialect === 'line',
    listensFor: ['line'],
    renderings: { line: 'resp' },
    command: (_natsPort, linePort) => [
      path,
      ...['--port', String(linePort), '--bind', HOST, '--save', '', '--appendonly', 'no'],
    ],
  };
}

/** Copies bytes and understands none of them: what Node's sockets cost without a broker. */
export function relay(): Contender {
  return {
    name: 'raw relay',
    version: process.version,
    path: RELAY,
    // It does not see where a frame ends, so it cannot merge what several publishers send, nor choose a member of a group.
    runs: ({ dialect, publishers, queueGroups, carrier }) =>
      dialect === 'nats' && publishers === 1 && queueGroups === 0 && carrier === 'tcp',
    listensFor: ['nats'],
    renderings: { nats: 'verbatim' },
    command: (natsPort, _linePort, nodeFlags) => [process.execPath, ...nodeFlags, RELAY, String(natsPort)],
  };
}

/** A peer by its path: a `.js` file is another sluice, a `redis-server` is one, anything else is a nats-server. */
export function peer(path: string): Contender {
  if (path.endsWith('.js')) return sluice(path, `sluice at ${path}`);
  return basename(path).startsWith('redis-server') ? redisServer(path) : natsServer(path);
}

/** The first executable of that name on PATH. */
export function onPath(name: string): string | undefined {
  const { PATH = '' } = process.env;
  for (const folder of PATH.split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here
    }
  }
  return undefined;
}

/** Ports of 127.0.0.1 that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, HOST);
      await new Promise((listening) => server.once('listening', listening));
      return server;
    }),
  );
  return Promise.all(
    servers.map((server) => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return new Promise<number>((closed) => server.close(() => closed(port)));
    }),
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    void sleep(1_000, undefined, { ref: false }).then(() => settle(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** No variable of the caller may change a broker's configuration. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SLUICE_|NATS_|NODE_OPTIONS$)/.test(name)),
  );
}

/** A part of a configuration, in the format that sluice and nats-server read. */
export interface Conf {
  readonly text: string;
  /** Where it listens because of that. */
  readonly port?: number;
}

function websocketConf(port: number): Conf {
  return { text: `websocket { host: "${HOST}", port: ${port}, no_tls: true }`, port };
}

function confFile(folder: string, { text }: Conf): string {
  const file = join(mkdtempSync(join(folder, 'conf-')), 'server.conf');
  writeFileSync(file, `${text}\n`);
  return file;
}

/**
 * Starts it in an empty directory, so that no configuration file is picked up, and resolves when it accepts
 * connections. Rejects with what it wrote to stderr if it does not within 10 s.
 */
export async function start(
  contender: Contender,
  nodeFlags: readonly string[] = [],
  carrier: Carrier = 'tcp',
  more?: Conf,
): Promise<RunningBroker> {
  const [nats = 0, line = 0, websocket = 0] = await freePorts(3);
  const cwd = emptyFolder();
  const tls = carrier === 'tls' ? certificateFiles() : undefined;
  const conf = carrier === 'websocket' ? websocketConf(websocket) : more;
  const path = conf && confFile(cwd, conf);
  const [file = '', ...args] = contender.command(nats, line, nodeFlags, tls, path);
  const child = adopt(
    spawn(file, args, { cwd, env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  let errors = '';
  let ended: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-STDERR_KEPT);
  });
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended ??= `exited with ${signal ?? code}`;
  });
  const trouble = (what: string): Error =>
    new Error(`${contender.name} ${what}${errors === '' ? '' : `:\n${errors.trimEnd()}`}`);

  const ports = { nats, line, websocket };
  const wanted = contender.listensFor.map((dialect) => ports[dialect]);
  if (conf?.port !== undefined) wanted.push(conf.port);
  const deadline = Date.now() + READY_MS;
  while (!(await Promise.all(wanted.map(accepts))).every(Boolean)) {
    if (ended !== undefined) throw trouble(ended);
    if (Date.now() > deadline) {
      await stop(child, STOP_MS);
      throw trouble(`did not listen within ${READY_MS / 1000} s`);
    }
    await sleep(20);
  }
  return {
    contender,
    pid: child.pid ?? 0,
    ports,
    stop: async () => {
      if (ended !== undefined) throw trouble(ended);
      await stop(child, STOP_MS);
    },
  };
}
