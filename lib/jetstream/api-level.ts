import { JETSTREAM_API_LEVEL, NATS_LEVEL } from '../version.js';
import { headerOf } from './headers.js';

const REQUIRED_LEVEL = Buffer.from('Nats-Required-Api-Level');
/** What answers say of the server and the API, and requests do not set. */
const OWN_KEYS: ReadonlySet<string> = new Set(['_nats.level', '_nats.req.level', '_nats.ver']);

/** Texts that users have given to a stream or consumer. */
export type Metadata = Readonly<Record<string, string>>;

/** Whether a request must not be carried out by a server with this level. @param headers of it */
export function isLevelTooLow(headers: Buffer | undefined): boolean {
  const required = headers === undefined ? undefined : headerOf(headers, REQUIRED_LEVEL);
  if (required === undefined || required === '') return false;
  return !/^[+-]?\d+$/.test(required) || Number(required) > JETSTREAM_API_LEVEL;
}

/** What is kept of metadata: without what answers add. Undefined: nothing is left of it. */
export function keptMetadata(given: Metadata | undefined): Metadata | undefined {
  if (given === undefined) return undefined;
  if (![...OWN_KEYS].some((key) => Object.hasOwn(given, key))) return given;
  const kept = Object.entries(given).filter(([key]) => !OWN_KEYS.has(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** A configuration as answers have it. @param required the level that what it asks for came with */
export function withLevel<C extends { readonly metadata?: Metadata }>(config: C, required: number): C {
  const levels = {
    '_nats.level': String(JETSTREAM_API_LEVEL),
    '_nats.req.level': String(required),
    '_nats.ver': NATS_LEVEL,
  };
  return { ...config, metadata: { ...config.metadata, ...levels } };
}
