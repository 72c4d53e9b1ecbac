import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { until } from '../../until.js';
import type { Reply } from '../fake.js';

/** Where a monitor is. */
export interface Place {
  /** Path that all paths begin with. Default: none. */
  readonly base?: string;
  /** Certificate of the authority, where it speaks HTTPS. */
  readonly ca?: string;
}

function send(
  { base = '', ca }: Place,
  options: RequestOptions,
  answered: (response: IncomingMessage) => void,
): ClientRequest {
  const given = { host: '127.0.0.1', agent: false, ...options, path: `${base}${options.path}` } as const;
  return ca === undefined ? request(given, answered) : requestSecurely({ ...given, ca }, answered);
}

/** One server-sent event. */
export interface SentEvent {
  readonly name: string;
  readonly data: unknown;
}

/** What a live page is told first. */
export interface Hello {
  readonly page: string;
  readonly actions: string;
}

/** The stream of events of a live page, as a browser reads it. */
export class Events {
  readonly events: SentEvent[] = [];
  readonly response: IncomingMessage;
  /** Whether the server, or this end, has closed it. */
  isClosed = false;
  private readonly sent: ClientRequest;
  private text = '';

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.sent = sent;
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.read(text));
    response.on('close', () => {
      this.isClosed = true;
    });
    response.on('error', () => {});
  }

  static open(port: number, place: Place = {}): Promise<Events> {
    return new Promise((resolve, reject) => {
      const sent = send(place, { port, path: '/live/events' }, (response) =>
        resolve(new Events(sent, response)),
      );
      sent.on('error', reject).end();
    });
  }

  /** The data of the events of that name so far. */
  all<T>(name: string): readonly T[] {
    return this.events.filter((event) => event.name === name).map(({ data }) => data as T);
  }

  /** The first event of that name after the first `after` ones of it. */
  async next<T>(name: string, after = 0): Promise<T> {
    await until(`an event ${name} has come`, () => this.all(name).length > after);
    return this.all<T>(name)[after]!;
  }

  async hello(): Promise<Hello> {
    return this.next<Hello>('hello');
  }

  close(): void {
    this.sent.destroy();
  }

  private read(text: string): void {
    this.text += text;
    for (let end = this.text.indexOf('\n\n'); end !== -1; end = this.text.indexOf('\n\n')) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(this.text.slice(0, end)) ?? [];
      this.events.push({ name: name ?? '', data: JSON.parse(data ?? 'null') });
      this.text = this.text.slice(end + 2);
    }
  }
}

/** Sends a request of a live page with a JSON body; `body` that is a string is sent as it is. */
export function act(
  port: number,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  place: Place = {},
): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const sentHeaders = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const options = { port, path: `/live/${path}`, method: 'POST', headers: sentHeaders };
    const sent = send(place, options, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        answer += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject).end(text);
  });
}
