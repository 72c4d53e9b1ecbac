import { ask } from './command.js';
import { ROOT } from './find/places.js';
import type { ServerKind } from './server.js';

/**
 * The server to test: `sluice` is the one built here, anything else the path of a nats-server.
 * @throws where it does not say its version.
 */
export async function serverKind(name: string): Promise<ServerKind> {
  const isSluice = name === 'sluice';
  const [command, words] = isSluice ? [process.execPath, [`${ROOT}dist/cli.js`]] : [name, []];
  const said = await ask(command, ...words, '--version');
  const version = /\d+\.\d+\.\d+\S*/.exec(said ?? '')?.[0];
  if (version === undefined) throw new Error(`${name} does not run${isSluice ? ': make build' : ''}`);
  return isSluice
    ? {
        name,
        version,
        command,
        words: [...words, '--no-line'],
        forbidden: /"level":"(error|fatal)"|\[(ERR|FTL)\]/,
      }
    : { name: 'nats-server', version, command, words, forbidden: undefined };
}
