import { setTimeout as sleep } from 'node:timers/promises';
import { Background } from '../background.js';
import type { Surroundings } from '../client.js';
import { type Output, run } from '../command.js';
import { PASSWORD } from '../confs.js';

/** How long a subscriber may take until it is there, in tries of a tenth of a second. */
export const TRIES = 150;

/** @throws with what was seen, where it is not so. */
export function expect(isSo: boolean, seen: unknown): void {
  if (!isSo) throw new Error(`seen: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`);
}

/** The `nats` command against the server of a scenario. */
export class Nats {
  readonly world: Surroundings;
  private readonly login: readonly string[];
  private readonly env: Readonly<Record<string, string>>;

  /** `login`: options that every command gets. */
  constructor(world: Surroundings, login: readonly string[] = []) {
    this.world = world;
    this.login = login;
    this.env = { XDG_CONFIG_HOME: world.directory, NO_COLOR: '1' }; // nobody's contexts and credentials
  }

  /** The same with a user of the permissions configuration. */
  as(user: string): Nats {
    return new Nats(this.world, ['--user', user, '--password', PASSWORD]);
  }

  private words(words: readonly string[]): string[] {
    return ['-s', this.world.server.url, ...this.login, ...words];
  }

  run(words: readonly string[], input?: string): Promise<Output> {
    return run('nats', this.words(words), { env: this.env, ...(input === undefined ? {} : { input }) });
  }

  /** @throws where it fails. */
  async do(...words: readonly string[]): Promise<Output> {
    const output = await this.run(words);
    expect(output.code === 0, output.text);
    return output;
  }

  /** @throws where it succeeds, or fails without these words. */
  async refuses(words: readonly string[], why: RegExp, input?: string): Promise<void> {
    const { code, text } = await this.run(words, input);
    expect(code !== 0 && code !== undefined && why.test(text), `${code} ${text}`);
  }

  background(...words: readonly string[]): Background {
    return new Background('nats', this.words(words), this.env);
  }

  /** Subscribers that have each seen at least one `probe` on `subject`, so they are there. */
  async subscribers(count: number, subject: string, ...words: readonly string[]): Promise<Background[]> {
    const all = Array.from({ length: count }, () => this.background('sub', '--raw', ...words));
    for (let i = 0; i < TRIES && !all.every(({ text }) => /^probe$/m.test(text)); i++) {
      await this.do('pub', subject, 'probe');
      await sleep(100);
    }
    expect(
      all.every(({ text }) => /^probe$/m.test(text)),
      all.map(({ text }) => text),
    );
    return all;
  }

  /** What a raw subscriber has printed, but for probes. */
  static heard({ text }: Background): string[] {
    return text
      .split('\n')
      .filter((line) => line !== '' && line !== 'probe' && !/^\d\d:\d\d:\d\d /.test(line));
  }
}
