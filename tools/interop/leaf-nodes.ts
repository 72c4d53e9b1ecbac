/** The servers that leaf links are tried with. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Background } from './background.js';
import { ROOT } from './find/places.js';

/** Ports that nothing listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    ports.push(typeof address === 'object' && address !== null ? address.port : 0);
  }
  for (const server of servers) await new Promise((resolve) => void server.close(resolve));
  return ports;
}

/** How a server is started: `words` before `-c FILE`. */
export interface Kind {
  readonly name: string;
  readonly command: string;
  readonly words: readonly string[];
}

export const SLUICE: Kind = {
  name: 'sluice',
  command: process.execPath,
  words: [`${ROOT}dist/cli.js`, '--no-line'],
};

/** The nats-servers to link with: those of `INTEROP_NATS_SERVERS`, or the one on the PATH. */
export function natsServers(): readonly Kind[] {
  const { INTEROP_NATS_SERVERS: given, PATH = '' } = process.env;
  const paths = given?.split(delimiter) ?? PATH.split(delimiter).map((path) => join(path, 'nats-server'));
  const found = paths.filter((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return (given === undefined ? found.slice(0, 1) : found).map((command) => {
    const said = execFileSync(command, ['--version'], { encoding: 'utf8' });
    return { name: /\d+\.\d+\.\d+\S*/.exec(said)?.[0] ?? command, command, words: [] };
  });
}

/** A server with one configuration, always on the same port. */
export class Node {
  readonly port: number;
  readonly file: string;
  private readonly kind: Kind;
  private process: Background;

  constructor(kind: Kind, directory: string, name: string, port: number, conf: string) {
    this.kind = kind;
    this.port = port;
    this.file = join(directory, `${name}.conf`);
    writeFileSync(this.file, `listen: "127.0.0.1:${port}"\nserver_name: ${name}\n${conf}\n`);
    this.process = this.spawn();
  }

  private spawn(): Background {
    return new Background(this.kind.command, [...this.kind.words, '-c', this.file]);
  }

  get log(): string {
    return this.process.text;
  }

  /** A client, once it answers. @throws with its log where it does not */
  async connect(): Promise<NatsConnection> {
    const patience = sleep(20_000, undefined, { ref: false }).then(() => {
      throw new Error(`no connection to ${this.file}: ${this.log.slice(-1_000)}`);
    });
    return Promise.race([this.dial(), patience]);
  }

  private dial(): Promise<NatsConnection> {
    return connect({
      servers: `127.0.0.1:${this.port}`,
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      ignoreClusterUpdates: true,
    });
  }

  /** Kills it, and starts it again. */
  async crash(): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    this.process = this.spawn();
  }

  signal(signal: NodeJS.Signals): void {
    this.process.signal(signal);
  }

  stop(): Promise<void> {
    return this.process[Symbol.asyncDispose]();
  }
}
