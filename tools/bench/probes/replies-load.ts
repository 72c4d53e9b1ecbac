/** Load process of the replies probe: requesters with one request outstanding each, and responders. */
import { Client } from './client.js';
import { Template } from './frames.js';
import { fail, now, type Span, serve, timed } from './serve.js';

const PAYLOAD_BYTES = 16;
const TEXT = '########abcdefgh\r\n';

/** What requester and responder of one pair say and hear, with the number of the request. */
export function templatesOf(pair: number) {
  const number = String(pair).padStart(3, '0');
  const [service, inbox] = [`service.${number}`, `_INBOX.r${number}.########`];
  return {
    service,
    inbox: `_INBOX.r${number}.*`,
    request: new Template(`PUB ${service} ${inbox} ${PAYLOAD_BYTES}\r\n${TEXT}`),
    requested: new Template(`MSG ${service} 1 ${inbox} ${PAYLOAD_BYTES}\r\n${TEXT}`),
    reply: new Template(`PUB ${inbox} ${PAYLOAD_BYTES}\r\n${TEXT}`),
    replied: new Template(`MSG ${inbox} 1 ${PAYLOAD_BYTES}\r\n${TEXT}`),
  };
}

interface Requester {
  readonly client: Client;
  readonly request: Template;
  /** Number of the request that is outstanding, or of the next one. */
  next: number;
}

const requesters: Requester[] = [];
const clients: Client[] = [];
let until = 0;
let outstanding = 0;
let onDone: () => void = () => {};

/** Buffers are not copied on their way out: the one before has arrived when the next is written into it. */
async function openResponder(port: number, pair: number): Promise<void> {
  const { service, requested, reply } = templatesOf(pair);
  let next = 0;
  const client = await Client.open({
    port,
    says: `SUB ${service} 1\r\n`,
    frameBytes: requested.bytes.length,
    onFrame: (chunk, at) => {
      requested.check(next, chunk, at);
      client.send(reply.with(next));
      next++;
    },
    onFailure: fail,
  });
  clients.push(client);
}

async function openRequester(port: number, pair: number): Promise<void> {
  const { inbox, request, replied } = templatesOf(pair);
  const client = await Client.open({
    port,
    says: `SUB ${inbox} 1\r\n`,
    frameBytes: replied.bytes.length,
    onFrame: (chunk, at) => {
      if (outstanding === 0) throw new Error('a reply too many');
      replied.check(requester.next, chunk, at);
      requester.next++;
      if (now() < until) client.send(request.with(requester.next));
      else if (--outstanding === 0) onDone();
    },
    onFailure: fail,
  });
  const requester: Requester = { client, request, next: 0 };
  clients.push(client);
  requesters.push(requester);
}

const duties = {
  /** Opens what this process has of the pairs. */
  async open(job: {
    requestersPort: number;
    respondersPort: number;
    responders: readonly number[];
    requesters: readonly number[];
  }) {
    for (const pair of job.responders) await openResponder(job.respondersPort, pair);
    for (const pair of job.requesters) await openRequester(job.requestersPort, pair);
  },

  /** Keeps one request of every requester outstanding for so long; resolves when the last is answered. */
  async run({ seconds }: { seconds: number }): Promise<Span & { requests: number }> {
    const sum = (): number => requesters.reduce((total, { next }) => total + next, 0);
    const before = sum();
    const span = await timed(
      () =>
        new Promise((resolve) => {
          onDone = resolve;
          until = now() + seconds;
          outstanding = requesters.length;
          for (const { client, request, next } of requesters) client.send(request.with(next));
          if (outstanding === 0) setTimeout(resolve, seconds * 1000);
        }),
    );
    return { ...span, requests: sum() - before };
  },

  /** Sees that nothing more comes than what was due. */
  async settle(): Promise<void> {
    await Promise.all(clients.map((client) => client.ping()));
  },
};

export type RepliesLoad = typeof duties;

serve(duties);
