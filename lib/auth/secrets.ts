import { timingSafeEqual } from 'node:crypto';
import { invalidKey } from '../domain/errors.js';
import { bcryptCost, bcryptFault, dummyHash, isBcrypt } from './bcrypt.js';
import { BcryptPool, type Checked, type CheckOrigin } from './bcrypt-pool.js';
import { digest } from './digest.js';

/** Of the whole process: however many brokers it has, there are as many cores. */
export const bcryptPool = new BcryptPool();

/** A stand-in for `parts`, 64 hex digits: equal for equal parts as long as the process lives. */
export function fingerprintOf(...parts: readonly unknown[]): string {
  return digest(JSON.stringify(parts)).toString('hex');
}

/**
 * A configured password or token. Compared in a time that tells nothing of it, not even its length. Keeps the secret
 * itself in private fields only, where no log looks.
 */
export class Secret {
  /** Cost of the bcrypt hash; undefined where it is plain. */
  readonly bcryptCost: number | undefined;
  readonly #digest: Buffer;
  readonly #hash: string | undefined;

  /**
   * @param name what messages call the setting
   * @throws SluiceError CONFIG_INVALID where it looks like a bcrypt hash and is none
   */
  constructor(configured: string, name: () => string) {
    if (isBcrypt(configured)) {
      const fault = bcryptFault(configured);
      if (fault !== undefined) throw invalidKey(name(), fault);
      this.#hash = configured;
    }
    this.bcryptCost = this.#hash === undefined ? undefined : bcryptCost(this.#hash);
    this.#digest = digest(configured);
  }

  /** Stands for the secret where two configurations are compared. */
  get fingerprint(): string {
    return this.#digest.toString('hex');
  }

  /** Whether it was presented, by that peer; a promise where a bcrypt hash has to be computed. */
  matches(presented: string, origin?: CheckOrigin): boolean | Promise<Checked> {
    if (this.#hash !== undefined) return bcryptPool.check(presented, this.#hash, origin);
    return timingSafeEqual(digest(presented), this.#digest);
  }
}

/** Makes every refusal as much work as the check of the costliest secret there is. */
export class DummySecret {
  /** The highest cost of all bcrypt hashes; undefined where there are none. */
  readonly #cost: number | undefined;
  readonly #digest = digest('');

  /** @param secrets all that are configured */
  constructor(secrets: readonly Secret[]) {
    const costs = secrets.flatMap(({ bcryptCost: cost }) => (cost === undefined ? [] : [cost]));
    this.#cost = costs.length === 0 ? undefined : Math.max(...costs);
  }

  /**
   * Does the work that is left to do after `presented` was compared with `compared`, or with nothing. Resolves to false,
   * or to undefined where too many checks were waiting.
   */
  refuse(
    presented: string,
    compared: Secret | undefined,
    origin?: CheckOrigin,
  ): false | Promise<false | undefined> {
    if (compared === undefined) timingSafeEqual(digest(presented), this.#digest);
    const cost = this.#cost;
    const done = compared?.bcryptCost;
    if (cost === undefined || done === cost) return false;
    return this.#refuseSlowly(presented, done === undefined ? [cost] : range(done, cost), origin);
  }

  async #refuseSlowly(
    presented: string,
    costs: readonly number[],
    origin?: CheckOrigin,
  ): Promise<false | undefined> {
    for (const cost of costs)
      if ((await bcryptPool.check(presented, dummyHash(cost), origin)) === undefined) return undefined;
    return false;
  }
}

/** The costs from one, to below another: each is twice the work, so together with the first they are the other's. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
