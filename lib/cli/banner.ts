/** What the operator reads when sluice has started. */
import { type Address, type Config, formatAddress, isLoopback } from '../config.js';
import { SYSTEM_ACCOUNT } from '../domain/account-names.js';
import { printableLines } from '../domain/printable.js';

/** Where the broker really listens; a listener that is off has no address. */
export interface Listening {
  readonly lineAddresses: readonly Address[];
  readonly natsAddresses: readonly Address[];
  readonly monitorAddress: Address | undefined;
  readonly websocketAddress?: Address | undefined;
  readonly leafAddress?: Address | undefined;
}

function isOpen(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** An address that a client on this machine can use. */
function reachable({ host, port }: Address): Address {
  return isOpen(host) ? { host: '127.0.0.1', port } : { host, port };
}

/** Whether a client of the dialect needs anything but the address. */
function isGuarded(
  { authorization, operator, tls, line, ...config }: Config,
  dialect: 'line' | 'nats',
): boolean {
  const { user, token, users, noAuthUser } = authorization;
  // Users of the system account alone leave other clients as free as without them.
  const others = users.filter(({ account }) => account !== (config.systemAccount ?? SYSTEM_ACCOUNT));
  const named = user !== undefined || token !== undefined || others.length > 0 || operator !== undefined;
  if (named && noAuthUser === undefined) return true;
  const isAlwaysTls = dialect === 'line' ? line.tls : tls?.allowNonTls === false;
  return isAlwaysTls && (tls?.verify === true || tls?.verifyAndMap === true);
}

/** One warning for every listener that others can reach without credentials. */
export function exposedListeners(listening: Listening, config: Config): string[] {
  const { lineAddresses, natsAddresses, websocketAddress } = listening;
  const general = exposed({ lineAddresses, natsAddresses }, config);
  if (websocketAddress === undefined) return general;
  return [
    ...general,
    ...exposed({ lineAddresses: [], natsAddresses: [websocketAddress] }, forWebSockets(config)),
  ];
}

/** The configuration as it is for WebSocket clients. */
function forWebSockets(config: Config): Config {
  const { authorization, websocket } = config;
  return { ...config, authorization: { ...authorization, ...websocket.login }, tls: websocket.tls };
}

function exposed(
  { lineAddresses, natsAddresses }: Pick<Listening, 'lineAddresses' | 'natsAddresses'>,
  config: Config,
): string[] {
  const { noAuthUser } = config.authorization;
  const why =
    noAuthUser === undefined
      ? 'may publish and subscribe: no authorization is configured'
      : `is ${JSON.stringify(noAuthUser)} without a password: authorization.no_auth_user`;
  const open = [
    ...(isGuarded(config, 'line') ? [] : lineAddresses),
    ...(isGuarded(config, 'nats') ? [] : natsAddresses),
  ];
  return open
    .filter(({ host }) => !isLoopback(host))
    .map((address) => `anyone who reaches ${formatAddress(address)} ${why}`);
}

/** Whether passwords or tokens can be read on their way to a listener that others reach; nkeys and JWTs need not be secret. */
export function isReadableByOthers(listening: Listening, config: Config): string[] {
  const { lineAddresses, natsAddresses, websocketAddress } = listening;
  const { tls, line, authorization, websocket } = config;
  const { user, token, users } = authorization;
  const hasSecrets =
    user !== undefined || token !== undefined || users.some(({ nkey }) => nkey === undefined);
  if (!hasSecrets) return [];
  const inTheClear = [
    ...(line.tls ? [] : lineAddresses),
    ...(tls !== undefined && !tls.allowNonTls ? [] : natsAddresses),
    ...(websocketAddress === undefined || websocket.tls !== undefined ? [] : [websocketAddress]),
  ];
  return inTheClear
    .filter(({ host }) => !isLoopback(host))
    .map(
      (address) => `passwords and tokens go to ${formatAddress(address)} in the clear: no tls is configured`,
    );
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
