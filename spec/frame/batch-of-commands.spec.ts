import { expect } from 'chai';
import { batchOfCommands } from '../../lib/frame/batch-of-commands.js';
import type { Publish } from '../../lib/frame/command.js';

const payload = Buffer.from('text');
const block = (text: string): Buffer => Buffer.from(text);
const publish = (parts: Partial<Publish>): Publish => ({ op: 'PUB', subject: 'a', payload, ...parts });

describe('batchOfCommands', () => {
  it('keeps the commands and their order', () => {
    const commands = [
      publish({ subject: 'a.b' }),
      { op: 'SUB', subject: 'x' } as const,
      publish({ reply: 'r', headers: block('NATS/1.0\r\nA: b\r\n\r\n') }),
    ];
    expect([...batchOfCommands(commands)]).to.deep.equal(commands);
  });

  const FORGED = 'r 1\r\nx\r\nMSG forged 1 4\r\nevil\r\nMSG a 1 r';
  const refusals: readonly (readonly [string, Partial<Publish>, string])[] = [
    ...['', 'a b', 'a\tb', 'a\r\nb', 'a\u001bb', 'a.*', '>', 'a..b', FORGED].flatMap((text) => [
      [`the subject ${JSON.stringify(text)}`, { subject: text }, 'INVALID_PUBLISH_SUBJECT'] as const,
      [`the reply ${JSON.stringify(text)}`, { reply: text }, 'INVALID_PUBLISH_SUBJECT'] as const,
    ]),
    ...['', 'A: b\r\n\r\n', 'NATS/1.0\r\nA: b', 'NATS/1.0\r\n\r\nA: b\r\n\r\n'].map(
      (text) => [`the headers ${JSON.stringify(text)}`, { headers: block(text) }, 'INVALID_MESSAGE'] as const,
    ),
  ];
  for (const [what, parts, code] of refusals)
    it(`refuses ${what}, which other dialects would be sent as it is`, () => {
      expect(() => batchOfCommands([publish(parts)]))
        .to.throw()
        .with.property('code', code);
    });

  it('says of a subject what is allowed', () => {
    expect(() => batchOfCommands([publish({ subject: 'a.*' })])).to.throw(
      '"a.*": not a subject to publish or reply to, allowed: words joined by dots, none of them empty, * or >, without blanks and control characters; ask isLiteralSubject first',
    );
  });
});
