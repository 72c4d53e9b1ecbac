/** What the operator reads when sluice has started. */
import { type Address, type Config, formatAddress } from '../config.js';
import { SYSTEM_ACCOUNT } from '../domain/account-names.js';
import { printableLines } from '../domain/printable.js';
import { exposedListeners, type Listening } from './exposure.js';

function isOpen(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** An address that a client on this machine can use. */
function reachable({ host, port }: Address): Address {
  return isOpen(host) ? { host: '127.0.0.1', port } : { host, port };
}

/** How a client has to log in that gives more than its address; the plainest way where there are several. */
function loginOf({
  authorization,
  operator,
  ...config
}: Config): 'none' | 'token' | 'password' | 'nkey' | 'creds' {
  const { user, token, users, noAuthUser } = authorization;
  const others = users.filter(({ account }) => account !== (config.systemAccount ?? SYSTEM_ACCOUNT));
  if (noAuthUser !== undefined) return 'none';
  if (user !== undefined || others.some(({ nkey }) => nkey === undefined)) return 'password';
  if (token !== undefined) return 'token';
  if (operator !== undefined) return 'creds';
  return others.length > 0 ? 'nkey' : 'none';
}

/** What a line client types first; undefined: it cannot log in. */
const LINE_LOGINS = { none: '', token: 'AUTH TOKEN, then ', password: 'AUTH USER PASSWORD, then ' } as const;

const NATS_LOGINS = {
  none: '',
  token: ' --user TOKEN',
  password: ' --user USER --password PASSWORD',
  nkey: ' --nkey FILE',
  creds: ' --creds FILE',
} as const;

/** Two commands to try it with, what the user has to fill in in capitals; none where there is no simple one. */
function suggestions({ lineAddresses, natsAddresses }: Listening, config: Config): string[] {
  const { line, tls } = config;
  const login = loginOf(config);
  const needsCertificate = tls?.verify === true || tls?.verifyAndMap === true;
  const [lineAddress] = lineAddresses;
  if (lineAddress && login !== 'nkey' && login !== 'creds' && !(line.tls && needsCertificate)) {
    const { host, port } = reachable(lineAddress);
    const connect = line.tls
      ? `openssl s_client -quiet -connect ${formatAddress({ host, port })}`
      : `telnet ${host} ${port}`;
    return ['SUB greetings', 'PUB greetings hello'].map(
      (command) => `${connect}    then type: ${LINE_LOGINS[login]}${command}`,
    );
  }
  const [natsAddress] = natsAddresses;
  if (!natsAddress) return [];
  const scheme = tls === undefined || tls.allowNonTls ? 'nats' : 'tls';
  const certificates =
    scheme === 'nats' ? '' : ` --tlsca FILE${needsCertificate ? ' --tlscert FILE --tlskey FILE' : ''}`;
  const options = `${NATS_LOGINS[login]}${certificates}`;
  return ['sub greetings', 'pub greetings hello'].map(
    (command) => `nats -s ${scheme}://${formatAddress(reachable(natsAddress))}${options} ${command}`,
  );
}

/**
 * The start-up banner: what listens where, how to try it, what to beware of. Ends with a line end.
 * @param isLogBeside whether the log is on the same terminal, where it has the warnings already
 */
export function banner(
  version: string,
  listening: Listening,
  config: Config,
  file: string | undefined,
  isLogBeside = false,
): string {
  const { lineAddresses, natsAddresses, monitorAddress, websocketAddress, leafAddress } = listening;
  const lines = [`sluice ${version} is ready`];
  for (const address of lineAddresses) lines.push(`  line  ${formatAddress(address)}`);
  for (const address of natsAddresses) lines.push(`  nats  ${formatAddress(address)}`);
  if (websocketAddress)
    lines.push(
      `  ${config.websocket.tls === undefined ? 'ws  ' : 'wss '}  ${formatAddress(websocketAddress)}`,
    );
  if (leafAddress) lines.push(`  leaf  ${formatAddress(leafAddress)}`);
  for (const { addresses, account } of config.leaf.remotes)
    lines.push(`  hub   ${addresses.map(formatAddress).join(', ')} (account ${account})`);
  if (monitorAddress)
    lines.push(`  ${config.monitor.tls ? 'https' : 'http '} ${formatAddress(monitorAddress)}`);
  lines.push(`  configuration: ${file ?? 'built-in defaults'}`, '');
  const commands = suggestions(listening, config);
  if (commands.length > 0) lines.push('Try it in two terminals:', ...commands.map((each) => `  ${each}`), '');
  if (!isLogBeside)
    for (const warning of exposedListeners(listening, config)) lines.push(`warning: ${warning}`);
  return `${printableLines(lines.join('\n').trimEnd())}\n`;
}
