import type { Certificates } from './certificates.js';
import type { Identities } from './identities.js';
import type { Scenario } from './scenarios.js';
import type { Server } from './server.js';

/** What a scenario runs in. */
export interface Surroundings {
  readonly scenario: Scenario;
  readonly server: Server;
  readonly identities: Identities;
  /** Undefined only where the scenario needs none. */
  readonly certificates: Certificates | undefined;
  /** Of this run; removed at its end. */
  readonly directory: string;
}

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** A client of another make that has been found on this machine. */
export interface Client {
  readonly name: string;
  readonly version: string;
  /** The scenarios that it is there for; undefined: all. */
  readonly only?: ReadonlySet<string>;
  /** Resolves also where it fails; a rejection counts as a failure, too. */
  run(world: Surroundings): Promise<Outcome>;
}

/** Why a client is not used, and how to get it. */
export interface Missing {
  readonly name: string;
  readonly reason: string;
}

/** Looks for a client, and builds its program. `directory` keeps what is built from run to run. */
export type Find = (directory: string) => Promise<Client | Missing>;

export const PASSED: Outcome = { kind: 'passed' };

/** Whether a search has found something. */
export function isFound(found: Client | Missing): found is Client {
  return 'run' in found;
}
