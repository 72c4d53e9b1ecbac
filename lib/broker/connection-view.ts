import type { Subscription } from '../clients/subscription.js';
import { NATS_DIALECT } from '../domain/dialect-name.js';
import { type Count, plus } from '../domain/drops.js';
import type { ConnectionSnapshot, FlowSnapshot, SubscriptionSnapshot } from '../monitor/snapshot.js';
import type { Client } from '../routing/client.js';
import type { Member } from './member.js';

/** An open connection. Everything is read when it is asked for, so that a list of many costs nothing until then. */
export class ConnectionView implements ConnectionSnapshot {
  private readonly member: Member;

  constructor(member: Member) {
    this.member = member;
  }

  get cid(): number {
    return this.member.client.id;
  }

  get type(): ConnectionSnapshot['type'] {
    const { dialect, transport } = this.member;
    // NATS over a WebSocket is a kind of its own to nats-server.
    return transport === 'websocket' && dialect === NATS_DIALECT ? 'websocket' : dialect;
  }

  get ip(): string | undefined {
    return this.member.client.peer.remoteAddress;
  }

  get port(): number | undefined {
    return this.member.client.peer.remotePort;
  }

  get startedAt(): number {
    return this.member.client.peer.startedAt;
  }

  get lastActivityAt(): number {
    return this.member.client.lastActivityAt;
  }

  get rttMs(): number | undefined {
    return this.member.client.rttMs;
  }

  get pendingBytes(): number {
    return this.member.client.outbox.pendingBytes;
  }

  get inMessages(): number {
    return this.member.client.published;
  }

  get outMessages(): number {
    return this.member.client.outMessages;
  }

  get inBytes(): number {
    return this.member.client.inBytes;
  }

  get outBytes(): number {
    return this.member.client.outBytes;
  }

  get holds(): number {
    return this.member.client.holds;
  }

  get subscriptionCount(): number {
    const { client } = this.member;
    return client.closing ? client.subscriptionsAtEnd : client.subscriptions.size;
  }

  /** Those that come meanwhile are left out, so that there is an end; none once it closes. */
  *subscriptions(): Generator<SubscriptionSnapshot, void, undefined> {
    const { client } = this.member;
    let left = client.subscriptions.size;
    for (const subscription of client.subscriptions.values()) {
      if (client.closing || left-- === 0) return;
      yield describeSubscription(subscription, client.id);
    }
  }

  get name(): string | undefined {
    return this.member.client.peer.name;
  }

  get lang(): string | undefined {
    return this.member.client.peer.language;
  }

  get version(): string | undefined {
    return this.member.client.peer.version;
  }

  get tlsVersion(): string | undefined {
    return this.member.tls?.version;
  }

  get tlsCipher(): string | undefined {
    return this.member.tls?.cipher;
  }

  get tlsFirst(): boolean | undefined {
    return this.member.tls?.isFirst;
  }

  peerCertificates(): readonly Buffer[] {
    const { certificate } = this.member.client.peer;
    return certificate === undefined ? [] : [certificate.raw];
  }

  get account(): string | undefined {
    const { client } = this.member;
    return client.admitted ? client.account.name : undefined;
  }

  get user(): string | undefined {
    const { client } = this.member;
    return client.rights.user ?? client.peer.claimedUser;
  }

  get flow(): FlowSnapshot {
    return flowOf(this.member.client);
  }

  get isDelayed(): boolean {
    const { client } = this.member;
    return client.held || client.outbox.congested;
  }
}

/** A connection that has closed, as it was at its end. Keeps neither it nor its subscriptions. */
export function describeClosed(member: Member, stoppedAt: number): ConnectionSnapshot {
  const view = new ConnectionView(member);
  return {
    cid: view.cid,
    type: view.type,
    ip: view.ip,
    port: view.port,
    startedAt: view.startedAt,
    lastActivityAt: view.lastActivityAt,
    rttMs: view.rttMs,
    pendingBytes: view.pendingBytes,
    inMessages: view.inMessages,
    outMessages: view.outMessages,
    inBytes: view.inBytes,
    outBytes: view.outBytes,
    holds: view.holds,
    subscriptionCount: view.subscriptionCount,
    subscriptions: () => [],
    name: view.name,
    lang: view.lang,
    version: view.version,
    tlsVersion: view.tlsVersion,
    tlsCipher: view.tlsCipher,
    tlsFirst: view.tlsFirst,
    account: view.account,
    user: view.user,
    flow: view.flow,
    reason: member.reason,
    stoppedAt,
  };
}

/** Delivery counts of one connection. What was handed to its outbox and what never was are counted where that is decided. */
export function flowOf(client: Client): FlowSnapshot {
  const { outbox, drops, waits } = client;
  const handed: Count = { messages: client.outMessages, bytes: client.outBytes };
  return {
    policy: outbox.policy,
    congested: outbox.congested,
    detached: outbox.isDetached,
    routed: [handed, drops.of('policy'), drops.of('permission')].reduce(plus),
    delivered: outbox.delivered,
    pending: outbox.pending,
    dropped: drops.describe(),
    heldMs: client.heldMs,
    waitsFor: client.waitsFor,
    heldBy: waits.receivers,
    holding: outbox.holding.size,
    heldOthersMs: outbox.heldOthersMs,
  };
}

export function describeSubscription(subscription: Subscription, cid: number): SubscriptionSnapshot {
  const { subject, queue, sid, delivered, max, client } = subscription;
  return { subject, queue, sid, delivered, max, cid, account: client?.account.name ?? '' };
}
