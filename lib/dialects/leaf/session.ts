import { performance } from 'node:perf_hooks';
import { ERRORS, type ErrorCode, unreachable } from '../../domain/errors.js';
import { isOneWord, isValidSubject } from '../../domain/subject.js';
import type { InterestReceiver, Link, ServerLink, Session } from '../codec.js';
import type { LeafCommand, LeafConnect } from './commands.js';
import type { LeafFrame } from './frames.js';

/** What sessions of both ends of a leaf link go by. */
export interface LeafSessionOptions {
  /**
   * The subject by which this server knows its own interest when it comes back, `$LDS.` and something random: the same on all leaf
   * links of an account, for as long as the server lives.
   */
  readonly loopSubject: (account: string) => string;
  /** Told of what becomes of the link. */
  readonly events: LeafEvents;
}

/** What a session reports of its link. */
export interface LeafEvents {
  /** Both ends know each other's interest, or are being told of it. */
  up(): void;
  /** The other server has said why it ends the link, or refuses it. */
  refused(message: string): void;
  /** The addresses at which the other server, and others of its cluster, can be reached. */
  addresses?(urls: readonly string[]): void;
  /** The links go round in a circle. */
  loop?(): void;
}

/** Prefix of the subjects that servers recognise themselves by. */
export const LOOP_PREFIX = '$LDS.';

/** Where a session's link sends what may pass; undefined: everything may. */
export interface Told {
  mayTell(subject: string): boolean;
}

function nothing(): void {}

/** What the two ends of a leaf link have in common: interest and messages in both directions, PING and PONG. */
export abstract class LeafSession implements Session<LeafCommand> {
  pingsOut = 0;
  protected readonly link: Link<LeafFrame>;
  protected readonly server: ServerLink;
  protected readonly options: LeafSessionOptions;
  /** Which interest the other server is told of; undefined: all. */
  protected told: Told | undefined = undefined;
  private pingedAt = 0;
  private stopTelling = nothing;
  private isTelling = false;
  /** Whether the other server has been told why the link ends. */
  private isEnding = false;

  constructor(link: Link<LeafFrame>, options: LeafSessionOptions) {
    this.link = link;
    this.server = link.server;
    this.options = options;
  }

  abstract open(): void;
  abstract ready(): void;
  abstract inform(): void;
  /** An INFO of the other server. */
  protected abstract handleInfo(info: Readonly<Record<string, unknown>>): void;
  /** Its CONNECT. */
  protected abstract handleConnect(command: LeafConnect): void;

  handle(command: LeafCommand): void {
    switch (command.op) {
      case 'LS+':
        this.handleSub(command.subject, command.queue, command.weight ?? 1);
        return;
      case 'LS-':
        this.server.removeInterest(command.subject, command.queue);
        return;
      case 'PING':
        this.link.lastActivityAt = Date.now();
        this.link.send({ op: 'PONG' });
        return;
      case 'PONG':
        if (this.pingsOut > 0) this.link.rttMs = performance.now() - this.pingedAt;
        this.pingsOut = 0;
        this.ponged();
        return;
      case 'INFO':
        this.handleInfo(command.info);
        return;
      case 'CONNECT':
        this.handleConnect(command);
        return;
      case '-ERR':
        this.options.events.refused(command.message);
        return;
      case '+OK':
      case 'LMSG': // messages are rows, not commands
        return;
      case 'FAULT':
        this.link.faults++;
        this.fail(command.code);
        return;
      default:
        unreachable(command);
    }
  }

  refusePublish(): void {
    this.fail('AUTHORIZATION_VIOLATION');
  }

  sendError(code: ErrorCode, ...about: string[]): void {
    if (this.isEnding) return;
    const message = this.link.errorText(code, ...about);
    if (message !== undefined) this.link.send({ op: '-ERR', message });
  }

  ping(): boolean {
    this.pingsOut++;
    this.pingedAt = performance.now();
    this.link.send({ op: 'PING' });
    return true;
  }

  close(): void {
    this.stopTelling();
  }

  /** The other server has answered a PING. */
  protected ponged(): void {}

  /**
   * The other server takes interest now: tells it all there is, and every change to it. What it has to say waits for that, so that
   * no request is sent before the interest in its reply.
   */
  protected tell(): void {
    if (this.isTelling) return;
    this.isTelling = true;
    const { link, options } = this;
    link.introduced();
    link.send({ op: 'LS+', subject: options.loopSubject(link.account.name) });
    const complete = new Promise<void>((resolve) => {
      this.stopTelling = this.server.tell(this.interestReceiver(resolve));
    });
    link.after(complete, () => this.toldAll());
  }

  /** The other server has been told of all the interest there was. */
  protected toldAll(): void {
    this.options.events.up();
  }

  /** Says why, and closes the link. */
  protected end(code: ErrorCode, ...about: string[]): void {
    this.sendError(code, ...about);
    this.isEnding = true;
    this.link.close(code);
  }

  protected fail(code: ErrorCode): void {
    if (ERRORS[code].closes) this.link.close(code);
    else this.sendError(code);
  }

  private interestReceiver(complete: () => void): InterestReceiver {
    const { link } = this;
    // What would end a word or the line is nothing that another server could be told of.
    const mayTell = (subject: string, queue = 'none'): boolean =>
      isOneWord(subject) && isOneWord(queue) && this.told?.mayTell(subject) !== false;
    return {
      added: (subject) => {
        if (mayTell(subject)) link.send({ op: 'LS+', subject });
      },
      removed: (subject) => {
        if (mayTell(subject)) link.send({ op: 'LS-', subject });
      },
      members: (subject, queue, count) => {
        if (!mayTell(subject, queue)) return;
        link.send(count > 0 ? { op: 'LS+', subject, queue, weight: count } : { op: 'LS-', subject, queue });
      },
      complete,
    };
  }

  private handleSub(subject: string, queue: string | undefined, weight: number): void {
    const { link, server, options } = this;
    link.lastActivityAt = Date.now();
    if (subject.startsWith(LOOP_PREFIX) && subject === options.loopSubject(link.account.name)) {
      options.events.loop?.();
      this.end('LEAF_LOOP', link.account.name);
      return;
    }
    if (!isValidSubject(subject)) return;
    if (link.full || (queue !== undefined && link.inTooManyGroups(queue)))
      return this.end('MAX_LINK_SUBSCRIPTIONS');
    const { maxSubjectTokens } = link;
    if (maxSubjectTokens > 0 && subject.split('.').length > maxSubjectTokens)
      return this.sendError('MAX_SUBJECT_TOKENS', subject);
    const verdict = link.maySubscribe(subject, queue);
    const finish = (may: boolean): void => {
      if (may) server.addInterest(subject, queue, weight);
      else this.refuseInterest(subject);
    };
    if (typeof verdict === 'boolean') finish(verdict);
    else link.after(verdict, finish);
  }

  /** The other server may not have interest in `subject`. */
  protected refuseInterest(_subject: string): void {}
}
