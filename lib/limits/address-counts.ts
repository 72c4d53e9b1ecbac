import { networkOf, unmapped } from '../domain/ip-address.js';

/**
 * How many connections each address has; one of IPv6 shares a count with its network, `/64`. A connection without an address, which
 * is within the process, and one of this machine are not counted.
 */
export class AddressCounts {
  private readonly counts = new Map<string, number>();

  add(address: string | undefined): void {
    const key = keyOf(address);
    if (key !== undefined) this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** Takes back one {@link add}. */
  remove(address: string | undefined): void {
    const key = keyOf(address);
    if (key === undefined) return;
    const left = (this.counts.get(key) ?? 0) - 1;
    if (left > 0) this.counts.set(key, left);
    else this.counts.delete(key);
  }

  /** Connections of that address; 0 where they are not counted. */
  of(address: string | undefined): number {
    const key = keyOf(address);
    return key === undefined ? 0 : (this.counts.get(key) ?? 0);
  }

  /** Addresses that have connections. */
  get size(): number {
    return this.counts.size;
  }
}

function keyOf(address: string | undefined): string | undefined {
  if (address === undefined || isLoopback(address)) return undefined;
  return networkOf(address);
}

function isLoopback(address: string): boolean {
  const bare = unmapped(address);
  return bare === '::1' || bare.startsWith('127.');
}
