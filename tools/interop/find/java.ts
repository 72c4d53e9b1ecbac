import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Find } from '../client.js';
import { ask, run } from '../command.js';
import { runProgram } from '../program.js';
import { namesIn, newestFirst, SOURCES } from './places.js';

const NAME = 'jnats';
const HOW = 'mvn dependency:get -Dartifact=io.nats:jnats:VERSION, or INTEROP_CLASSPATH=its jars';

/** Libraries that one or the other version of jnats needs. */
const BESIDE = ['org/bouncycastle/bcprov-lts8on', 'net/i2p/crypto/eddsa', 'org/jspecify/jspecify'];

/** The newest jar of a library in the local Maven repository. */
function newestJar(library: string): string | undefined {
  const directory = join(homedir(), '.m2', 'repository', library);
  const artifact = library.slice(library.lastIndexOf('/') + 1);
  for (const version of newestFirst(namesIn(directory))) {
    const jar = `${artifact}-${version}.jar`;
    if (namesIn(join(directory, version)).includes(jar)) return join(directory, version, jar);
  }
  return undefined;
}

function classpath(): string | undefined {
  const { INTEROP_CLASSPATH: given } = process.env;
  if (given !== undefined) return given;
  const jnats = newestJar('io/nats/jnats');
  return jnats && [jnats, ...BESIDE.map(newestJar).filter((jar) => jar !== undefined)].join(delimiter);
}

/** jnats, from the local Maven repository or the jars in `INTEROP_CLASSPATH`. */
export const findJava: Find = async (directory) => {
  if ((await ask('javac', '-version')) === undefined)
    return { name: NAME, reason: 'no javac command (a JDK)' };
  const jars = classpath();
  if (jars === undefined) return { name: NAME, reason: `not in the local Maven repository (${HOW})` };
  mkdirSync(directory, { recursive: true });
  const words = ['-cp', jars, '-d', directory, join(SOURCES, 'java', 'Interop.java')];
  const built = await run('javac', words, { timeoutMs: 120_000 });
  if (built.code !== 0) {
    const why = /^.*error.*$/m.exec(built.text)?.[0] ?? built.text.slice(0, 200);
    return { name: NAME, reason: `${why} (${HOW})` };
  }
  const command = ['java', '-cp', [directory, ...jars.split(delimiter)].join(delimiter), 'Interop'];
  const version = (await ask(command[0]!, ...command.slice(1), '--version')) ?? '?';
  return { name: NAME, version, run: (world) => runProgram(command, world) };
};
