/** What the operator reads when sluice has started. */
import { type Address, type Config, formatAddress, isLoopback } from '../config.js';

/** Where the broker really listens; a listener that is off has no address. */
export interface Listening {
  readonly lineAddresses: readonly Address[];
  readonly natsAddresses: readonly Address[];
  readonly monitorAddress: Address | undefined;
}

function isOpen(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** An address that a client on this machine can use. */
function reachable({ host, port }: Address): Address {
  return isOpen(host) ? { host: '127.0.0.1', port } : { host, port };
}

/** Whether a client needs anything but the address. */
function isGuarded({ authorization: { user, token, users }, operator, tls }: Config): boolean {
  const hasLogin = user !== undefined || token !== undefined || users.length > 0 || operator !== undefined;
  return hasLogin || tls?.verifyAndMap === true;
}

/** One warning for every listener that others can reach without credentials. */
export function exposures({ lineAddresses, natsAddresses }: Listening, config: Config): string[] {
  if (isGuarded(config)) return [];
  return [...lineAddresses, ...natsAddresses]
    .filter(({ host }) => !isLoopback(host))
    .map((address) => {
      const where = formatAddress(address);
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
  const { lineAddresses, natsAddresses, monitorAddress } = listening;
  const lines = [`sluice ${version} is ready`];
  for (const address of lineAddresses) lines.push(`  line  ${formatAddress(address)}`);
  for (const address of natsAddresses) lines.push(`  nats  ${formatAddress(address)}`);
  if (monitorAddress) lines.push(`  http  ${formatAddress(monitorAddress)}`);
  lines.push(`  configuration: ${file ?? 'built-in defaults'}`, '');
  const [line] = lineAddresses;
  const [nats] = natsAddresses;
  if (line) {
    const { host, port } = reachable(line);
    lines.push('Try it in two terminals:');
    lines.push(`  telnet ${host} ${port}    then type: SUB greetings`);
    lines.push(`  telnet ${host} ${port}    then type: PUB greetings hello`, '');
  } else if (nats) {
    lines.push('Try it in two terminals:');
    lines.push(`  nats -s nats://${formatAddress(reachable(nats))} sub greetings`);
    lines.push(`  nats -s nats://${formatAddress(reachable(nats))} pub greetings hello`, '');
  }
  for (const warning of exposures(listening, config)) lines.push(`warning: ${warning}`);
  return `${lines.join('\n').trimEnd()}\n`;
}
