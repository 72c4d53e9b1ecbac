import { covers, withoutReferences } from '../domain/subject.js';
import { Transform } from '../domain/transform.js';
import type { Account, TraceDestination } from '../routing/account.js';
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
}

/** How long a reply may take, in milliseconds, where the export does not say. nats-server's default. */
const RESPONSE_THRESHOLD_MS = 120_000;

/** Joins accounts by what they import from each other; a new plan takes the place of the old one. */
export class ImportGraph {
  private readonly router: Router;
  private readonly account: (name: string) => Account;
  private readonly responses = new Map<string, Responses>();

  constructor(router: Router, account: (name: string) => Account) {
    this.router = router;
    this.account = account;
  }

  /** Wires `plans` up, in accounts from which everything was detached. Requests that wait for a reply still get it. */
  apply(plans: readonly AccountPlan[]): void {
    for (const [name, responses] of this.responses) this.account(name).attach(responses, responses.subject);
    const exportsOf = new Map(plans.map(({ name, exports }) => [name, exports]));
    for (const { name, imports, traces } of plans) {
      const importer = this.account(name);
      importer.traces = traces;
      for (const each of imports) {
        if (each.kind === 'stream') this.joinStream(importer, each);
        else this.joinService(importer, each, exportsOf.get(each.account) ?? []);
      }
    }
  }

  /** Forgets every request that waits for a reply. */
  stop(): void {
    for (const responses of this.responses.values()) responses.stop();
    this.responses.clear();
  }

  private joinStream(importer: Account, { account, subject, to, prefix, allowsTrace }: Import): void {
    const local = to ?? (prefix === undefined ? subject : `${prefix}.${subject}`);
    const transform = local === subject ? undefined : new Transform(subject, local);
    const way = new StreamImport(this.router, importer, transform, allowsTrace);
    this.account(account).attach(way, withoutReferences(subject));
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
    const way = new ServiceImport(
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
    importer.attach(way, withoutReferences(to));
  }

  private responsesOf(account: Account): Responses {
    let responses = this.responses.get(account.name);
    if (responses === undefined) {
      responses = new Responses(this.router, account);
      this.responses.set(account.name, responses);
      account.attach(responses, responses.subject);
    }
    return responses;
  }
}
