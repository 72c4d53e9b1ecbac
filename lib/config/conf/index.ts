/** A file in nats-server's configuration language as a source of settings. */
import { readFileSync } from 'node:fs';
import { SluiceError } from '../../errors.js';
import { faultOf } from '../file.js';
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
  readonly warnings: string[];
}

/**
 * Reads a file in nats-server's language, with what it includes.
 * @throws SluiceError CONFIG_UNREADABLE when it cannot be read or understood; CONFIG_INVALID with every key that is
 *   unknown, not supported or of the wrong type, one per line
 */
export function readConf(path: string, environment: Readonly<Record<string, string | undefined>>): ConfFile {
  const readFile = (name: string) => readFileSync(name, 'utf8');
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    throw new SluiceError('CONFIG_UNREADABLE', `${path}: ${faultOf(error)}`, { cause: error });
  }
  const findings = new Findings();
  const out = new Output(findings);
  translateEntries(parseConf(text, { path, environment, readFile }), '', TOP, out);
  finish(out);
  const { origins, warnings, problems } = findings;
  if (problems.length > 0) throw new SluiceError('CONFIG_INVALID', problems.join('\n'));
  return { settings: out.tree, origins, warnings };
}
