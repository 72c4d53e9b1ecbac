/**
 * What the package exports, with a use of each: a module in uses/ that anybody could have written. It runs as it is,
 * as CommonJS, and compiles as TypeScript. A new entry of `exports` needs a file there, spec/pack says so; those of
 * plain JSON need none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const USES = fileURLToPath(new URL('uses/', import.meta.url));

/** The names of the entry points, and of their uses: `./codecs/web` is `codecs-web`. */
export function useNames(root) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => (entry === '.' ? 'index' : entry.slice('./'.length).replaceAll('/', '-')));
}

/** A use as an ES module. */
export function useOf(name) {
  return readFileSync(join(USES, `${name}.mjs`), 'utf8');
}

const IMPORT = /^import (?:(\w+)|(\{[^}]*\})) from ('[^']+');$/gm;

/** An ES module as CommonJS with `require`: Node lets that load ES modules from 20.19 on. */
export function asCommonJs(code) {
  const body = code.replace(IMPORT, (_, name, names, from) => {
    return `const ${name ?? names.replaceAll(' as ', ': ')} = require(${from});`;
  });
  return `void (async () => {\n${body}})();\n`;
}

/** An ES module as CommonJS in TypeScript: `require` with types is `import x = require()`. */
export function asCommonTs(code) {
  const heads = [];
  const body = code.replace(IMPORT, (_, name, names, from) => {
    const whole = name ?? `module${heads.length}`;
    heads.push(`import ${whole} = require(${from});\n`);
    return name === undefined ? `const ${names.replaceAll(' as ', ': ')} = ${whole};` : '';
  });
  return `${heads.join('')}void (async () => {\n${body}})();\n`;
}
