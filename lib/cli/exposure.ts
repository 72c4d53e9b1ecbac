/** What others can do to a broker who reach it: use it without a login, or read passwords on their way to it. */
import { type Address, type Config, formatAddress, isLoopback } from '../config.js';
import { SYSTEM_ACCOUNT } from '../domain/account-names.js';

/** Where the broker really listens; a listener that is off has no address. */
export interface Listening {
  readonly lineAddresses: readonly Address[];
  readonly natsAddresses: readonly Address[];
  readonly monitorAddress: Address | undefined;
  readonly websocketAddress?: Address | undefined;
  readonly leafAddress?: Address | undefined;
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
