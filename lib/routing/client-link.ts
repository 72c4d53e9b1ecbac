import type { Peer } from '../clients/peer.js';
import type { Credentials, Link, ServerLink } from '../dialects/codec.js';
import type { CloseReason } from '../domain/close-reason.js';
import { type ErrorCode, type ErrorTexts, errorText } from '../domain/errors.js';
import { isOneWord, isValidSubject } from '../domain/subject.js';
import type { RightsInForce } from './rights.js';
import type { SubscriptionTable } from './subscription-table.js';

/** What a client has its connection do. */
export interface ClientControl {
  /** Ends the connection. */
  close(reason: CloseReason): void;
  /** Asks to be let in; true: it is, with all that this login may do. A promise where it takes longer. */
  login(credentials: Credentials): boolean | Promise<boolean>;
  /** The peer has introduced itself. */
  introduced(): void;
  /** What clients of its dialect are told of errors; undefined: nothing. */
  readonly errors?: ErrorTexts | undefined;
}

/** A client as its link sees it. */
interface LinkedClient {
  readonly id: number;
  readonly peer: Peer;
  readonly rights: RightsInForce;
  readonly account: { readonly name: string };
  readonly subscriptions: SubscriptionTable;
  readonly session: { sendError(code: ErrorCode): void };
  readonly admitted: boolean;
  readonly held: boolean;
  readonly published: number;
  readonly outMessages: number;
  readonly maxSubjectTokens: number;
  echo: boolean;
  receipts: boolean;
  noResponders: boolean;
  pedantic: boolean;
  faults: number;
  lastActivityAt: number;
  rttMs: number | undefined;
  after<T>(promise: Promise<T>, then: (value: T) => void): void;
  send(frame: unknown): void;
  maySubscribe(subject: string, queue?: string): boolean | Promise<boolean>;
  close(reason: CloseReason): void;
  later(ms: number, then: () => void): () => void;
}

/** A client as the session of its connection sees it, which may belong to any dialect. */
export class ClientLink implements Link<unknown> {
  private readonly client: LinkedClient;
  private readonly control: ClientControl;
  private readonly makeServer: () => ServerLink;

  /** @param makeServer makes what it may do as a link to another server */
  constructor(client: LinkedClient, control: ClientControl, makeServer: () => ServerLink) {
    this.client = client;
    this.control = control;
    this.makeServer = makeServer;
  }

  get server(): ServerLink {
    return this.makeServer();
  }

  get id(): number {
    return this.client.id;
  }

  get remoteAddress(): string | undefined {
    return this.client.peer.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.client.peer.remotePort;
  }

  get nonce(): string | undefined {
    return this.client.peer.nonce;
  }

  get echo(): boolean {
    return this.client.echo;
  }

  set echo(isOn: boolean) {
    this.client.echo = isOn;
  }

  get receipts(): boolean {
    return this.client.receipts;
  }

  set receipts(isOn: boolean) {
    this.client.receipts = isOn;
  }

  get noResponders(): boolean {
    return this.client.noResponders;
  }

  set noResponders(isOn: boolean) {
    this.client.noResponders = isOn;
  }

  get pedantic(): boolean {
    return this.client.pedantic;
  }

  set pedantic(isOn: boolean) {
    this.client.pedantic = isOn;
  }

  get faults(): number {
    return this.client.faults;
  }

  set faults(count: number) {
    this.client.faults = count;
  }

  get admitted(): boolean {
    return this.client.admitted;
  }

  get secured(): boolean {
    return this.client.peer.isSecure;
  }

  get user(): string | undefined {
    return this.client.rights.user;
  }

  get account(): { readonly name: string } {
    return this.client.account;
  }

  get published(): number {
    return this.client.published;
  }

  get outMessages(): number {
    return this.client.outMessages;
  }

  get held(): boolean {
    return this.client.held;
  }

  get peerName(): string | undefined {
    return this.client.peer.name;
  }

  set peerName(name: string | undefined) {
    this.client.peer.name = name;
  }

  get peerLanguage(): string | undefined {
    return this.client.peer.language;
  }

  set peerLanguage(language: string | undefined) {
    this.client.peer.language = language;
  }

  get peerVersion(): string | undefined {
    return this.client.peer.version;
  }

  set peerVersion(version: string | undefined) {
    this.client.peer.version = version;
  }

  get lastActivityAt(): number {
    return this.client.lastActivityAt;
  }

  set lastActivityAt(unixMs: number) {
    this.client.lastActivityAt = unixMs;
  }

  get rttMs(): number | undefined {
    return this.client.rttMs;
  }

  set rttMs(ms: number | undefined) {
    this.client.rttMs = ms;
  }

  get full(): boolean {
    return this.client.subscriptions.isFull;
  }

  get maxSubjectTokens(): number {
    return this.client.maxSubjectTokens;
  }

  introduced(): void {
    this.control.introduced();
  }

  login(credentials: Credentials): boolean | Promise<boolean> {
    return this.control.login(credentials);
  }

  after<T>(promise: Promise<T>, then: (value: T) => void): void {
    this.client.after(promise, then);
  }

  later(ms: number, then: () => void): () => void {
    return this.client.later(ms, then);
  }

  send(frame: unknown): void {
    this.client.send(frame);
  }

  errorText(code: ErrorCode, ...about: string[]): string | undefined {
    const { errors } = this.control;
    return errors && errorText(errors, code, about);
  }

  subscribed(sid: string): boolean {
    return this.client.subscriptions.has(sid);
  }

  maySubscribe(subject: string, queue?: string): boolean | Promise<boolean> {
    return this.client.maySubscribe(subject, queue);
  }

  inTooManyGroups(queue: string): boolean {
    return this.client.subscriptions.all.hasTooManyGroupsFor(queue);
  }

  subscribe(subject: string, sid: string, queue?: string): void {
    // A dialect may take anything for a subject; other servers are told of it in a line.
    const isSound =
      isValidSubject(subject) && isOneWord(subject) && (queue === undefined || isOneWord(queue));
    if (isSound || this.subscribed(sid)) this.client.subscriptions.add(subject, sid, queue);
    else this.client.session.sendError('INVALID_SUBJECT');
  }

  unsubscribe(sid: string, max?: number): void {
    this.client.subscriptions.end(sid, max);
  }

  unsubscribeAll(): void {
    this.client.subscriptions.endAll();
  }

  close(reason: CloseReason): void {
    this.client.close(reason);
  }
}
