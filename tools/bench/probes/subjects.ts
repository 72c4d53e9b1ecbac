/** Many subjects of a realistic shape, and what is said on them. Pure. */

/** Sensors of one site. */
const SENSORS = 1_000;
/** Coprime to powers of ten, so that multiples of it modulo one are all different. */
const SCATTER_SENSORS = 7_919;
const SCATTER_ORDER = 611_953;
const FIRST_SENSOR = 1_234_567;
const SENSOR_NUMBERS = 10_000_000;
const FIRST_SID = 100_000;
const INDEX_DIGITS = 7;
const FILLER = 'abcdefghi';
export const PAYLOAD_BYTES = INDEX_DIGITS + FILLER.length;

/** Subject number `index` of up to 1,000,000, all different and as long: `dev.site042.sensor.4867315`. */
export function subjectOf(index: number): string {
  const site = Math.floor(index / SENSORS);
  const sensor = (FIRST_SENSOR + index * SCATTER_SENSORS) % SENSOR_NUMBERS;
  return `dev.site${String(site).padStart(3, '0')}.sensor.${String(sensor).padStart(7, '0')}`;
}

/** The sid of a connection's subscription number `n`, of up to 900,000: all as long. */
export function sidOf(n: number): number {
  return FIRST_SID + n;
}

/** Those are each other's inverse. */
export function numberOf(sid: number): number {
  return sid - FIRST_SID;
}

/** What a connection says to subscribe to `count` subjects from number `from` on. */
export function subscribeLines(from: number, count: number): Buffer {
  return lines(count, (n) => `SUB ${subjectOf(from + n)} ${sidOf(n)}\r\n`);
}

export function unsubscribeLines(count: number): Buffer {
  return lines(count, (n) => `UNSUB ${sidOf(n)}\r\n`);
}

function lines(count: number, line: (n: number) => string): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, n) => line(n)).join(''), 'latin1');
}

/** `count` messages that go through the first `cycle` of `total` subjects in scattered order, again and again. */
export interface TrieSearch {
  readonly total: number;
  readonly cycle: number;
  readonly count: number;
}

/** Which subject message number `k` is about. Two messages in a row are of different connections, as a rule. */
export function stepOf({ total, cycle }: TrieSearch, k: number): number {
  return ((k % cycle) * SCATTER_ORDER) % total;
}

function payloadOf(index: number): string {
  return String(index).padStart(INDEX_DIGITS, '0') + FILLER;
}

export function publishFrames(walk: TrieSearch): Buffer {
  const once = lines(Math.min(walk.cycle, walk.count), (k) => {
    const index = stepOf(walk, k);
    return `PUB ${subjectOf(index)} ${PAYLOAD_BYTES}\r\n${payloadOf(index)}\r\n`;
  });
  const frameBytes = once.length / Math.min(walk.cycle, walk.count);
  return Buffer.alloc(walk.count * frameBytes, once); // again and again, as all are as long
}

/** What comes of it on the connection whose subscription number `n` is for that subject. */
export function deliveredFrame(index: number, n: number): string {
  return `MSG ${subjectOf(index)} ${sidOf(n)} ${PAYLOAD_BYTES}\r\n${payloadOf(index)}\r\n`;
}

/** How often each of all subjects is said something about. */
export function timesOf(walk: TrieSearch): Uint32Array {
  const times = new Uint32Array(walk.total);
  for (let k = 0; k < walk.count; k++) {
    const index = stepOf(walk, k);
    times[index] = (times[index] ?? 0) + 1;
  }
  return times;
}
