import type {
  AccountConfig,
  ExportConfig,
  ImportConfig,
  MappingConfig,
  OperatorConfig,
} from '../config/shapes.js';
import type { DescribeSetting } from '../config/show.js';
import { destinationFault } from '../domain/destination.js';
import { covers, isValidSubject, withoutReferences } from '../domain/subject.js';
import type { Claims } from './claims.js';
import { readTrust, type Trust } from './operator.js';

type Exports = Claims<'account'>['nats']['exports'];
type Imports = Claims<'account'>['nats']['imports'];

/**
 * The accounts an operator's JWTs describe, with what they export and import; their names are their public keys.
 * An import that the other account does not export is left out. Activation tokens are not understood: an export that
 * asks for one is not exported, an import with one is left out. `warn` is told, in one line each.
 * @throws SluiceError CONFIG_INVALID as `readTrust`
 */
export function accountsOf(
  operator: OperatorConfig,
  warn: (warning: string) => void = () => undefined,
  describe?: DescribeSetting,
): readonly AccountConfig[] {
  return accountsIn(readTrust(operator, describe, warn), warn);
}

/** Public key of the system account, where an operator's JWT names one. Throws as `readTrust`. */
export function systemAccountOf(operator: OperatorConfig): string | undefined {
  return readTrust(operator).systemAccount;
}

function accountsIn({ accounts }: Trust, warn: (warning: string) => void): AccountConfig[] {
  const complaintsOf = (name: string, claims: Claims<'account'>): Warn => {
    const label = claims.name === '' ? name : `${claims.name} (${name})`;
    return (what, subject, why) => warn(`account ${label}: ${what} of ${JSON.stringify(subject)}: ${why}`);
  };
  const exported = new Map(
    [...accounts].map(([name, { claims }]) => {
      const warn = complaintsOf(name, claims);
      return [name, claims.nats.exports.flatMap((each) => exportOf(each, warn))] as const;
    }),
  );
  return [...accounts].map(([name, { claims }]) => {
    const warn = complaintsOf(name, claims);
    return {
      name,
      exports: exported.get(name) ?? [],
      imports: claims.nats.imports
        .flatMap((each) => importOf(each, (key) => accounts.has(key), warn))
        .filter((each) => {
          if (mayImport(name, each, exported.get(each.account) ?? [])) return true;
          warn('left out the import', each.subject, `account ${each.account} does not export it to this one`);
          return false;
        }),
      ...mappingsOf(claims.nats.mappings, warn),
    };
  });
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

/** Whether one of `exports` is for `importer`. Where one says exactly this subject, what wider ones allow does not count. */
function mayImport(
  importer: string,
  { kind, subject }: ImportConfig,
  exports: readonly ExportConfig[],
): boolean {
  const pattern = withoutReferences(subject);
  const covering = exports.filter((each) => each.kind === kind && covers(each.subject, pattern));
  const exact = covering.filter((each) => each.subject === pattern);
  return (exact.length > 0 ? exact : covering).some(
    ({ accounts }) => accounts === undefined || accounts.includes(importer),
  );
}

type Warn = (what: string, subject: string, why: string) => void;

function exportOf(claim: Exports[number], warn: Warn): ExportConfig[] {
  const { type: kind, subject } = claim;
  if (claim.account_token_position > 0) {
    warn('left out the export', subject, 'account_token_position is not supported');
    return [];
  }
  if (claim.token_req)
    warn('other accounts cannot import the export', subject, 'activation tokens are not supported');
  return [
    {
      kind,
      subject,
      ...(claim.token_req ? { accounts: [] } : {}),
      ...(claim.response_type === '' ? {} : { responseType: claim.response_type }),
      ...(claim.response_threshold > 0 ? { responseThresholdMs: claim.response_threshold / 1_000_000 } : {}),
    },
  ];
}

function importOf(claim: Imports[number], isKnown: (account: string) => boolean, warn: Warn): ImportConfig[] {
  const { type: kind, account, subject, to, local_subject: local } = claim;
  if (claim.token !== '') {
    warn('left out the import', subject, 'activation tokens are not supported');
    return [];
  }
  if (!isKnown(account)) {
    warn('left out the import', subject, `there is no account ${account}`);
    return [];
  }
  if (local !== '') return [{ kind, account, subject, to: local }];
  if (to === '') return [{ kind, account, subject }];
  // The `to` of old: of a stream what comes in front, of a service the subject there.
  return [
    kind === 'stream' ? { kind, account, subject, prefix: to } : { kind, account, subject: to, to: subject },
  ];
}
