import { types } from 'node:util';
import { SluiceError } from '../domain/errors.js';
import type { Report } from './failures.js';
import type { HeadersInput } from './headers.js';
import { SERVICE_ERROR, SERVICE_ERROR_CODE } from './inbox.js';
import type { Message, Payload } from './message.js';
import type { Subscription } from './subscription.js';
import { invalidResult, isInstance, isPlainObject } from './values.js';

/** What a responder answers: a payload, or one with headers. */
export type Answer = Payload | AnswerWithHeaders;

interface AnswerWithHeaders {
  readonly payload?: Payload;
  readonly headers?: HeadersInput;
}

/** Answers requests; what it returns is the reply. */
export type Handler = (message: Message) => Answer | Promise<Answer>;

/** Thrown by a {@link Handler}, it is what the requester is told. */
export class ReplyError extends Error {
  /** Of the service's own; 400 to 599 by custom. */
  readonly code: number;

  /** @param message told to the requester, in one line */
  constructor(message: string, code = 500) {
    super(message);
    this.name = 'ReplyError';
    this.code = code;
  }
}

/** Text that a requester gets for any other error, whose own text may be confidential. */
const UNREPORTED = new ReplyError('internal error');

/** Answers what comes in on a subscription. */
export class Responder implements AsyncDisposable {
  private readonly subscription: Subscription;
  private readonly handler: Handler;
  private readonly concurrency: number;
  private readonly report: Report;
  private running = 0;
  private whenIdle: (() => void)[] = [];

  /**
   * @param concurrency requests handled at once; more wait in the subscription
   * @param report told of what a handler throws, and why a reply could not be sent
   */
  constructor(subscription: Subscription, handler: Handler, concurrency: number, report: Report) {
    this.subscription = subscription;
    this.handler = handler;
    this.concurrency = concurrency;
    this.report = report;
    subscription.on('data', (message: Message) => {
      this.running++;
      if (this.running >= this.concurrency) subscription.pause();
      void this.respond(message);
    });
    subscription.on('error', (error) => this.report(error));
  }

  get subject(): string {
    return this.subscription.subject;
  }

  /** Takes no more requests; resolves once those that have come have been answered. */
  async close(): Promise<void> {
    const { subscription } = this;
    subscription.unsubscribe();
    if (!subscription.closed)
      await new Promise<void>((resolve) => subscription.once('close', () => resolve()));
    if (this.running > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async respond(message: Message): Promise<void> {
    try {
      await this.answer(message);
    } catch (error) {
      if (!isShutdown(error)) this.report(error); // after a shutdown no requester is left
    }
    this.running--;
    if (this.running < this.concurrency) this.subscription.resume();
    if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private async answer(message: Message): Promise<void> {
    try {
      const { payload, headers } = answerOf(await this.handler(message));
      await message.respond(payload, headers === undefined ? {} : { headers });
    } catch (error) {
      if (isShutdown(error)) throw error;
      const isTold = isInstance(error, ReplyError);
      if (!isTold) this.report(error);
      await message.respond(undefined, { headers: headersOf(isTold ? error : UNREPORTED) });
    }
  }
}

function isShutdown(error: unknown): boolean {
  return isInstance(error, SluiceError) && error.code === 'SERVER_SHUTDOWN';
}

/** What the requester is told of an error. Whatever the error was made into, it is text that headers can hold. */
function headersOf({ message, code }: ReplyError): Record<string, string> {
  return {
    [SERVICE_ERROR]: String(message).replace(/[\r\n\0]+/g, ' '),
    [SERVICE_ERROR_CODE]: Number.isSafeInteger(code) ? String(code) : String(UNREPORTED.code),
  };
}

/**
 * What a handler returned as payload and headers.
 * @throws SluiceError INVALID_RESULT where it is none of {@link Answer}
 */
function answerOf(answer: unknown): AnswerWithHeaders {
  if (answer === undefined || typeof answer === 'string' || types.isUint8Array(answer))
    return { payload: answer };
  if (!isPlainObject(answer) || Reflect.ownKeys(answer).some((key) => key !== 'payload' && key !== 'headers'))
    throw invalidResult(
      'reply handler',
      answer,
      'text, a Uint8Array, undefined, or a plain object with payload and headers',
    );
  return answer;
}
