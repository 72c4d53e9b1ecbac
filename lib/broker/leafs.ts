import type { Dialect } from '../dialects/codec.js';
import { SluiceError } from '../domain/errors.js';
import { Loadable } from '../domain/loadable.js';
import type { Permissions } from '../domain/permissions.js';
import type { LeafRemote } from '../links/leaf-remote.js';
import type { LeafLinks, LeafLinksOptions } from './leaf-links.js';

/** The leaf links of one broker. Their code is loaded with the first hub that is configured, or the first connection of a leaf. */
export class Leafs {
  /** What is spoken with leafs. */
  readonly dialect: Loadable<Dialect>;
  private readonly options: LeafLinksOptions;
  private readonly links: Loadable<LeafLinks>;

  constructor(options: LeafLinksOptions) {
    this.options = options;
    this.links = new Loadable(async () => {
      const { LeafLinks } = await import('./leaf-links.js');
      return new LeafLinks(options);
    });
    this.dialect = new Loadable(async () => (await this.links.load()).hub.dialect);
  }

  /** The hubs that this server is a leaf of. */
  get remotes(): readonly LeafRemote[] {
    return this.links.value?.remotes ?? [];
  }

  /** What a leaf may do that has logged in as a user with `permissions`. */
  restrict(id: number, permissions: Permissions | undefined): Permissions {
    const links = this.links.value;
    if (links === undefined) throw new SluiceError('INTERNAL', 'a leaf without the code for leafs');
    return links.hub.restrict(id, permissions);
  }

  /** Begins to connect to the hubs of the configuration, and ends links to those that it has no more, or otherwise. */
  async apply(): Promise<void> {
    const { remotes, isOpen } = this.options;
    if (this.links.value === undefined && remotes().length === 0) return;
    const links = await this.links.load();
    if (isOpen()) links.apply();
  }

  /** Stops connecting to hubs. Links that are open close with the broker's other connections. */
  async stop(): Promise<void> {
    await this.links.value?.stop();
  }
}
