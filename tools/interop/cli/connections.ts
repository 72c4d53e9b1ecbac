import { setTimeout as sleep } from 'node:timers/promises';
import type { Background } from '../background.js';
import type { Surroundings } from '../client.js';
import { PASSWORD, TOKEN } from '../confs.js';
import { flood } from '../flood.js';
import { Nats, TRIES } from './command.js';
import type { CliScenario } from './messages.js';

const PUBLISH = ['pub', 'cli.auth', 'hello'];

type Login = (world: Surroundings) => readonly string[];

/** Lets in with the first, and with none of the others. */
function lets(right: Login, ...wrong: readonly Login[]): CliScenario {
  return async ({ world }) => {
    await new Nats(world, right(world)).do(...PUBLISH);
    for (const login of [...wrong, () => []]) {
      await new Nats(world, login(world)).refuses(PUBLISH, /authorization violation/i);
    }
  };
}

const user = (name: string, password: string): Login => {
  return () => ['--user', name, '--password', password];
};
const password = lets(user('ann', PASSWORD), user('ann', 'wrong'), user('eve', PASSWORD));

/** TLS options: which authority to trust, which certificate to show. */
function tls(ca: 'ca' | 'wrongCa', own?: 'client' | 'other'): Login {
  return ({ certificates, scenario }) => {
    if (!certificates) throw new Error('no certificates');
    const pair = own && certificates[own];
    return [
      ...['--tlsca', certificates[ca]],
      ...(pair ? ['--tlscert', pair.cert, '--tlskey', pair.key] : []),
      ...(scenario.name === 'tls-first' ? ['--tlsfirst'] : []),
    ];
  };
}

/** Over TLS, the reason of a refusal depends on who notices first. */
function tlsLets(right: Login, ...wrong: readonly Login[]): CliScenario {
  return async ({ world }) => {
    await new Nats(world, right(world)).do(...PUBLISH);
    for (const login of wrong) await new Nats(world, login(world)).refuses(PUBLISH, /./);
  };
}

/** A subscriber loses its connection, finds the server again, and is still subscribed. */
function interrupted(
  subject: string,
  interrupt: (world: Surroundings, subscriber: Background) => Promise<void>,
): CliScenario {
  return async (nats) => {
    const [subscriber] = await nats.subscribers(1, subject, subject);
    await using heard = subscriber!;
    await interrupt(nats.world, heard);
    await heard.said(/Disconnected/);
    // It does not tell when it is back.
    for (let i = 0; i < TRIES && !/^after$/m.test(heard.text); i++) {
      await nats.do('pub', subject, 'after');
      await sleep(100);
    }
    await heard.said(/^after$/m);
  };
}

async function stall({ server }: Surroundings, subscriber: Background): Promise<void> {
  subscriber.signal('SIGSTOP');
  try {
    await flood(server.port, 'stall');
  } finally {
    subscriber.signal('SIGCONT');
  }
}

/** Scenarios about connections, by name. */
export const CONNECTIONS: Readonly<Record<string, CliScenario>> = {
  'auth-token': lets(
    () => ['--token', TOKEN],
    () => ['--token', 'wrong'],
  ),
  'auth-user': password,
  'auth-bcrypt': password,
  'auth-nkey': lets(
    ({ identities }) => ['--nkey', identities.seed],
    ({ identities }) => ['--nkey', identities.wrongSeed],
  ),
  'auth-creds': lets(
    ({ identities }) => ['--creds', identities.creds],
    ({ identities }) => ['--creds', identities.wrongCreds],
  ),
  tls: tlsLets(tls('ca'), tls('wrongCa'), () => []),
  'tls-mutual': tlsLets(tls('ca', 'client'), tls('wrongCa', 'client'), tls('ca')),
  'tls-map': tlsLets(tls('ca', 'client'), tls('ca'), tls('ca', 'other')),
  'tls-first': tlsLets(tls('ca'), tls('wrongCa')),
  'slow-consumer-server': interrupted('stall', stall),
  reconnect: interrupted('again', ({ server }) => server.restart()),
};
