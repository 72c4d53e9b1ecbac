import type { Sink } from '../clients/subscription.js';
import { covers, withoutReferences } from '../domain/subject.js';
import { Transform } from '../domain/transform.js';
import type { Account, TraceDestination } from '../routing/account.js';
import { ImportEdge, type ImportEdges } from '../routing/import-edges.js';
import type { MappingPlan } from '../routing/mappings.js';
import type { Router } from '../routing/router.js';
import { ServiceImport, StreamImport } from './imports.js';
import { Responses, type ResponseType } from './responses.js';

/** What an account takes from another one; see `ImportConfig`. */
interface Import {
  readonly kind: 'stream' | 'service';
  readonly account: string;
  readonly subject: string;
  readonly to?: string;
  readonly prefix?: string;
  readonly allowsTrace?: boolean;
  /** When it ends, in milliseconds of Unix time; absent: never. */
  readonly expiresAt?: number;
}

/** What an account lets others take; see `ExportConfig`. */
interface Export {
  readonly kind: 'stream' | 'service';
  readonly subject: string;
  readonly responseType?: ResponseType;
  readonly responseThresholdMs?: number;
  readonly allowsTrace?: boolean;
}

/** An account as configured, its imports already checked against the exports. */
export interface AccountPlan {
  readonly name: string;
  readonly exports: readonly Export[];
  readonly imports: readonly Import[];
  readonly traces?: TraceDestination;
  readonly mappings?: readonly MappingPlan[];
}

/** How long a reply may take, in milliseconds, where the export does not say. nats-server's default. */
const RESPONSE_THRESHOLD_MS = 120_000;

interface AccountResponses {
  readonly account: Account;
  readonly responses: Responses;
}

/** Joins accounts by what they import from each other; a new plan takes the place of the old one. */
export class ImportGraph {
  private readonly router: Router;
  private readonly account: (name: string) => Account;
  private readonly edges: ImportEdges;
  /** By the names of their accounts. */
  private readonly responses = new Map<string, AccountResponses>();
  /** Accounts in which it has attached imports. */
  private readonly joined = new Set<Account>();

  /** @param edges takes the stream imports, by which interest in one account is interest in another */
  constructor(router: Router, account: (name: string) => Account, edges: ImportEdges) {
    this.router = router;
    this.account = account;
    this.edges = edges;
  }

  /**
   * Joins the accounts as planned, in the place of how they were. Sinks of other owners stay, and requests that wait for a
   * reply still get it.
   */
  apply(plans: readonly AccountPlan[]): void {
    for (const account of this.joined) account.interest.detach(this);
    this.joined.clear();
    const edges = new Map<Account, ImportEdge[]>();
    const exportsOf = new Map(plans.map(({ name, exports }) => [name, exports]));
    for (const { name, imports, traces } of plans) {
      const importer = this.account(name);
      importer.traces = traces;
      for (const each of imports) {
        if (each.kind === 'stream') this.joinStream(importer, each, edges);
        else this.joinService(importer, each, exportsOf.get(each.account) ?? []);
      }
    }
    this.edges.replace(edges);
  }

  /** Forgets every request that waits for a reply. */
  stop(): void {
    for (const { responses } of this.responses.values()) responses.stop();
    this.responses.clear();
  }

  private joinStream(
    importer: Account,
    { account, subject, to, prefix, allowsTrace }: Import,
    edges: Map<Account, ImportEdge[]>,
  ): void {
    const local = to ?? (prefix === undefined ? subject : `${prefix}.${subject}`);
    const transform = local === subject ? undefined : new Transform(subject, local);
    const imported = new StreamImport(this.router, importer, transform, allowsTrace);
    const exporter = this.account(account);
    this.attach(exporter, imported, withoutReferences(subject));
    const edge = new ImportEdge(importer, subject, local);
    const others = edges.get(exporter);
    if (others === undefined) edges.set(exporter, [edge]);
    else others.push(edge);
  }

  private joinService(
    importer: Account,
    { account, subject, to = subject }: Import,
    exports: readonly Export[],
  ): void {
    const exporter = this.account(account);
    const found = exports.find(
      ({ kind, subject: pattern }) => kind === 'service' && covers(pattern, withoutReferences(subject)),
    );
    const imported = new ServiceImport(
      this.router,
      importer,
      exporter,
      this.responsesOf(importer),
      this.responsesOf(exporter),
      to === subject ? undefined : new Transform(to, subject),
      {
        type: found?.responseType ?? 'Singleton',
        thresholdMs: found?.responseThresholdMs ?? RESPONSE_THRESHOLD_MS,
        allowsTrace: found?.allowsTrace ?? false,
      },
    );
    this.attach(importer, imported, withoutReferences(to));
  }

  private attach(account: Account, sink: Sink, subject: string): void {
    this.joined.add(account);
    account.interest.attach(this, sink, subject);
  }

  /** They stay attached when the plan changes. An account that was forgotten and made anew gets new ones. */
  private responsesOf(account: Account): Responses {
    const known = this.responses.get(account.name);
    if (known?.account === account) return known.responses;
    known?.responses.stop();
    const responses = new Responses(this.router, account);
    this.responses.set(account.name, { account, responses });
    account.interest.attach(responses, responses, responses.subject);
    return responses;
  }
}
