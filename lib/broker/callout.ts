import type { CalloutService } from '../auth/callout-exchange.js';
import { CALLOUT_SUBJECT, type DescribedServer } from '../auth/callout-request.js';
import { createServerKey } from '../auth/server-key.js';
import type { Core } from '../routing/core.js';
import { ServerRequests } from '../services/server-requests.js';
import type { ServerIdentity } from '../system/server-description.js';
import { NATS_LEVEL } from '../version.js';

/** What the authenticators of one broker ask a callout's service by, and the key that says which server asks. */
export class ServerCallout implements CalloutService {
  readonly key = createServerKey();
  private readonly requests = new ServerRequests(CALLOUT_SUBJECT);
  private identity: () => Pick<ServerIdentity, 'name' | 'host' | 'tags'> = () => ({
    name: this.key.id,
    host: '',
    tags: [],
  });

  /** From now on it can ask, until the core is destroyed. @param identity what requests say of the server */
  bind(core: Core, identity: () => ServerIdentity): void {
    this.requests.bind(core);
    core.once('close', () => this.requests.stop());
    this.identity = identity;
  }

  describe(): DescribedServer {
    const { name, host, tags } = this.identity();
    return { name, host, version: NATS_LEVEL, tags };
  }

  ask(
    account: string,
    headers: Buffer | undefined,
    payload: Buffer,
    timeoutMs: number,
  ): Promise<Buffer | undefined> {
    return this.requests.ask(account, headers, payload, timeoutMs);
  }
}
