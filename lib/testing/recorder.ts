import type { Message } from '../embed/message.js';
import type { Subscription } from '../embed/subscription.js';
import { checkTest } from './check.js';
import { describeMatcher, describeMessages, type Matcher, matches } from './matcher.js';
import { Changes, type WaitOptions } from './wait.js';

/** Messages it takes without being asked. It keeps all of them anyway. */
export const RECORDER_HIGH_WATER = 1_000_000;

/** Keeps every message on a subject, in order. It goes on over a `restart`. Made by `record`. */
export class Recorder implements Disposable {
  readonly subject: string;
  #messages: Message[] = [];
  #subscription: Subscription | undefined;
  readonly #changes = new Changes();
  readonly #onStop: (recorder: Recorder) => void;

  /** @param onStop told when it has been stopped */
  constructor(subject: string, onStop: (recorder: Recorder) => void) {
    this.subject = subject;
    this.#onStop = onStop;
  }

  /** Those that have come so far, since it began or was last cleared, oldest first. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Listens from now on, in the place of where it has. */
  follow(subscription: Subscription): void {
    this.#subscription = subscription;
    subscription.on('data', (message: Message) => {
      this.#messages.push(message);
      this.#changes.announce();
    });
  }

  /**
   * Waits until there are so many messages, and resolves to all there are; or for one that fits, which may have come
   * already, and resolves to the first such.
   * @throws SluiceError (as a rejection) TEST_TIMEOUT, saying what came instead
   */
  waitFor(count: number, options?: WaitOptions): Promise<readonly Message[]>;
  waitFor(matcher: Matcher, options?: WaitOptions): Promise<Message>;
  async waitFor(wanted: number | Matcher, options: WaitOptions = {}): Promise<readonly Message[] | Message> {
    if (typeof wanted === 'number') checkTest.count(wanted);
    else checkTest.matcher(wanted);
    checkTest.wait(options);
    const instead = () => `on ${this.subject}; what came:${describeMessages(this.messages)}`;
    if (typeof wanted === 'number')
      return this.#changes.until(
        () => (this.messages.length >= wanted ? [...this.messages] : undefined),
        options,
        () => `${wanted} messages ${instead()}`,
      );
    return this.#changes.until(
      () => this.messages.find((message) => matches(message, wanted)),
      options,
      () => `${describeMatcher(wanted)} ${instead()}`,
    );
  }

  /** Those that fit. */
  matching(matcher: Matcher): readonly Message[] {
    return this.messages.filter((message) => matches(message, matcher));
  }

  /** Forgets those that have come so far. */
  clear(): void {
    this.#messages = [];
  }

  /** Takes no more; what has come stays. */
  stop(): void {
    this.#subscription?.destroy();
    this.#onStop(this);
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
