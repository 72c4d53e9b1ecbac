import type { Steps } from '../../domain/steps.js';
import { headerOf } from '../headers.js';
import type { Store } from '../store/store.js';

/*
 * What a sourced message says of where it was copied from, as nats-server 2.15 writes it; older ones leave out the end of it.
 *
 *   Nats-Stream-Source: <stream>[:<hash of the api prefix>] <sequence> <filters> <destinations> [<subject> [<identity>]]
 *
 * Several filters, and their destinations, are joined by form feeds.
 */
const NAME = 'Nats-Stream-Source';
const HEADER = Buffer.from(NAME);
/** Messages looked at between two steps. */
const STEP_MESSAGES = 32;

/** The name of the header, as what its line begins with. */
export const SOURCE_HEADER = HEADER;

/** A message that a source has. */
export interface SourcePosition {
  /** 0: none. */
  readonly sequence: number;
  /** Which stream of that name it was; empty: unknown. */
  readonly identity: string;
}

/** The header of a copy. @param id of the source */
export function sourceHeader(
  id: string,
  { sequence, identity }: SourcePosition,
  subject: string,
): readonly [name: string, value: string] {
  const [stream = '', ...patterns] = id.split(' ');
  const end = identity === '' ? '' : ` ${identity}`;
  return [NAME, `${stream} ${sequence} ${patterns.join(' ')} ${subject}${end}`];
}

/** Finds the last message of each source in what a stream has stored, as things are at the first step. @param ids of the sources */
export function* lastPositions(
  store: Store,
  ids: readonly string[],
): Steps<ReadonlyMap<string, SourcePosition>> {
  const found = new Map<string, SourcePosition>();
  const wanted = new Set(ids);
  const { firstSequence, lastSequence } = store.state;
  for (let at = lastSequence; at >= firstSequence && at > 0 && wanted.size > 0; at--) {
    const message = store.get(at);
    if (message !== undefined && message.headerBytes > 0) {
      const text = headerOf(message.body.subarray(0, message.headerBytes), HEADER);
      const [id, position] = positionIn(text ?? '', wanted);
      if (id !== undefined && position !== undefined) {
        found.set(id, position);
        wanted.delete(id);
      }
    }
    if (at % STEP_MESSAGES === 0) yield;
  }
  return found;
}

function positionIn(
  text: string,
  wanted: ReadonlySet<string>,
): readonly [] | readonly [id: string, position: SourcePosition] {
  const [stream = '', sequence = '', filters, destinations, , identity = ''] = text.split(' ');
  if (!/^\d+$/.test(sequence)) return [];
  const position = { sequence: Number(sequence), identity };
  const id = `${stream} ${filters} ${destinations}`;
  if (wanted.has(id)) return [id, position];
  // Before 2.10 there were no filters in it: it was the only source of that name.
  const older = filters === undefined ? [...wanted].find((each) => each.startsWith(`${stream} `)) : undefined;
  return older === undefined ? [] : [older, position];
}
