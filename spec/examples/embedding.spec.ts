import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { runModule } from '../support/run-module.js';

const SNIPPETS = [...readFileSync('docs/embedding.md', 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(
  ([, code]) => code!,
);

/** What each prints, in order; the address is whichever. */
const PRINTED: readonly RegExp[] = [
  /^nats:\/\/127\.0\.0\.1:\d+\norders\.new \{ coffees: 2 \}\n$/,
  /^$/,
  /^sensors\.roof 21\.5 C\n$/,
  /^2\.50\nSERVICE_ERROR not for sale\nNO_RESPONDERS weather: it has no subscribers\n$/,
  /^OK SUB a\r?\nOK PUB a\r?\nUPDATE a hello\r?\n$/,
  /^hello world\n$/,
  /^1\n\{"error":"INVALID_PUBLISH_SUBJECT"\}\n\{"subject":"a","text":"hello"\}\n$/,
  /^nats:\/\/127\.0\.0\.1:\d+\n$/,
  /^$/,
  /^$/,
];

describe('docs/embedding.md', () => {
  it('has as many snippets as are run', () => expect(SNIPPETS.length).to.equal(PRINTED.length));

  for (const [index, snippet] of SNIPPETS.entries())
    it(`has a right snippet, number ${index + 1}`, async () => {
      // `await using` is syntax that the oldest Node there is leave for has not.
      const code = snippet.replace(
        /await using broker = ([\s\S]*)$/,
        'const broker = $1\nawait broker.close();\n',
      );
      expect(await runModule(code)).to.match(PRINTED[index]!);
    });
});
