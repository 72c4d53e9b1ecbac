/** What the operator reads when sluice has started. */
import { type Address, type Config, formatAddress, isLoopback } from '../config.js';

/** Where the broker really listens; a listener that is off is undefined. */
export interface Listening {
  readonly lineAddress: Address | undefined;
  readonly natsAddress: Address | undefined;
}

function isOpen(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** An address that a client on this machine can use. */
function reachable({ host, port }: Address): Address {
  return isOpen(host) ? { host: '127.0.0.1', port } : { host, port };
}

/** One warning for every listener that others can reach without credentials. */
export function exposures({ lineAddress, natsAddress }: Listening, { authorization }: Config): string[] {
  if (authorization.user !== undefined || authorization.token !== undefined) return [];
  return [lineAddress, natsAddress]
    .filter((address) => address !== undefined && !isLoopback(address.host))
    .map((address) => {
      const where = formatAddress(address!);
      return `whoever reaches ${where} may publish and subscribe: no authorization is configured`;
    });
}

/** The start-up banner: what listens where, how to try it, what to beware of. Ends with a line end. */
export function banner(
  version: string,
  listening: Listening,
  config: Config,
  file: string | undefined,
): string {
  const { lineAddress, natsAddress } = listening;
  const lines = [`sluice ${version} is ready`];
  if (lineAddress) lines.push(`  line  ${formatAddress(lineAddress)}`);
  if (natsAddress) lines.push(`  nats  ${formatAddress(natsAddress)}`);
  lines.push(`  configuration: ${file ?? 'built-in defaults'}`, '');
  if (lineAddress) {
    const { host, port } = reachable(lineAddress);
    lines.push('Try it in two terminals:');
    lines.push(`  telnet ${host} ${port}    then type: SUB greetings`);
    lines.push(`  telnet ${host} ${port}    then type: PUB greetings hello`, '');
  } else if (natsAddress) {
    lines.push('Try it in two terminals:');
    lines.push(`  nats -s nats://${formatAddress(reachable(natsAddress))} sub greetings`);
    lines.push(`  nats -s nats://${formatAddress(reachable(natsAddress))} pub greetings hello`, '');
  }
  for (const warning of exposures(listening, config)) lines.push(`warning: ${warning}`);
  return `${lines.join('\n').trimEnd()}\n`;
}
