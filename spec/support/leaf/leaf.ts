import type { SettingsInput } from '../../../lib/config.js';
import { type Client, Harness } from '../harness.js';
import { until } from '../until.js';
import { hubInfo, RawHub, type RawLink } from './raw-server.js';

/** A broker that is the leaf of a hub of ours, and a client of it. */
export class Leaf {
  readonly hub: RawHub;
  readonly harness: Harness;

  private constructor(hub: RawHub, harness: Harness) {
    this.hub = hub;
    this.harness = harness;
  }

  static async start(remote: object = {}, settings: SettingsInput = {}): Promise<Leaf> {
    const hub = await RawHub.start();
    const url = `nats-leaf://127.0.0.1:${hub.port}`;
    // The hub greets when the spec has it do so.
    const remotes = [{ url, reconnect: '1ms', max_reconnect: '1ms', first_info_timeout: '10m', ...remote }];
    return new Leaf(hub, await Harness.start({ server_name: 'edge', ...settings, leaf: { remotes } }));
  }

  get remote() {
    return this.harness.broker.leafs.remotes[0]!;
  }

  /** Greets the leaf as a hub does, and lets it in. */
  async link(index = 0, info: object = {}, connected: object = {}): Promise<RawLink> {
    const link = await this.hub.link(index);
    link.send(hubInfo({ ...info }));
    await link.json('CONNECT');
    link.send(`PONG\r\n${hubInfo({ ...info, connect_info: true, ...connected })}`);
    await link.saw('LS+ $LDS.');
    await link.settled();
    await until('the link is up', () => this.remote.isUp);
    return link;
  }

  client(): Promise<Client> {
    return this.harness.connect('nats');
  }

  async stop(): Promise<void> {
    await this.harness.stop();
    await this.hub.stop();
  }
}
