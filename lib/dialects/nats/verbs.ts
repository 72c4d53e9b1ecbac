/** How a verb goes on after its letters. */
export type Tail =
  /** a blank must follow, then arguments */
  | 'blank'
  /** arguments follow, the blank is optional */
  | 'arguments'
  /** the rest of the line is ignored */
  | 'nothing';

export interface Verb {
  readonly name:
    | 'PUB'
    | 'HPUB'
    | 'HMSG'
    | 'SUB'
    | 'UNSUB'
    | 'CONNECT'
    | 'INFO'
    | 'PING'
    | 'PONG'
    | '+OK'
    | '-ERR';
  readonly tail: Tail;
}

const VERBS: readonly Verb[] = [
  { name: 'PUB', tail: 'blank' },
  { name: 'HPUB', tail: 'blank' },
  { name: 'HMSG', tail: 'blank' },
  { name: 'SUB', tail: 'blank' },
  { name: 'UNSUB', tail: 'blank' },
  { name: '-ERR', tail: 'blank' },
  { name: 'CONNECT', tail: 'arguments' },
  { name: 'INFO', tail: 'arguments' },
  { name: 'PING', tail: 'nothing' },
  { name: 'PONG', tail: 'nothing' },
  { name: '+OK', tail: 'nothing' },
];

/**
 * The verb at `bytes[start…end)`, in any case: 'incomplete' where more bytes could still make one, undefined where
 * no verb begins so (which is known at the first wrong letter, without waiting for the line's end).
 */
export function verbAt(bytes: Uint8Array, start: number, end: number): Verb | 'incomplete' | undefined {
  let incomplete = false;
  for (const verb of VERBS) {
    const letters = verb.name.length + (verb.tail === 'blank' ? 1 : 0);
    const seen = Math.min(letters, end - start);
    let i = 0;
    while (i < seen && matches(verb, i, bytes[start + i]!)) i++;
    if (i === letters) return verb;
    if (i === end - start) incomplete = true;
  }
  return incomplete ? 'incomplete' : undefined;
}

function matches(verb: Verb, index: number, byte: number): boolean {
  if (index === verb.name.length) return byte === 32 || byte === 9;
  const letter = verb.name.charCodeAt(index);
  return byte === letter || (letter >= 65 && byte === letter + 32);
}
