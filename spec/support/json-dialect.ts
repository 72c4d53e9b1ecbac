/** A dialect from outside the library: one JSON object a line. `{"sub":"a"}`, `{"pub":"a","text":"x"}`. */
import type { DialectRegistration } from '../../lib/broker/dialects.js';
import {
  batchOfCommands,
  type Credentials,
  Decoder,
  type Dialect,
  type FrameMemory,
  isLiteralSubject,
  type Link,
  MessageEncoder,
  type Publish,
  type Session,
} from '../../lib/codecs.js';
import type { ErrorCode } from '../../lib/domain/errors.js';

const MOST_BYTES = 64 * 1024;

type Command =
  | { readonly op: 'SUB'; readonly subject: string }
  | ({ readonly op: 'LOGIN' } & Pick<Credentials, 'token' | 'user' | 'password'>)
  | { readonly op: 'WRONG'; readonly subject: string }
  | { readonly op: 'THROW' };
type Frame = { readonly ok: string } | { readonly error: ErrorCode; readonly text?: string | undefined };

class JsonDecoder extends Decoder<Command> {
  #rest = '';

  protected override decode(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MOST_BYTES) throw new Error('line too long');
    this.emitBatch(batchOfCommands(lines.map((line) => commandOf(Buffer.from(line, 'latin1').toString()))));
  }
}

function commandOf(line: string): Command | Publish {
  const { sub, pub, text = '', token, user, password, fail } = JSON.parse(line) as Record<string, string>;
  if (fail === 'decoder') throw new Error('the decoder failed');
  if (fail !== undefined) return { op: 'THROW' };
  if (token !== undefined || user !== undefined) return { op: 'LOGIN', token, user, password };
  if (sub !== undefined) return { op: 'SUB', subject: sub };
  const subject = pub ?? '';
  if (!isLiteralSubject(subject)) return { op: 'WRONG', subject };
  return { op: 'PUB', subject, payload: Buffer.from(text) };
}

class JsonEncoder extends MessageEncoder<Frame> {
  protected override message({ subject, payload }: Publish): Buffer {
    if (subject === 'encoder.fails') throw new Error('the encoder failed');
    return this.frame({ subject, text: payload.toString() });
  }

  protected override frame(frame: object): Buffer {
    return Buffer.from(`${JSON.stringify(frame)}\n`);
  }
}

class JsonSession implements Session<Command> {
  readonly pingsOut = 0;
  readonly #link: Link<Frame>;

  constructor(link: Link<Frame>) {
    this.#link = link;
  }

  open(): void {}
  ready(): void {}
  inform(): void {}
  close(): void {}

  ping(): boolean {
    return false;
  }

  handle(command: Command): void {
    const link = this.#link;
    if (command.op === 'THROW') throw new Error('the session failed');
    if (command.op === 'WRONG') return this.sendError('INVALID_PUBLISH_SUBJECT', command.subject);
    if (command.op === 'LOGIN') {
      link.after(Promise.resolve(link.login(command)), (isIn) => {
        if (isIn) link.send({ ok: 'login' });
        else link.close('AUTHORIZATION_VIOLATION');
      });
    } else if (link.admitted && link.maySubscribe(command.subject) === true && !link.full) {
      link.subscribe(command.subject, command.subject);
      link.send({ ok: command.subject });
    } else this.sendError('PERMISSIONS_SUBSCRIPTION', command.subject);
  }

  refusePublish(): void {
    this.sendError('AUTHENTICATION_REQUIRED');
  }

  sendError(error: ErrorCode, ...about: string[]): void {
    this.#link.send({ error, text: this.#link.errorText(error, ...about) });
  }
}

/** The dialect, and where it is spoken. */
export function jsonDialect(
  where: Pick<DialectRegistration, 'listeners' | 'flowPolicy' | 'tls'> = {},
): DialectRegistration {
  const dialect: Dialect<Command, Frame> = {
    name: 'toy',
    connectionType: 'TOY',
    readsInPlace: false,
    decoder: () => new JsonDecoder(),
    encoder: (highWaterBytes: number, memory: FrameMemory) => new JsonEncoder(memory, highWaterBytes),
    session: (link) => new JsonSession(link),
    errors: {
      AUTHENTICATION_REQUIRED: 'log in first',
      PERMISSIONS_SUBSCRIPTION: '{subject} is not for you',
    },
    logged: (command) => (command.op === 'SUB' ? command : {}),
  };
  return { ...(dialect as Dialect), ...where };
}
