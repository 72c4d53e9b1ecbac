import { MAX_BCRYPT_COST } from '../domain/limits.js';

/** Least and highest cost that bcrypt has. */
const MIN_COST = 4;
const MAX_COST = 31;
/** Seconds that a check of cost 11 takes, about; each step doubles it. */
const SECONDS_AT_11 = 0.1;

/** Whether a configured password is a bcrypt hash. */
export function isBcrypt(secret: string): boolean {
  return /^\$2[abxy]\$\d{2}\$/.test(secret);
}

/** What is wrong with a bcrypt hash, or undefined. */
export function bcryptFault(hash: string): string | undefined {
  if (!/^\$2[aby]\$\d{2}\$[./A-Za-z0-9]{53}$/.test(hash)) return 'not a whole bcrypt hash';
  const cost = bcryptCost(hash);
  if (cost >= MIN_COST && cost <= MAX_BCRYPT_COST) return undefined;
  const isTooSlow = cost > MAX_BCRYPT_COST && cost <= MAX_COST;
  const time = isTooSlow ? `; each login would take some ${duration(cost)}` : '';
  return `bcrypt cost ${cost} out of range, allowed: ${MIN_COST} to ${MAX_BCRYPT_COST}${time}`;
}

/** The cost of a bcrypt hash: each step doubles the work. */
export function bcryptCost(hash: string): number {
  return Number(hash.slice(4, 6));
}

/** A hash of that cost which nothing is known to match, for the work it makes. */
export function dummyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

function duration(cost: number): string {
  const seconds = SECONDS_AT_11 * 2 ** (cost - 11);
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`;
}
