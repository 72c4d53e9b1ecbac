import { readFileSync } from 'node:fs';
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { FetchingConfig } from '../config/shapes.js';
import { type DescribeSetting, describeSetting } from '../config/show.js';
import { invalidKey } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';

/** Connections that are kept open, as nats-server does. */
const MAX_IDLE = 10;
/** How long, in milliseconds. */
const IDLE_MS = 30_000;
/** Redirects that are followed. */
const MAX_REDIRECTS = 5;
/** Longest answer, in bytes. */
const MAX_BYTES = 1024 * 1024;

const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

/** Gets texts over HTTP, from below one URL. Connections that it keeps open for a while keep no process alive. */
export class HttpSource {
  private readonly base: string;
  private readonly plain = new PlainAgent({ keepAlive: true, maxFreeSockets: MAX_IDLE, timeout: IDLE_MS });
  private readonly secure: SecureAgent;

  /**
   * @param describe what messages call the settings
   * @throws SluiceError CONFIG_INVALID about files that cannot be read
   */
  constructor(
    url: string,
    files: Omit<FetchingConfig, 'timeoutMs'>,
    describe: DescribeSetting = describeSetting,
  ) {
    this.base = url.endsWith('/') ? url : `${url}/`;
    const read = (key: string, path: string | undefined) => {
      try {
        return path === undefined ? undefined : readFileSync(path);
      } catch (error) {
        throw invalidKey(describe(['resolver', key], path), `cannot be read: ${readErrorText(error)}`);
      }
    };
    this.secure = new SecureAgent({
      keepAlive: true,
      maxFreeSockets: MAX_IDLE,
      timeout: IDLE_MS,
      ca: read('ca_file', files.caFile),
      cert: read('cert_file', files.certFile),
      key: read('key_file', files.keyFile),
    });
  }

  /**
   * Gets one text.
   * @throws Error (as a rejection) that says why there is none; no URL is in it, as that may hold a password
   */
  async get(name: string, signal: AbortSignal): Promise<string> {
    let url = new URL(this.base + name);
    for (let redirects = 0; ; redirects++) {
      const response = await this.request(url, signal);
      const { statusCode, headers } = response;
      if (statusCode === 200) return textOf(response);
      response.destroy();
      if (!REDIRECTS.has(statusCode) || headers.location === undefined)
        throw new Error(`HTTP status ${statusCode}`);
      if (redirects === MAX_REDIRECTS) throw new Error('too many redirects');
      const next = URL.canParse(headers.location, url.href) ? new URL(headers.location, url.href) : undefined;
      if (next === undefined || !/^https?:$/.test(next.protocol))
        throw new Error('redirected to what is no HTTP');
      if (url.protocol === 'https:' && next.protocol === 'http:')
        throw new Error('redirected from HTTPS to HTTP');
      url = next;
    }
  }

  private request(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const isSecure = url.protocol === 'https:';
    const [request, agent] = isSecure
      ? ([secureRequest, this.secure] as const)
      : ([plainRequest, this.plain] as const);
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) =>
        reject(new Error(signal.aborted ? 'no answer in time' : (error.code ?? error.message)));
      request(url, { agent, signal }, resolve).on('error', failed).end();
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`an answer longer than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    const { name, message } = error as Error;
    throw new Error(name === 'AbortError' ? 'no answer in time' : message);
  }
  return Buffer.concat(chunks).toString();
}
