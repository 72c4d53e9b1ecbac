import { ERRORS, type ErrorCode, unreachable } from '../../domain/errors.js';
import { MAX_ERRORS_IN_A_ROW } from '../../domain/limits.js';
import type { Link, Session } from '../codec.js';
import { deadline } from '../deadline.js';
import type { LineCommand, LineOutput } from './commands.js';
import { IdleTimer } from './idle-timer.js';

export interface LineSessionOptions {
  /** Time a client that has to log in has to send its AUTH, in milliseconds. */
  readonly authTimeoutMs: () => number;
  /** Time it may neither say nor be told anything, in milliseconds; 0: any. */
  readonly idleTimeoutMs: number;
}

/** The state of one line connection, and the answers to everything that is not a publish. */
export class LineSession implements Session<LineCommand> {
  readonly pingsOut = 0;
  private readonly link: Link<LineOutput>;
  private readonly options: LineSessionOptions;
  private errorsInARow = 0;
  private publishedBefore = 0;
  private cancelAuthTimer = (): void => {};
  private readonly idleTimer: IdleTimer;

  constructor(link: Link<LineOutput>, options: LineSessionOptions) {
    this.link = link;
    this.options = options;
    this.idleTimer = new IdleTimer(link, options.idleTimeoutMs);
  }

  open(): void {
    this.link.receipts = true;
  }

  ready(): void {
    this.idleTimer.start();
    if (this.link.admitted) return this.link.introduced();
    this.cancelAuthTimer = deadline(this.link, this.options.authTimeoutMs(), () =>
      this.link.close('AUTHENTICATION_TIMEOUT'),
    );
  }

  close(): void {
    this.cancelAuthTimer();
    this.idleTimer.stop();
  }

  handle(command: LineCommand): void {
    if (command.op === 'FAULT') {
      this.link.faults++;
      return this.fail(command.code);
    }
    if (command.op === 'CRLF') return this.link.send(command);
    this.errorsInARow = 0;
    this.link.lastActivityAt = Date.now();
    switch (command.op) {
      case 'AUTH':
        return this.authorize(command.user, command.secret);
      case 'PING':
        return this.link.send({ op: 'PONG' });
      case 'HELP':
        return this.link.send({ op: 'HELP' });
      case 'QUIT':
        this.link.send({ op: 'QUIT' });
        return this.link.close('QUIT');
      case 'SUB':
        if (!this.link.admitted) return this.fail('AUTHENTICATION_REQUIRED');
        return this.subscribe(command.topic);
      case 'UNSUB':
        if (!this.link.admitted) return this.fail('AUTHENTICATION_REQUIRED');
        this.link.unsubscribe(command.topic);
        return this.link.send({ op: 'OK', verb: 'UNSUB', topic: command.topic });
      default:
        return unreachable(command);
    }
  }

  refusePublish(count: number): void {
    for (let i = 0; i < count; i++) this.fail('AUTHENTICATION_REQUIRED');
  }

  sendError(code: ErrorCode, ...about: string[]): void {
    const reason = this.link.errorText(code, ...about);
    if (reason !== undefined) this.link.send({ op: 'ERR', reason });
  }

  /** A line client is told nothing it did not ask for. */
  inform(): void {}

  /** A line client need not answer anything, so it cannot be asked. */
  ping(): boolean {
    return false;
  }

  private authorize(user: string | undefined, secret: string): void {
    this.cancelAuthTimer(); // the client has done its part in time
    const verdict = this.link.login(user === undefined ? { token: secret } : { user, password: secret });
    if (typeof verdict === 'boolean') this.finishAuthorize(verdict);
    else this.link.after(verdict, (isIn) => this.finishAuthorize(isIn));
  }

  private finishAuthorize(isIn: boolean): void {
    if (!isIn) return this.link.close('AUTHORIZATION_VIOLATION');
    this.link.introduced();
    this.link.send({ op: 'OK', verb: 'AUTH' });
  }

  private subscribe(topic: string): void {
    const verdict = this.link.maySubscribe(topic);
    if (typeof verdict === 'boolean') this.finishSubscribe(verdict, topic);
    else this.link.after(verdict, (may) => this.finishSubscribe(may, topic));
  }

  private finishSubscribe(may: boolean, topic: string): void {
    const { link } = this;
    const { maxSubjectTokens } = link;
    if (!may) return this.fail('PERMISSIONS_SUBSCRIPTION', topic);
    if (maxSubjectTokens > 0 && topic.split('.').length > maxSubjectTokens)
      return this.fail('MAX_SUBJECT_TOKENS', topic);
    if (link.full && !link.subscribed(topic)) return this.fail('MAX_SUBSCRIPTIONS');
    link.subscribe(topic, topic);
    link.send({ op: 'OK', verb: 'SUB', topic });
  }

  private fail(code: ErrorCode, ...about: string[]): void {
    if (ERRORS[code].closes) return this.link.close(code);
    this.sendError(code, ...about);
    if (this.link.published !== this.publishedBefore) this.errorsInARow = 0;
    this.publishedBefore = this.link.published;
    this.errorsInARow++;
    if (this.errorsInARow >= MAX_ERRORS_IN_A_ROW) this.link.close('TOO_MANY_ERRORS');
  }
}
