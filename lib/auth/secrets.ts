import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { invalidKey } from '../errors.js';
import { type Asker, bcryptCost, bcryptFault, bcryptMatches, dummyHash, isBcrypt } from './bcrypt.js';

/**
 * New with each process: what is derived from secrets tells nothing of them elsewhere, and can be compared within the
 * process, so across reloads.
 */
const PEPPER = randomBytes(32);

function digest(text: string): Buffer {
  return createHmac('sha256', PEPPER).update(text).digest();
}

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

  /** @throws SluiceError CONFIG_INVALID, naming `key`, where it looks like a bcrypt hash and is none */
  constructor(configured: string, key: string) {
    if (isBcrypt(configured)) {
      const fault = bcryptFault(configured);
      if (fault !== undefined) throw invalidKey(key, fault);
      this.#hash = configured;
    }
    this.bcryptCost = this.#hash === undefined ? undefined : bcryptCost(this.#hash);
    this.#digest = digest(configured);
  }

  /** Stands for the secret where two configurations are compared. */
  get fingerprint(): string {
    return this.#digest.toString('hex');
  }

  /** Whether it was presented, by that peer; a promise where it is a bcrypt hash. */
  matches(presented: string, asker?: Asker): boolean | Promise<boolean> {
    if (this.#hash !== undefined) return bcryptMatches(presented, this.#hash, asker);
    return timingSafeEqual(digest(presented), this.#digest);
  }
}

/** What is compared where there is nothing to compare with, so that it takes as long. */
export class Decoy {
  readonly #hash: string | undefined;
  readonly #digest = digest('');

  /** @param secrets all that are configured: where one is a bcrypt hash, so is the decoy, of the highest cost */
  constructor(secrets: readonly Secret[]) {
    const costs = secrets.flatMap(({ bcryptCost: cost }) => (cost === undefined ? [] : [cost]));
    this.#hash = costs.length === 0 ? undefined : dummyHash(Math.max(...costs));
  }

  /** Always false, after the work of a comparison. */
  refuse(presented: string, asker?: Asker): false | Promise<false> {
    timingSafeEqual(digest(presented), this.#digest);
    return this.#hash === undefined
      ? false
      : bcryptMatches(presented, this.#hash, asker).then(() => false as const);
  }
}
