import type { FlowLimits } from '../clients/flow-limits.js';
import { linkFlowOf } from '../clients/link-flow.js';
import type { Address, Config } from '../config.js';
import type { Dialect } from '../dialects/codec.js';
import { natsDialect } from '../dialects/nats/index.js';
import { type DialectName, LEAF_DIALECT, LINE_DIALECT, NATS_DIALECT } from '../domain/dialect-name.js';
import { invalidKey } from '../domain/errors.js';
import { FLOW_POLICIES, type FlowPolicy } from '../domain/flow-policy.js';
import { Loadable } from '../domain/loadable.js';
import { type Security, securityFromTheStart } from '../transport/tls.js';
import type { Wire } from '../transport/wire.js';

/** What the built-in dialects go by, read anew each time: a reload changes it, for open connections too. */
export interface DialectSources {
  readonly config: () => Config;
  /** Whether a client must log in first. */
  readonly connectFirst: () => boolean;
  /** Name of the system account. */
  readonly systemAccount: () => string;
  /** Time a client has to send its credentials, in milliseconds. */
  readonly authTimeoutMs: () => number;
  /** What INFO says, over TLS or not. */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
}

/** What the built-in dialects go by, over a WebSocket as well, and the one of leafs. */
export interface AllSources extends DialectSources {
  readonly websocket: DialectSources;
  readonly leaf: Pick<Registered, 'code' | 'security'>;
}

/** A dialect that a program brings along, and where it is spoken. */
export interface DialectRegistration extends Dialect {
  /** Where the broker listens for its clients. Default: nowhere; `attach` and `connect` serve it all the same. */
  readonly listeners?: readonly Address[] | undefined;
  /** Whether its connections begin with a TLS handshake, by the settings of `tls`. Default false. */
  readonly tls?: boolean | undefined;
  /** What becomes of messages for its connections while they are congested. Default `flow.policy`. */
  readonly flowPolicy?: FlowPolicy | undefined;
}

/** A dialect, and what the configuration says of it. */
export interface Registered {
  readonly name: DialectName;
  /** Its code: loaded by the time that it listens, or else with the first connection. */
  readonly code: Loadable<Dialect>;
  /** Where it listens. */
  readonly listeners: (config: Config) => readonly Address[];
  /** How much may be pending for one of its connections, and what happens beyond that. */
  readonly flow: (config: Config) => FlowLimits;
  /** Its TLS, of that of the configuration. */
  readonly security: (config: Config, security: Security | undefined) => Security | undefined;
  /** Whether it can only be served with TLS. */
  readonly needsTls: boolean;
}

/** The dialects of one broker by name: the two that have tables in the configuration, and those of its program. */
export class Dialects {
  /** All but {@link last}, in the order in which they begin to listen. */
  readonly others: readonly Registered[];
  /** The one that programs wait for: by the time it listens nothing else can fail. */
  readonly last: Registered;
  /** The NATS client protocol over a WebSocket, which has settings of its own. */
  readonly websocket: Registered;
  /** What is spoken with servers that are leafs of this one. */
  readonly leaf: Registered;
  private readonly registered = new Map<DialectName, Registered>();

  /** @throws SluiceError CONFIG_INVALID about a name that is taken, or is none */
  constructor(sources: AllSources, others: readonly DialectRegistration[] = []) {
    this.leaf = leaf(sources.leaf);
    this.others = [line(sources), this.leaf, ...others.map(fromProgram)];
    this.last = nats(sources);
    this.websocket = nats(sources.websocket, 'WEBSOCKET');
    for (const one of this.all) this.add(one);
  }

  get all(): readonly Registered[] {
    return [...this.others, this.last];
  }

  get names(): readonly DialectName[] {
    return [this.last, ...this.others].map(({ name }) => name);
  }

  /** @throws SluiceError CONFIG_INVALID where there is no such dialect */
  of(name: DialectName): Registered {
    const found = this.registered.get(name);
    if (found === undefined) throw invalidKey('dialect', `${JSON.stringify(name)}: not registered`);
    return found;
  }

  /** The dialect of that name as it is spoken over a wire. */
  over(name: DialectName, { upgrade }: Pick<Wire, 'upgrade'>): Registered {
    return upgrade !== undefined && name === NATS_DIALECT ? this.websocket : this.of(name);
  }

  /** @throws SluiceError CONFIG_INVALID where a dialect needs TLS and the configuration has none */
  check({ tls }: Config): void {
    for (const { name, needsTls } of this.all)
      if (needsTls && tls === undefined)
        throw invalidKey('dialects', `${name}.tls: needs the settings of tls`);
  }

  private add(one: Registered): void {
    const { name } = one;
    if (this.registered.has(name))
      throw invalidKey('dialects', `${JSON.stringify(name)}: registered already`);
    this.registered.set(name, one);
  }
}

/** Names that logs and the monitor use for what is no dialect, or that a built-in dialect has. */
const RESERVED: ReadonlySet<string> = new Set([
  NATS_DIALECT,
  LINE_DIALECT,
  LEAF_DIALECT,
  'local',
  'monitor',
  'http',
]);

function withPolicy(flow: FlowLimits, policy: FlowPolicy | undefined): FlowLimits {
  return { ...flow, policy: policy ?? flow.policy };
}

function fromProgram(given: DialectRegistration): Registered {
  const { name, connectionType, listeners = [], flowPolicy, tls = false } = given;
  if (typeof name !== 'string' || !/^[a-z][a-z\d_-]{0,31}$/.test(name) || RESERVED.has(name))
    throw invalidKey(
      'dialects',
      `name = ${JSON.stringify(name)}: not usable, allowed: up to 32 of a-z, 0-9, _ and -, a letter first, none of ${[...RESERVED].join(', ')}`,
    );
  if (typeof connectionType !== 'string' || !/^[A-Z][A-Z\d_]{0,31}$/.test(connectionType))
    throw invalidKey(
      'dialects',
      `${name}.connectionType = ${JSON.stringify(connectionType)}: not usable, allowed: up to 32 of A-Z, 0-9 and _, a letter first`,
    );
  if (flowPolicy !== undefined && !FLOW_POLICIES.includes(flowPolicy))
    throw invalidKey('dialects', `${name}.flowPolicy: not usable, allowed: ${FLOW_POLICIES.join(', ')}`);
  return {
    name,
    code: Loadable.loaded<Dialect>(given),
    listeners: () => listeners,
    flow: ({ flow }) => withPolicy(flow, flowPolicy),
    security: (_, security) => (tls ? security && securityFromTheStart(security) : undefined),
    needsTls: tls,
  };
}

function nats(
  { config, connectFirst, systemAccount, authTimeoutMs, info }: DialectSources,
  connectionType = 'STANDARD',
): Registered {
  const dialect = natsDialect({
    get maxControlLineBytes() {
      return config().nats.maxControlLineBytes;
    },
    get maxPayloadBytes() {
      return config().nats.maxPayloadBytes;
    },
    get maxHeaderBytes() {
      return config().nats.maxHeaderBytes;
    },
    get takesTraceParents() {
      return config().accounts.some(({ traces }) => traces !== undefined);
    },
    authTimeoutMs,
    connectFirst,
    info,
    systemAccount,
  });
  return {
    name: NATS_DIALECT,
    code: Loadable.loaded({ ...(dialect as Dialect), connectionType }),
    listeners: (settings) => (settings.nats.enabled ? settings.nats.listeners : []),
    flow: (settings) => withPolicy(settings.flow, settings.nats.flowPolicy),
    security: (_, security) => security,
    needsTls: false,
  };
}

function leaf({ code, security }: AllSources['leaf']): Registered {
  return {
    name: LEAF_DIALECT,
    code,
    listeners: ({ leaf: { listener } }) => (listener === undefined ? [] : [listener]),
    flow: (settings) => linkFlowOf(settings.flow),
    security,
    needsTls: false,
  };
}

function line({ config }: DialectSources): Registered {
  const load = async () => {
    const { lineDialect } = await import('../dialects/line/index.js');
    return lineDialect({
      get maxLineBytes() {
        return config().line.maxLineBytes;
      },
      get maxTopicBytes() {
        return config().line.maxTopicBytes;
      },
      get idleTimeoutMs() {
        return config().line.idleTimeoutMs;
      },
      authTimeoutMs: () => config().authorization.timeoutMs,
    }) as Dialect;
  };
  return {
    name: LINE_DIALECT,
    code: new Loadable(load),
    listeners: (settings) => (settings.line.enabled ? settings.line.listeners : []),
    flow: (settings) => withPolicy(settings.flow, settings.line.flowPolicy),
    security: (settings, security) =>
      settings.line.tls ? security && securityFromTheStart(security) : undefined,
    needsTls: false, // the configuration checks `line.tls` itself
  };
}
