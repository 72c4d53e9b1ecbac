import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { compactPieces } from '../domain/json.js';
import { MAX_SYSTEM_ANSWER_BYTES } from '../domain/limits.js';
import type { Steps } from '../domain/steps.js';
import type { CpuMeter } from '../monitor/cpu.js';
import type { HttpListener, Monitored } from '../monitor/endpoint.js';
import { Listings } from '../monitor/listing.js';
import type { Observable } from '../monitor/snapshot.js';
import type { Turns } from '../monitor/turns.js';
import { accountConnectionsEvent } from './event-messages.js';
import { FILTER_FIELDS, type Fields, RequestOptions, readOptions } from './fields.js';
import { isFor } from './filter.js';
import { ACCOUNT_MONITOR_REQUESTS, MONITOR_REQUESTS, type ReadRequest } from './monitor-requests.js';
import { type Answered, data, failed, type Outcome, SILENT } from './outcome.js';
import type { SystemRequest } from './request-sink.js';
import type { ServerDescription } from './server-description.js';
import type { ServerCommand } from './subjects.js';
import { askingAccount, countSubscribers } from './subscribers.js';

/** Text gathered before it is turned into bytes, in UTF-16 code units. */
const CHUNK = 64 * 1024;
/** Pieces of text between two places at which work may pause. */
const PIECES_A_STEP = 16;

const TOO_LONG = `the answer is longer than ${MAX_SYSTEM_ANSWER_BYTES} bytes: ask for a page of it, with offset and limit`;

/** What changes something in the server. */
export interface ServerCommands {
  /** Reads the configuration again. Resolves to what is wrong with it; undefined: it is in force. */
  reload(): Promise<string | undefined>;
  /** Closes the connection of that id; false: there is none. */
  kick(cid: number): boolean;
  /** Tells the client with the connection of that id to go to another server; undefined: there is none; false: it cannot be told. */
  lameDuck(cid: number): boolean | undefined;
}

/** What requests are answered from. */
export interface AnswerSources {
  readonly description: ServerDescription;
  readonly observed: Observable;
  /** The HTTP monitor. */
  readonly http: () => HttpListener;
  readonly turns: Turns;
  readonly cpu: CpuMeter;
  readonly commands: ServerCommands;
  /** The whole message of STATSZ. */
  readonly statsz: () => Promise<object>;
}

/** An answer ready to be published. */
export interface Rendered {
  /** In pieces. */
  readonly payload: readonly Buffer[];
  readonly headers?: Buffer;
}

const NO_FIELDS: Fields = {};
const compress = promisify(gzip);

/** Answers requests to the server. Loaded with the first request. */
export class Answers {
  private readonly sources: AnswerSources;
  private readonly monitored: Monitored;

  constructor(sources: AnswerSources) {
    this.sources = sources;
    this.monitored = monitoredFrom(sources);
  }

  /** The answer to a request; undefined: there is none. To be called within a turn. */
  async answer(request: SystemRequest): Promise<Rendered | undefined> {
    if (request.asked.of === 'subscribers') return { payload: [await this.subscribers(request)] };
    const outcome = await this.outcome(request);
    if (outcome.kind === 'silent') return undefined;
    const { turns } = this.sources;
    const payload = await turns.run(bytesOf(this.message(outcome)));
    if (payload === undefined) return { payload: await this.whole(failed(TOO_LONG), turns) };
    return outcome.kind === 'data' ? encoded(payload, request.headers) : { payload };
  }

  /** An answer that says why a request is refused. */
  refusal(description: string, code: number): Promise<readonly Buffer[]> {
    return this.whole(failed(description, code), this.sources.turns);
  }

  private async whole(outcome: Answered, turns: Turns): Promise<readonly Buffer[]> {
    return (await turns.run(bytesOf(this.message(outcome)))) ?? [];
  }

  private message(outcome: Answered): object {
    if (outcome.kind === 'bare') return outcome.body;
    const server = this.sources.description.next();
    if (outcome.kind === 'data') return { server, data: outcome.data };
    return { server, error: { code: outcome.code, description: outcome.description } };
  }

  /** A number alone. */
  private async subscribers({ account, headers, body }: SystemRequest): Promise<Buffer> {
    const { observed, turns } = this.sources;
    const asking = askingAccount(headers, account.name);
    const count = await turns.run(countSubscribers(observed, asking, body?.toString() ?? ''));
    return Buffer.from(String(count));
  }

  private async outcome({ asked, body }: SystemRequest): Promise<Outcome> {
    const { description, commands, statsz } = this.sources;
    if (body === undefined) return failed('the body of the request is too long', 400);
    if (asked.of === 'subscribers') return SILENT;
    if (asked.of === 'account') {
      if (asked.name === 'CONNS') return this.accountConnections(asked.account ?? '');
      return this.read(ACCOUNT_MONITOR_REQUESTS[asked.name], body, asked.account ?? '');
    }
    const { name } = asked;
    switch (name) {
      case 'IDZ': {
        const { name: serverName, host, id } = description.identity;
        return { kind: 'bare', body: { name: serverName, host, id } };
      }
      case 'STATSZ': {
        const options = this.options(body, NO_FIELDS);
        return options instanceof RequestOptions ? { kind: 'bare', body: await statsz() } : options;
      }
      case 'RELOAD':
      case 'KICK':
      case 'LDM': {
        const options = this.options(body, { cid: 'uint64' });
        return options instanceof RequestOptions
          ? runCommand(commands, name, options.number('cid'))
          : options;
      }
      default:
        return this.read(MONITOR_REQUESTS[name], body, '');
    }
  }

  private accountConnections(name: string): Outcome {
    const { observed, description } = this.sources;
    const account = observed.account(name);
    if (account === undefined || account.connections === 0) return SILENT;
    return { kind: 'bare', body: accountConnectionsEvent(description.next(), account) };
  }

  private read(request: ReadRequest, body: Buffer, account: string): Promise<Outcome> | Outcome {
    const options = this.options(body, request.fields);
    return options instanceof RequestOptions ? request.answer(options, this.monitored, account) : options;
  }

  /** The options of a request for this server; else how it ends. */
  private options(body: Buffer, fields: Fields): RequestOptions | Outcome {
    const options = readOptions(body, { ...fields, ...FILTER_FIELDS });
    if (typeof options === 'string') return failed(options, 400);
    return isFor(this.sources.description.identity, options) ? options : SILENT;
  }
}

function monitoredFrom({ observed, http, turns, cpu }: AnswerSources): Monitored {
  return {
    observed,
    listings: new Listings(observed, Date.now, turns),
    turns,
    get address() {
      return http().address;
    },
    get isSecure() {
      return http().isSecure;
    },
    get basePath() {
      return http().basePath;
    },
    get requests() {
      return http().requests;
    },
    cpuPercent: () => cpu.read(),
    now: Date.now,
  };
}

async function runCommand(commands: ServerCommands, name: ServerCommand, cid: number): Promise<Outcome> {
  switch (name) {
    case 'RELOAD': {
      const fault = await commands.reload();
      return fault === undefined ? data(undefined) : failed(fault);
    }
    case 'KICK':
      return commands.kick(cid) ? data(undefined) : failed('no such client or leafnode id');
    case 'LDM': {
      const isTold = commands.lameDuck(cid);
      if (isTold === undefined) return failed('no such client id');
      return isTold
        ? data(undefined)
        : failed('client does not support Lame Duck Mode or is not ready to receive the notification');
    }
  }
}

/** JSON on one line, made in steps; undefined: it would be too long. */
function* bytesOf(message: object): Steps<readonly Buffer[] | undefined> {
  const chunks: Buffer[] = [];
  let text = '';
  let count = 0;
  let length = 0;
  for (const piece of compactPieces(message)) {
    text += piece;
    if (text.length >= CHUNK) {
      const chunk = Buffer.from(text);
      length += chunk.length;
      if (length > MAX_SYSTEM_ANSWER_BYTES) return undefined;
      chunks.push(chunk);
      text = '';
    }
    if (++count % PIECES_A_STEP === 0) yield;
  }
  chunks.push(Buffer.from(text));
  return chunks;
}

/** Compressed where the request takes that; `identity` where it names what there is not, as nats-server has it. */
async function encoded(payload: readonly Buffer[], headers: string | undefined): Promise<Rendered> {
  const accepted = acceptedEncodings(headers);
  if (accepted === undefined) return { payload };
  const isZipped = accepted.includes('gzip');
  return {
    payload: isZipped ? [await compress(Buffer.concat(payload))] : payload,
    headers: Buffer.from(`NATS/1.0\r\nContent-Encoding: ${isZipped ? 'gzip' : 'identity'}\r\n\r\n`),
  };
}

function acceptedEncodings(headers: string | undefined): string | undefined {
  const line = headers?.split('\r\n').find((each) => /^accept-encoding:/i.test(each));
  return (
    line
      ?.slice(line.indexOf(':') + 1)
      .trim()
      .toLowerCase() || undefined
  );
}
