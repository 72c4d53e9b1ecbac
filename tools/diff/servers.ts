/** The two servers of a comparison. */
import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adopt, emptyFolder, stop } from '../bench/processes.js';
import type { Variant } from './variants.js';

const READY_MS = 10_000;
const STOP_MS = 6_000;
const ANYWHERE = ['-a', '127.0.0.1', '-p', '-1'] as const;

/** A server that is ready. */
export interface Server {
  readonly name: string;
  readonly port: number;
  /** What it said on its way out, once it has died by itself. */
  readonly died: () => string | undefined;
  stop(): Promise<void>;
}

/** The compiled command line of this checkout. */
export const OWN_CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** The nats-server to compare with: what is given, else $NATS_SERVER, else the one on PATH; undefined: there is none. */
export function findPeer(given: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const { NATS_SERVER, PATH = '' } = env;
  const named = given ?? NATS_SERVER;
  const candidates =
    named === undefined ? PATH.split(delimiter).map((path) => join(path, 'nats-server')) : [named];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What `nats-server --version` says, `v2.10.29`. */
export function versionOf(path: string): string {
  const output = execFileSync(path, ['--version'], { encoding: 'utf8', timeout: READY_MS });
  return /v\d+\.\d+\.\S+/.exec(output)?.[0] ?? output.trim();
}

/** What sluice has against its configuration of a variant, or undefined if it takes it. */
export function refusal(cli: string, variant: Variant): string | undefined {
  if (!existsSync(cli)) return `there is no ${cli}; run 'make build' first`;
  const file = configFile('sluice.toml', variant.sluice);
  try {
    execFileSync(process.execPath, [cli, '-t', '-c', file], { stdio: 'pipe', timeout: READY_MS });
    return undefined;
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString() ?? String(error);
    return said.trim().split('\n')[0]!;
  }
}

/** Starts nats-server with the variant's configuration. */
export function startPeer(path: string, { natsServer }: Pick<Variant, 'natsServer'>): Promise<Server> {
  const file = configFile('nats.conf', `${natsServer}\n`);
  return start(
    'nats-server',
    path,
    [...ANYWHERE, '-c', file],
    /Listening for client connections on \S+:(\d+)/,
  );
}

/** Starts sluice, from a compiled cli.js, with the variant's configuration. */
export function startSluice(cli: string, { sluice }: Pick<Variant, 'sluice'>): Promise<Server> {
  const words = [cli, ...ANYWHERE, '--no-line', '--log-level', 'info'];
  const file = configFile('sluice.toml', `${sluice}\n`);
  return start('sluice', process.execPath, [...words, '-c', file], /"port":(\d+),"dialect":"nats"/);
}

function configFile(name: string, text: string): string {
  const path = join(mkdtempSync(join(emptyFolder(), 'config-')), name);
  writeFileSync(path, text);
  return path;
}

async function start(name: string, file: string, words: readonly string[], ready: RegExp): Promise<Server> {
  const child = adopt(spawn(file, words, { cwd: emptyFolder(), stdio: ['ignore', 'pipe', 'pipe'] }));
  let said = '';
  let ended = false;
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} is not ready:\n${said}`)), READY_MS);
    const listen = (text: string): void => {
      said = (said + text).slice(-20_000);
      const match = ready.exec(said);
      if (match === null) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.once('error', reject);
    child.once('exit', () => {
      ended = true;
      reject(new Error(`${name} has ended:\n${said}`));
    });
  });
  return { name, port, died: () => (ended ? said : undefined), stop: () => stop(child, STOP_MS) };
}
