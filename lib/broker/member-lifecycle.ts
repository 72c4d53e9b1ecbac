import type { Connection } from '../connection/connection.js';
import { type DialectName, NATS_DIALECT } from '../domain/dialect-name.js';
import type { ConnectionLimiter, Refusal } from '../limits/connection-limiter.js';
import type { Wire } from '../transport/wire.js';
import type { ConnectionEvents } from './connection-events.js';
import type { ConnectionFactory } from './connection-factory.js';
import type { Connections } from './connections.js';
import type { Dialects } from './dialects.js';
import type { InForce } from './in-force.js';
import type { JoinOptions } from './join.js';
import type { Member } from './member.js';
import type { Watchers } from './watcher.js';

/** What members of a broker are made by, and what is told of them. */
export interface MemberParts {
  readonly connections: Connections;
  readonly inForce: InForce;
  readonly dialects: Dialects;
  readonly factory: ConnectionFactory;
  readonly limiter: ConnectionLimiter;
  readonly events: ConnectionEvents;
  readonly watchers: Watchers;
  readonly failed: (error: unknown, message: string, fields: object) => void;
}

/** Adds connections and ends within the process to a broker, and removes each once it has closed. */
export class MemberLifecycle {
  private readonly parts: MemberParts;

  constructor(parts: MemberParts) {
    this.parts = parts;
  }

  /** Makes a connection over `wire`; with `refusal` it is told so and closed. */
  serve(wire: Wire, dialect: DialectName, refusal: Refusal | undefined): void {
    const { connections, limiter, watchers } = this.parts;
    const connection = this.connectionOver(wire, dialect);
    if (connection === undefined) return;
    connections.add(connection);
    limiter.register(connection, refusal);
    watchers.connected(connection);
    if (refusal === undefined) return;
    limiter.report(connection, refusal);
    connection.close(refusal);
  }

  /** Takes in what `make` makes: an end within this process, with an id of its own. */
  join<M extends Member>(make: (id: number, options: JoinOptions, left: (member: Member) => void) => M): M {
    const { connections, inForce, dialects, watchers } = this.parts;
    const { live } = inForce;
    const flow = live.flowOf(dialects.of(NATS_DIALECT));
    const options = { flow, limits: live.limits };
    const member = make(connections.nextId(), options, (closed) => this.closed(closed));
    connections.add(member);
    watchers.connected(member);
    return member;
  }

  /** Removes a member that has closed. */
  closed(member: Member): void {
    const { connections, events, watchers } = this.parts;
    const closed = connections.remove(member);
    if (closed !== undefined) events.closed(member, closed);
    watchers.disconnected(member);
  }

  /** A connection over `wire`; undefined, and the wire is closed, if its dialect throws while it makes the parts of one. */
  private connectionOver(wire: Wire, dialect: DialectName): Connection | undefined {
    const { connections, factory, limiter, failed } = this.parts;
    try {
      return factory.make(connections.nextId(), wire, dialect, (closed) => {
        limiter.release(closed);
        this.closed(closed);
      });
    } catch (error) {
      wire.stream.destroy();
      failed(error, 'internal error, closing this connection', { dialect });
      return undefined;
    }
  }
}
