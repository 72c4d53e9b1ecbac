/** A file in nats-server's configuration language as a source of settings. */
import { closeSync, openSync, readSync } from 'node:fs';
import { SluiceError } from '../../domain/errors.js';
import { MAX_CONFIG_BYTES } from '../../domain/limits.js';
import { readErrorText } from '../../domain/read-error.js';
import { formatBytes } from '../units.js';
import { finish } from './finish.js';
import { Findings, Output, type Tree } from './output.js';
import { parseConf } from './parser.js';
import { translateEntries } from './rows.js';
import { TOP } from './translate.js';

/** What a file says. */
export interface ConfFile {
  /** In TOML's words; nothing is checked that takes more than one key, and no range. */
  readonly settings: Tree;
  /** Dotted TOML key, `authorization.users[2].nkey` → `file:line:column: the file's own word for it`. */
  readonly origins: Map<string, string>;
  /** What is ignored, each in one line. */
  readonly warnings: readonly string[];
  /** What `nats-server -t` fails of and a start does not, each in one line. */
  readonly cautions: readonly string[];
  /** Every key that is unknown, not supported or of the wrong type, each in one line. */
  readonly problems: readonly string[];
  /** Dotted TOML keys of settings, or of their tables, that are missing because their values are wrong. */
  readonly wrong: ReadonlySet<string>;
}

/** Bytes read from a file at once. */
const READ_BYTES = 64 * 1024;

/** Reads text of any kind of file, a pipe as well: up to so many bytes, and a few more. */
function readText(path: string, maxBytes: number): string {
  const descriptor = openSync(path, 'r');
  const chunks: Buffer[] = [];
  try {
    for (let total = 0; total <= maxBytes; ) {
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      const length = readSync(descriptor, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
      total += length;
    }
  } finally {
    closeSync(descriptor);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * Reads a file in nats-server's language, with what it includes.
 * @throws SluiceError CONFIG_UNREADABLE when it cannot be read or understood
 */
export function readConf(path: string, environment: Readonly<Record<string, string | undefined>>): ConfFile {
  let text: string;
  try {
    text = readText(path, MAX_CONFIG_BYTES);
  } catch (error) {
    throw new SluiceError('CONFIG_UNREADABLE', `${path}: ${readErrorText(error)}`, { cause: error });
  }
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    const message = `${path}: too large, allowed: ${formatBytes(MAX_CONFIG_BYTES)} with all includes`;
    throw new SluiceError('CONFIG_UNREADABLE', message);
  }
  const findings = new Findings();
  const out = new Output(findings);
  const entries = parseConf(text, { path, environment, readFile: readText });
  translateEntries(entries, '', TOP, out);
  finish(out);
  const { origins, warnings, problems, wrong } = findings;
  const empty = entries.size === 0 ? [`${path}: config has no values or is empty`] : [];
  return {
    settings: out.tree,
    origins,
    warnings,
    cautions: [...empty, ...findings.cautions],
    problems,
    wrong,
  };
}
