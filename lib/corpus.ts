/**
 * The conformance corpus: bytes of both dialects in both directions, and of leaf links, and what they stand for.
 * corpus/README.md has the files' format, for other languages; this reads them.
 *
 * @module sluice/corpus
 */
import { readFileSync } from 'node:fs';
import { textOf } from './frame/text.js';

/** Bytes, and what frames and commands they stand for, however they are cut into reads. */
export interface CorpusCase {
  /** What the case and its neighbours are about. */
  readonly about: string;
  /** Unique among those of one `about` and one `from`. */
  readonly name: string;
  /** The sender of the bytes; both ends of a leaf link are servers. */
  readonly from: 'client' | 'server';
  /** Options for the decoder, as the factories of `sluice/codecs` take them. */
  readonly options: Readonly<Record<string, number | boolean>>;
  readonly wire: Buffer;
  /** In order, as the parsers of `sluice/codecs` give them; what is wrong is `{op: 'FAULT', code}`. */
  readonly frames: readonly Readonly<Record<string, unknown>>[];
  /** Whether `wire` is also how the frames are written. */
  readonly canonical: boolean;
}

/** Bytes of a client whose last one, and no earlier one, tells that something is wrong. */
export interface EarliestFault {
  readonly wire: Buffer;
  readonly code: string;
}

/** What the files of the corpus are of: NATS clients, leaf links, line clients. */
export type CorpusDialect = 'nats' | 'leaf' | 'line';

export interface Corpus {
  readonly dialect: CorpusDialect;
  /** Every fault that the cases name, and what it means. */
  readonly faults: Readonly<Record<string, string>>;
  readonly earliestFaults: readonly EarliestFault[];
  readonly cases: readonly CorpusCase[];
}

interface Octets {
  readonly base64: string;
}

/** Fields of frames that are words; the other bytes are payloads and headers. */
const WORDS: readonly string[] = ['subject', 'reply', 'queue', 'sid', 'topic'];

/** The corpus of a dialect. Reads a file of the package. */
export function readCorpus(dialect: CorpusDialect): Corpus {
  const file = new URL(`../corpus/${dialect}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'), (key: string, value: unknown) => {
    if (key === 'queues') return (value as (string | Buffer)[]).map(wordOf);
    if (!isOctets(value)) return value;
    const bytes = Buffer.from(value.base64, 'base64');
    return WORDS.includes(key) ? wordOf(bytes) : bytes;
  }) as Corpus;
}

function wordOf(word: string | Buffer): string {
  return typeof word === 'string' ? word : textOf(word, 0, word.length);
}

function isOctets(value: unknown): value is Octets {
  return typeof value === 'object' && value !== null && 'base64' in value;
}
