import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { compactJson } from '../../domain/json.js';

/** Bytes that may wait for a page beyond one picture; a page that lets more pile up is cut off. */
const MAX_WAITING_BYTES = 64 * 1024;

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Accel-Buffering': 'no',
};

/** Renders an event; JSON on one line has no line end in it. */
export function renderEvent(name: string, data: unknown): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${compactJson(data)}\n\n`);
}

/**
 * The server-sent events of one page. A page that has not taken the last picture gets no further one until it has, and is
 * told how many it missed: so no more than one picture and the events of a moment wait for it.
 */
export class Stream {
  /** Names it in requests of its page; unknown to any other. */
  readonly id = randomBytes(16).toString('base64url');
  /** Pictures that the page was not sent since the last one that it was. */
  private missed = 0;
  private readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
    response.writeHead(200, HEADERS);
    response.flushHeaders();
  }

  /** Whether the page has not taken all that it was sent. */
  get isBehind(): boolean {
    return this.response.writableLength > 0;
  }

  /** Sends a picture, which is the same for all pages; false: the page is behind, and it is left out. */
  sendPicture(rendered: Buffer): boolean {
    if (this.isBehind) {
      this.missed++;
      return false;
    }
    if (this.missed > 0) this.send('missed', this.missed);
    this.missed = 0;
    this.response.write(rendered);
    return true;
  }

  /** Sends an event that must not be left out. */
  send(name: string, data: unknown): void {
    if (this.response.writableLength > MAX_WAITING_BYTES) this.response.destroy();
    else this.response.write(renderEvent(name, data));
  }

  end(): void {
    this.response.end();
  }
}
