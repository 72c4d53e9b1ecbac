/** The other end of a leaf link, byte by byte: what a hub or a leaf says, and what it hears. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { until } from '../until.js';

/** One end of a link, as text. */
export class RawLink {
  /** All that has come so far. */
  text = '';
  isClosed = false;
  readonly wire: Duplex;

  constructor(wire: Duplex) {
    this.wire = wire;
    wire.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
    });
    wire.on('error', () => undefined);
    wire.on('close', () => {
      this.isClosed = true;
    });
    wire.on('end', () => {
      this.isClosed = true;
    });
  }

  send(text: string): void {
    this.wire.write(text);
  }

  /** Waits until `part` has come after all that was waited for before, and drops what is up to it. */
  async saw(part: string): Promise<void> {
    await until(`${JSON.stringify(part)} comes, in ${JSON.stringify(this.text)}`, () =>
      this.text.includes(part),
    );
    this.text = this.text.slice(this.text.indexOf(part) + part.length);
  }

  /** The JSON of the first frame `verb` that comes. */
  async json(verb: string): Promise<Readonly<Record<string, unknown>>> {
    const frame = new RegExp(`${verb} (\\{.*?\\}) ?\\r\\n`);
    await until(`${verb} comes, in ${JSON.stringify(this.text)}`, () => frame.test(this.text));
    const [whole, json = ''] = frame.exec(this.text) ?? [];
    this.text = this.text.slice(this.text.indexOf(whole ?? '') + (whole ?? '').length);
    return JSON.parse(json) as Readonly<Record<string, unknown>>;
  }

  /** All that has come by the time a PING of ours is answered. */
  async settled(): Promise<string> {
    this.send('PING\r\n');
    await until(`PONG comes, in ${JSON.stringify(this.text)}`, () => this.text.includes('PONG\r\n'));
    const text = this.text.replaceAll('PONG\r\n', '').replaceAll('PING\r\n', '');
    this.text = '';
    return text;
  }

  async closed(): Promise<void> {
    await until('the link has closed', () => this.isClosed);
  }
}

/** A port at which a hub of ours waits for leafs. */
export class RawHub {
  readonly links: RawLink[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    server.on('connection', (socket) => this.links.push(new RawLink(socket)));
  }

  static async start(port = 0): Promise<RawHub> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new RawHub(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The link number `index`, from 0, once there is one. */
  async link(index = 0): Promise<RawLink> {
    await until('a leaf connects', () => this.links.length > index);
    return this.links[index] as RawLink;
  }

  async stop(): Promise<void> {
    for (const { wire } of this.links) wire.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The INFO of a hub, as one line. */
export function hubInfo(fields: Readonly<Record<string, unknown>> = {}): string {
  const info = {
    server_id: 'HUB',
    server_name: 'hub',
    version: '2.15.3',
    proto: 1,
    headers: true,
    max_payload: 1_048_576,
    client_id: 7,
    info_on_connect: true,
    leafnode_urls: [],
    ...fields,
  };
  return `INFO ${JSON.stringify(info)} \r\n`;
}
