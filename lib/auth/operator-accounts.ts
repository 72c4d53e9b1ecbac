import type { AccountConfig, ExportConfig, ImportConfig, MappingConfig } from '../config/shapes.js';
import { destinationFault } from '../domain/destination.js';
import type { JetStreamAccountLimits } from '../domain/jetstream-account-limits.js';
import { covers, isValidSubject, withoutReferences } from '../domain/subject.js';
import { type Activated, checkActivation, type ReadTokens } from './activation.js';
import type { Claims } from './claims.js';
import type { TrustedAccount } from './operator.js';

/** Name of the limits for streams with one replica. */
const ONE_REPLICA = 'R1';

type Limits = Claims<'account'>['nats']['limits'];
type Exports = Claims<'account'>['nats']['exports'];
type Imports = Claims<'account'>['nats']['imports'];

/**
 * What the JWTs of accounts describe: the accounts with what they export and import; their names are their public keys. An
 * import that the other account does not export, or asks a token for that the import does not have, is left out.
 * @param warn told of that, in one line each
 * @param nowMs Unix time in milliseconds
 * @param read activation tokens that have been read before
 */
export function accountsIn(
  accounts: ReadonlyMap<string, TrustedAccount>,
  warn: (warning: string) => void = () => undefined,
  nowMs = Date.now(),
  read: ReadTokens = new Map(),
): AccountConfig[] {
  return [...accounts].map(([name, account]) => {
    const { claims } = account;
    const label = claims.name === '' ? name : `${claims.name} (${name})`;
    const warnOf: Warn = (what, subject, why) =>
      warn(`account ${label}: ${what} of ${JSON.stringify(subject)}: ${why}`);
    return {
      name,
      exports: claims.nats.exports.filter((each) => isExportable(each, warnOf)).map(exportOf),
      imports: claims.nats.imports.flatMap((each) => {
        const end = grantOf(name, each, accounts.get(each.account), nowMs, read);
        if (typeof end === 'number') return [importOf(each, end)];
        warnOf('left out the import', importOf(each).subject, end);
        return [];
      }),
      ...mappingsOf(claims.nats.mappings, warnOf),
      ...streamsOf(claims.nats.limits),
    };
  });
}

/** What an account may have of streams. Of tiers, which go by numbers of replicas, there is only that of one. */
function streamsOf(limits: Limits): { readonly jetstream?: JetStreamAccountLimits } {
  const tiered = limits.tiered_limits[ONE_REPLICA];
  const given = tiered ?? limits;
  if (given.mem_storage === 0 && given.disk_storage === 0) return {};
  return {
    jetstream: {
      maxMemory: given.mem_storage,
      maxFile: given.disk_storage,
      maxStreams: given.streams,
      maxConsumers: given.consumer,
      maxAckPending: given.max_ack_pending || -1,
      memoryMaxStreamBytes: given.mem_max_stream_bytes || -1,
      fileMaxStreamBytes: given.disk_max_stream_bytes || -1,
      maxBytesRequired: given.max_bytes_required,
      ...(tiered === undefined ? {} : { tier: ONE_REPLICA }),
    },
  };
}

/** The mappings of an account; those that nats-server would not take are left out. */
function mappingsOf(
  mappings: Claims<'account'>['nats']['mappings'],
  warn: Warn,
): { readonly mappings?: readonly MappingConfig[] } {
  const all = Object.entries(mappings).flatMap(([subject, claimed]) => {
    const destinations = claimed.map(({ subject: to, weight, cluster }) => ({
      subject: to,
      weight: weight === 0 ? 100 : weight,
      ...(cluster === '' ? {} : { cluster }),
    }));
    const fault = mappingFault(subject, destinations);
    if (fault === undefined) return [{ subject, destinations }];
    warn('left out the mapping', subject, fault);
    return [];
  });
  return all.length === 0 ? {} : { mappings: all };
}

function mappingFault(subject: string, destinations: MappingConfig['destinations']): string | undefined {
  if (!isValidSubject(subject)) return 'invalid subject';
  const totals = new Map<string | undefined, number>();
  for (const { subject: to, weight, cluster } of destinations) {
    const fault = destinationFault(subject, to);
    if (fault !== undefined) return fault;
    const total = (totals.get(cluster) ?? 0) + weight;
    if (weight < 0 || total > 100) return 'total weight needs to be <= 100';
    totals.set(cluster, total);
  }
  return undefined;
}

/**
 * How long an account may import something, in milliseconds of Unix time; else why it may not. Where one export says exactly
 * this subject, what wider ones allow does not count.
 */
function grantOf(
  importer: string,
  claim: Imports[number],
  exporter: TrustedAccount | undefined,
  nowMs: number,
  read: ReadTokens,
): number | string {
  if (exporter === undefined) return `there is no account ${claim.account}`;
  const { kind, subject } = importOf(claim);
  const pattern = withoutReferences(subject);
  const covering = exporter.claims.nats.exports.filter(
    (each) => each.type === kind && positionFault(each) === undefined && covers(each.subject, pattern),
  );
  const exact = covering.filter((each) => each.subject === pattern);
  let last = `account ${claim.account} does not export it to this one`;
  for (const each of exact.length > 0 ? exact : covering) {
    const end = grantBy(each, importer, { kind, subject, token: claim.token }, exporter, nowMs, read);
    if (typeof end === 'number') return end;
    last = end ?? last;
  }
  return last;
}

/** The same for one export; undefined: it is for other accounts. */
function grantBy(
  { token_req, account_token_position: position, revocations, subject }: Exports[number],
  importer: string,
  wanted: Activated,
  exporter: TrustedAccount,
  nowMs: number,
  read: ReadTokens,
): number | string | undefined {
  if (position > 0) {
    const isOwn = subject !== wanted.subject && wanted.subject.split('.')[position - 1] === importer;
    return isOwn ? Number.POSITIVE_INFINITY : undefined;
  }
  if (!token_req) return Number.POSITIVE_INFINITY;
  return checkActivation(importer, wanted, exporter, revocations, nowMs, read);
}

type Warn = (what: string, subject: string, why: string) => void;

/** What is wrong with the place of the importing account's name in the subject of an export. */
function positionFault({ subject, account_token_position: position }: Exports[number]): string | undefined {
  if (position === 0 || subject.split('.')[position - 1] === '*') return undefined;
  return 'account_token_position is not the place of a * in it';
}

function isExportable(claim: Exports[number], warn: Warn): boolean {
  const fault = positionFault(claim);
  if (fault !== undefined) warn('left out the export', claim.subject, fault);
  return fault === undefined;
}

function exportOf({ type: kind, subject, response_type, response_threshold }: Exports[number]): ExportConfig {
  return {
    kind,
    subject,
    ...(response_type === '' ? {} : { responseType: response_type }),
    ...(response_threshold > 0 ? { responseThresholdMs: response_threshold / 1_000_000 } : {}),
  };
}

/** @param end when it ends, in milliseconds of Unix time */
function importOf(
  { type: kind, account, subject, to, local_subject: local }: Imports[number],
  end = Number.POSITIVE_INFINITY,
): ImportConfig {
  const common = { kind, account, ...(end === Number.POSITIVE_INFINITY ? {} : { expiresAt: end }) };
  if (local !== '') return { ...common, subject, to: local };
  if (to === '') return { ...common, subject };
  // The `to` of old: of a stream what comes in front, of a service the subject there.
  return kind === 'stream' ? { ...common, subject, prefix: to } : { ...common, subject: to, to: subject };
}
