import type { DialectName } from '../domain/dialect-name.js';
import { SluiceError } from '../domain/errors.js';
import type { DeliveryFilter, Permissions } from '../domain/permissions.js';
import { textOf } from '../frame/text.js';
import type { Client } from '../routing/client.js';
import type { Report } from './failures.js';
import { invalidResult, isThenable, settled } from './values.js';

/** The client that wants to publish or subscribe. */
export interface ClientContext {
  /** Unique in its broker. */
  readonly id: number;
  readonly dialect: DialectName;
  /** The user it is logged in as. */
  readonly user: string | undefined;
  readonly account: string;
  /** What it calls itself. */
  readonly name: string | undefined;
  readonly remoteAddress: string | undefined;
  /** The queue group, where it wants to subscribe in one. */
  readonly queue: string | undefined;
}

/**
 * Decides what may be published and subscribed to, beside what permissions say: both must allow it. Of `publish` it is
 * asked for each message and must answer at once: a promise is a refusal. Of `subscribe` it may take its time; the
 * client's next commands wait. Only true allows; false refuses. Any other value, and what it throws, is a refusal and an
 * `error` event. It is not asked about deliveries.
 */
export type Authorize = (
  client: ClientContext,
  action: 'publish' | 'subscribe',
  subject: string,
) => boolean | Promise<boolean>;

/** An embedding program's function, and what a login gives, as what one client may do. */
export class FunctionPermissions implements Permissions {
  readonly restrictsPublish = true;
  private readonly decide: Authorize;
  private readonly base: Permissions | undefined;
  private readonly client: Client;
  private readonly dialect: DialectName;
  private readonly report: Report;

  /**
   * @param base what its login gives; undefined: everything
   * @param report told of what goes wrong in it
   */
  constructor(
    decide: Authorize,
    base: Permissions | undefined,
    client: Client,
    dialect: DialectName,
    report: Report,
  ) {
    this.decide = decide;
    this.base = base;
    this.client = client;
    this.dialect = dialect;
    this.report = report;
  }

  get responses(): Permissions['responses'] {
    return this.base?.responses;
  }

  mayPublish(bytes: Buffer, start: number, end: number, hash: number): boolean {
    if (this.base?.mayPublish(bytes, start, end, hash) === false) return false;
    try {
      const verdict: unknown = this.decide(this.context(undefined), 'publish', textOf(bytes, start, end));
      if (typeof verdict === 'boolean') return verdict;
      if (!isThenable(verdict)) throw invalidResult('authorize', verdict, 'true or false');
      settled(verdict).catch(() => {}); // the message has been refused: a rejection comes too late to matter
      throw new SluiceError(
        'INVALID_RESULT',
        'authorize: about publishing it must answer at once, not with a promise',
      );
    } catch (error) {
      return this.failed(error);
    }
  }

  maySubscribe(subject: string, queue: string | undefined): boolean | Promise<boolean> {
    const allowed = this.base?.maySubscribe(subject, queue) ?? true;
    if (allowed === false) return false;
    try {
      const verdict: unknown = this.decide(this.context(queue), 'subscribe', subject);
      if (typeof verdict === 'boolean') return verdict;
      if (!isThenable(verdict)) throw invalidResult('authorize', verdict, 'true, false or a promise of them');
      return settled(verdict).then(
        (value) => {
          if (typeof value === 'boolean') return value;
          return this.failed(invalidResult('authorize', value, 'true or false'));
        },
        (error: unknown) => this.failed(error),
      );
    } catch (error) {
      return this.failed(error);
    }
  }

  filterFor(subject: string, queue: string | undefined): DeliveryFilter | undefined {
    return this.base?.filterFor(subject, queue);
  }

  describe(): object {
    return this.base?.describe() ?? {};
  }

  private context(queue: string | undefined): ClientContext {
    const { id, account, peer, rights } = this.client;
    const { name, remoteAddress } = peer;
    return {
      id,
      dialect: this.dialect,
      user: rights.user,
      account: account.name,
      name,
      remoteAddress,
      queue,
    };
  }

  private failed(error: unknown): false {
    this.report(error);
    return false;
  }
}
