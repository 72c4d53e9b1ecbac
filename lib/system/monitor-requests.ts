import { gatewayz, routez } from '../monitor/absent.js';
import { accountDetail, accountStats, accountz, wantedAccounts } from '../monitor/accounts.js';
import { connz } from '../monitor/connz.js';
import type { Answer, Endpoint, Monitored } from '../monitor/endpoint.js';
import { healthz } from '../monitor/healthz.js';
import { jsz, jszAccount } from '../monitor/jsz.js';
import { leafz } from '../monitor/leafz.js';
import { Query } from '../monitor/query.js';
import { subsz } from '../monitor/subsz.js';
import { varz } from '../monitor/varz.js';
import type { Fields, RequestOptions } from './fields.js';
import { data, failed, type Outcome, SILENT } from './outcome.js';
import { expvarz, profilez } from './runtime.js';
import type { AccountRequest, ServerRequest } from './subjects.js';

/** A request that reads. */
export interface ReadRequest {
  /** What its body may have. */
  readonly fields: Fields;
  /** @param account the account in the subject; empty: all */
  answer(options: RequestOptions, monitored: Monitored, account: string): Promise<Outcome> | Outcome;
}

const PAGE: Fields = { offset: 'int', limit: 'int' };
const SUBSCRIPTIONS: Fields = { subscriptions: 'bool', subscriptions_detail: 'bool' };
const STATES = ['open', 'closed', 'all'];

/** What the parameters of an endpoint of the HTTP monitor are in the body of a request. */
type Parameters = (options: RequestOptions, account: string) => Readonly<Record<string, string>>;

const subs = (options: RequestOptions): string =>
  options.flag('subscriptions_detail') ? 'detail' : flag(options, 'subscriptions');

const CONNZ = reads(
  connz,
  {
    ...PAGE,
    ...SUBSCRIPTIONS,
    ...{ sort: 'string', auth: 'bool', cid: 'uint64', mqtt_client: 'string', state: 'int' },
    ...{ user: 'string', acc: 'string', filter_subject: 'string' },
  },
  (options, account) => ({
    ...page(options),
    subs: subs(options),
    sort: options.text('sort'),
    auth: flag(options, 'auth'),
    cid: String(options.number('cid')),
    mqtt_client: options.text('mqtt_client'),
    state: STATES[options.number('state')] ?? '',
    user: options.text('user'),
    acc: account || options.text('acc'),
    filter_subject: options.text('filter_subject'),
  }),
);

const SUBSZ_FIELDS: Fields = { ...PAGE, subscriptions: 'bool', account: 'string', test: 'string' };

const subszOf = (options: RequestOptions, account: string) => ({
  ...page(options),
  subs: account === '' ? flag(options, 'subscriptions') : '1',
  acc: account || options.text('account'),
  test: options.text('test'),
});

const LEAFZ = reads(leafz, { subscriptions: 'bool', account: 'string' }, (options, account) => ({
  subs: flag(options, 'subscriptions'),
  acc: account || options.text('account'),
}));

const JSZ_FLAGS = [
  'accounts',
  'streams',
  'consumer',
  'direct_consumer',
  'config',
  'raft',
  'stream_leader_only',
];

const JSZ_FIELDS: Fields = {
  ...PAGE,
  ...Object.fromEntries(JSZ_FLAGS.map((name) => [name, 'bool' as const])),
  ...{ account: 'string', leader_only: 'bool' },
};

const HEALTH_FLAGS = ['js-enabled', 'js-enabled-only', 'js-server-only', 'js-meta-only'];
const HEALTH_TEXTS = ['account', 'stream', 'consumer'];

/** Requests that any server answers, but for IDZ and STATSZ, which need no other part of the monitor. */
export const MONITOR_REQUESTS: Readonly<Record<Exclude<ServerRequest, 'IDZ' | 'STATSZ'>, ReadRequest>> = {
  VARZ: reads(varz, {}, () => ({})),
  CONNZ,
  SUBSZ: reads(subsz, SUBSZ_FIELDS, subszOf),
  ROUTEZ: reads(routez, SUBSCRIPTIONS, (options) => ({ subs: subs(options) })),
  GATEWAYZ: reads(
    gatewayz,
    { ...SUBSCRIPTIONS, name: 'string', accounts: 'bool', account_name: 'string' },
    (options) => ({ accs: flag(options, 'accounts') }),
  ),
  LEAFZ,
  ACCOUNTZ: reads(accountz, { account: 'string' }, (options) => ({ acc: options.text('account') })),
  JSZ: reads(jsz, JSZ_FIELDS, (options) => ({
    'leader-only': flag(options, 'leader_only'),
    acc: options.text('account'),
    ...Object.fromEntries(
      ['accounts', 'streams', 'config'].map((name) => [name, flag(options, name)] as const),
    ),
    consumers: flag(options, 'consumer'),
    ...page(options),
  })),
  HEALTHZ: {
    fields: {
      ...Object.fromEntries(HEALTH_FLAGS.map((name) => [name, 'bool' as const])),
      ...Object.fromEntries(HEALTH_TEXTS.map((name) => [name, 'string' as const])),
      ...{ details: 'bool' },
    },
    answer: async (options, monitored) => {
      const parameters = {
        ...Object.fromEntries(HEALTH_TEXTS.map((name) => [name, options.text(name)])),
        details: flag(options, 'details'),
      };
      const answer = await healthz(queryOf(parameters), monitored);
      if (answer.kind !== 'json') return outcomeOf(answer);
      const { status, ...rest } = answer.body as { readonly status: string };
      return data({ status, status_code: answer.status, ...rest });
    },
  },
  PROFILEZ: {
    fields: { name: 'string', debug: 'int', duration: 'int' },
    answer: (options) => data(profilez(options.text('name'))),
  },
  EXPVARZ: { fields: {}, answer: () => data(expvarz()) },
  // There are no queues between threads, and no Raft groups.
  IPQUEUESZ: { fields: { all: 'bool', filter: 'string' }, answer: () => data({}) },
  RAFTZ: { fields: { account: 'string', group: 'string' }, answer: () => data({}) },
};

/** Requests about one account. CONNS has no envelope, and is answered with an event. */
export const ACCOUNT_MONITOR_REQUESTS: Readonly<Record<Exclude<AccountRequest, 'CONNS'>, ReadRequest>> = {
  CONNZ,
  SUBSZ: reads(subsz, SUBSZ_FIELDS, subszOf),
  LEAFZ,
  JSZ: {
    fields: JSZ_FIELDS,
    answer: (options, { observed }, account) => {
      const is = (name: string) => options.flag(name);
      const detail = {
        streams: is('streams') || is('consumer'),
        consumers: is('consumer'),
        config: is('config'),
      };
      const row = jszAccount(observed, account, detail);
      return row === undefined ? failed('jetstream not enabled') : data(row);
    },
  },
  INFO: {
    fields: {},
    answer: async (_options, monitored, account) => {
      const detail = await accountDetail(account, monitored);
      return detail === undefined ? failed(`Account ${account} does not exist`) : data(detail);
    },
  },
  STATZ: {
    fields: { accounts: '[]string', include_unused: 'bool' },
    answer: (options, monitored, account) => {
      const accounts = account === '' ? options.list('accounts') : [account];
      const unused = options.flag('include_unused');
      const [first] = wantedAccounts(monitored.observed, unused, accounts);
      return first === undefined && !unused ? SILENT : data(accountStats(monitored, unused, accounts));
    },
  },
};

/** A request that an endpoint of the HTTP monitor answers. */
function reads(endpoint: Endpoint, fields: Fields, parameters: Parameters): ReadRequest {
  return {
    fields,
    answer: async (options, monitored, account) =>
      outcomeOf(await endpoint(queryOf(parameters(options, account)), monitored)),
  };
}

function queryOf(parameters: Readonly<Record<string, string>>): Query {
  return new Query(new URLSearchParams(parameters).toString());
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.kind === 'json') return data(answer.body);
  return failed(answer.kind === 'text' ? answer.text : 'internal error');
}

function page(options: RequestOptions): { readonly offset: string; readonly limit: string } {
  return { offset: String(options.number('offset')), limit: String(options.number('limit')) };
}

function flag(options: RequestOptions, name: string): string {
  return options.flag(name) ? '1' : '';
}
