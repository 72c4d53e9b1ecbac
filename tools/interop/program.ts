import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Outcome, Surroundings } from './client.js';
import { environment } from './command.js';
import { conf, PASSWORD, TOKEN } from './confs.js';
import { endWithUs } from './ends.js';
import { flood } from './flood.js';

/** How long one scenario may take, in milliseconds. */
const PATIENCE_MS = 60_000;

/** How a program ends that has not failed. */
const CLEAN = 'ended with 0';

/** What a program is told, all as environment variables. */
function variables({ server, identities, certificates }: Surroundings): Record<string, string> {
  return {
    INTEROP_URL: server.url,
    INTEROP_WEBSOCKET_PORT: String(server.websocketPort),
    INTEROP_TOKEN: TOKEN,
    INTEROP_USER: 'ann',
    INTEROP_PASSWORD: PASSWORD,
    INTEROP_SEED: identities.seed,
    INTEROP_NKEY: identities.publicKey,
    INTEROP_WRONG_NKEY: identities.wrongPublicKey,
    INTEROP_WRONG_SEED: identities.wrongSeed,
    INTEROP_CREDS: identities.creds,
    INTEROP_WRONG_CREDS: identities.wrongCreds,
    ...(certificates && {
      INTEROP_CA: certificates.ca,
      INTEROP_WRONG_CA: certificates.wrongCa,
      INTEROP_CERT: certificates.client.cert,
      INTEROP_KEY: certificates.client.key,
      INTEROP_OTHER_CERT: certificates.other.cert,
      INTEROP_OTHER_KEY: certificates.other.key,
    }),
  };
}

function verdict(line: string): Outcome | undefined {
  const [, kind, , reason] = /^(ok|not ok|skip) ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
  if (kind === 'ok') return { kind: 'passed' };
  if (kind === 'not ok') return { kind: 'failed', reason: reason ?? 'no reason given' };
  return kind === 'skip' ? { kind: 'skipped', reason: reason ?? 'no reason given' } : undefined;
}

/** Runs a program of ours, written with a client library: `command … SCENARIO`. */
export async function runProgram(command: readonly string[], world: Surroundings): Promise<Outcome> {
  const { scenario, server, identities, certificates } = world;
  const [file, ...words] = [...command, scenario.name];
  const child = spawn(file!, words, {
    env: { ...environment(), ...variables(world) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`ended with ${code ?? signal}`));
  });
  let [transcript, troubles, timedOut] = ['', '', false];
  let outcome: Outcome | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    transcript += text;
  });
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, PATIENCE_MS);
  const wishes: Readonly<Record<string, () => Promise<void>>> = {
    restart: () => server.restart(),
    reload: async () => server.reload(conf('reloaded', identities, certificates)),
    'lame-duck': async () => server.retire(),
    stall: async () => {
      child.kill('SIGSTOP');
      try {
        await flood(server.port, 'stall');
      } finally {
        child.kill('SIGCONT');
      }
    },
  };
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    transcript += `${line}\n`;
    outcome ??= verdict(line);
    const wish = line.startsWith('ask ') ? wishes[line.slice(4)] : undefined;
    wish?.().catch((error: unknown) => {
      troubles += `${error}\n`;
      child.kill('SIGKILL');
    });
  });
  const how = await exited;
  clearTimeout(timer);
  if (outcome && outcome.kind !== 'failed' && how === CLEAN) return outcome;
  const why = timedOut ? `not done after ${PATIENCE_MS / 1000} s` : how;
  return { kind: 'failed', reason: `${why}\n${troubles}${transcript.slice(-2_000)}`.trim() };
}
