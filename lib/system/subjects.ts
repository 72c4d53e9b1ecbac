/** Subjects of the system account, as nats-server has them. https://docs.nats.io/running-a-nats-service/configuration/sys_accounts */

/** What every server answers on `$SYS.REQ.SERVER.PING.NAME`, and one server on `$SYS.REQ.SERVER.ID.NAME`. */
const SERVER_REQUESTS = [
  'IDZ',
  'STATSZ',
  'VARZ',
  'SUBSZ',
  'CONNZ',
  'ROUTEZ',
  'GATEWAYZ',
  'LEAFZ',
  'ACCOUNTZ',
  'JSZ',
  'HEALTHZ',
  'PROFILEZ',
  'EXPVARZ',
  'IPQUEUESZ',
  'RAFTZ',
] as const;

/** What changes something, on `$SYS.REQ.SERVER.ID.NAME` only. */
const SERVER_COMMANDS = ['RELOAD', 'LDM', 'KICK'] as const;

/** What is answered of one account, on `$SYS.REQ.ACCOUNT.ACCOUNT.NAME`. */
const ACCOUNT_REQUESTS = ['SUBSZ', 'CONNZ', 'LEAFZ', 'JSZ', 'INFO', 'STATZ', 'CONNS'] as const;

export type ServerRequest = (typeof SERVER_REQUESTS)[number];
export type ServerCommand = (typeof SERVER_COMMANDS)[number];
export type AccountRequest = (typeof ACCOUNT_REQUESTS)[number];

/** What a request on a subject asks for. */
export type Asked =
  | { readonly of: 'server'; readonly name: ServerRequest | ServerCommand }
  /** `account` is undefined for all accounts. */
  | { readonly of: 'account'; readonly name: AccountRequest; readonly account: string | undefined }
  /** How many subscriptions a subject has. */
  | { readonly of: 'subscribers'; readonly name: 'SUBSCRIBERS' };

/** Requests whose answers may be long, or take long. */
const LONG: ReadonlySet<string> = new Set(['CONNZ', 'SUBSZ', 'ACCOUNTZ', 'STATZ', 'INFO', 'SUBSCRIBERS']);

/** Where the number of subscriptions is asked for; other accounts may import it. */
const SUBSCRIBERS = '$SYS.DEBUG.SUBSCRIBERS';

const REQUEST = '$SYS.REQ';
/** In the place of a server's id or an account's name. */
const ALL = 'PING';

/** Subjects of requests in the system account. */
export function* systemSubjects(serverId: string): Iterable<string> {
  yield `${REQUEST}.SERVER.${ALL}`;
  for (const name of SERVER_REQUESTS) {
    yield `${REQUEST}.SERVER.${ALL}.${name}`;
    yield `${REQUEST}.SERVER.${serverId}.${name}`;
  }
  for (const name of SERVER_COMMANDS) yield `${REQUEST}.SERVER.${serverId}.${name}`;
  for (const name of ACCOUNT_REQUESTS) yield `${REQUEST}.ACCOUNT.*.${name}`;
  yield SUBSCRIBERS;
}

/** Subjects on which every other account is answered about itself. */
export const OWN_ACCOUNT_SUBJECTS: ReadonlyMap<string, AccountRequest> = new Map([
  [`${REQUEST}.SERVER.${ALL}.CONNZ`, 'CONNZ'],
  [`${REQUEST}.ACCOUNT.${ALL}.CONNZ`, 'CONNZ'],
  [`${REQUEST}.ACCOUNT.${ALL}.STATZ`, 'STATZ'],
]);

/** What a subject of `OWN_ACCOUNT_SUBJECTS` asks for. */
export function ownAccountRequest(subject: string): AccountRequest {
  return OWN_ACCOUNT_SUBJECTS.get(subject) ?? 'CONNZ';
}

/** What a subject of `systemSubjects` asks for. */
export function askedOn(subject: string): Asked {
  if (subject === SUBSCRIBERS) return { of: 'subscribers', name: 'SUBSCRIBERS' };
  const [, , of, whose, name = 'STATSZ'] = subject.split('.');
  if (of === 'SERVER') return { of: 'server', name: name as ServerRequest | ServerCommand };
  const isAll = whose === ALL && name === 'STATZ';
  return { of: 'account', name: name as AccountRequest, account: isAll ? undefined : whose };
}

/** Whether the answer may be long. */
export function mayBeLong({ name }: Asked): boolean {
  return LONG.has(name);
}

export function statszSubject(serverId: string): string {
  return `$SYS.SERVER.${serverId}.STATSZ`;
}
