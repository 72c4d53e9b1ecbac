import type { ServerCommands } from '../system/answers.js';
import type { ReloadSource } from './api.js';
import type { Connections } from './connections.js';
import type { Member } from './member.js';

/** What clients of the system account may have the broker do. */
export class SystemCommands implements ServerCommands {
  /** Undefined: the configuration comes from no file. */
  reloadSource: ReloadSource | undefined = undefined;
  private readonly connections: Connections;

  constructor(connections: Connections) {
    this.connections = connections;
  }

  async reload(): Promise<string | undefined> {
    if (this.reloadSource === undefined)
      return 'can only reload config when a file is provided using -c or --config';
    return this.reloadSource();
  }

  kick(cid: number): boolean {
    const member = this.find(cid);
    member?.close('KICKED');
    return member !== undefined;
  }

  lameDuck(cid: number): boolean | undefined {
    return this.find(cid)?.informLameDuck();
  }

  /** Connections from outside; those of the embedding program are its own. */
  private find(cid: number): Member | undefined {
    for (const member of this.connections.open)
      if (member.client.id === cid && member.dialect !== 'local' && member.reason === undefined)
        return member;
    return undefined;
  }
}
