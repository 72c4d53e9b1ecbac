import type { Transform } from 'node:stream';
import type { Logger } from 'pino';
import type { Dialect } from '../dialects/codec.js';
import type { ConnectOptions } from '../dialects/nats/words.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { MAX_TRACED_PAYLOAD_BYTES } from '../domain/limits.js';
import type { CommandBatch, Publish } from '../frame/command.js';
import { Delivery, Receipt } from '../frame/delivery.js';
import { textOf } from '../frame/text.js';
import type { Client } from '../routing/client.js';

/** Of a traced connection: how its peer introduced itself, and what it was let in as. */
type Traced = Pick<Client, 'peer' | 'admitted' | 'account' | 'rights'>;

/** What `claimedUser` is of a client that presented an nkey, and of one that presented a token. */
const NKEY = /^U[A-Z2-7]{55}$/;
const TOKEN = '[REDACTED]';

/** The same as nats-server writes it: `v1.2:js:name` and `$G/user:ann`; it names the account `$G` with a user only. */
export function introductionOf(
  { peer, admitted, account, rights }: Traced,
  { name = peer.name, lang = peer.language, version = peer.version }: ConnectOptions = {},
): { readonly client: string | undefined; readonly login: string | undefined } {
  const parts = [version && `v${version}`, lang, name].filter(Boolean);
  const client = parts.length > 0 ? parts.join(':') : undefined;
  // It may have been admitted as it arrived; nats-server says so from the CONNECT on.
  const isIn = admitted && (client !== undefined || peer.claimedUser !== undefined);
  return { client, login: isIn ? loginOf(account.name, peer.claimedUser, rights.user) : undefined };
}

/** As nats-server has it, the user is the one that the client claims to be, also where none is needed. */
function loginOf(
  account: string,
  claimed: string | undefined,
  granted: string | undefined,
): string | undefined {
  if (claimed === TOKEN) return `${account}/token`;
  if (claimed !== undefined && NKEY.test(claimed)) return `${account}/nkey:${claimed}`;
  const user = claimed || granted;
  if (user) return `${account}/user:${user}`;
  return account === GLOBAL_ACCOUNT ? undefined : account;
}

/**
 * Logs what a connection receives and is sent. Its lines have the fields that nats-server's trace lines show, so that
 * log/traces.ts can write those. Costs nothing unless it is made.
 */
export class Trace {
  private readonly client: Traced;
  private readonly log: Logger;
  private readonly logged: Dialect['logged'];
  private readonly maxPayloadBytes: number;
  /** Options of the last CONNECT, which are the client's once it has been carried out. */
  private introduced: ConnectOptions = {};

  /**
   * @param logged see `Dialect`
   * @param maxPayloadBytes bytes shown of a message, header block first; 0: all
   */
  constructor(
    client: Traced,
    log: Logger,
    logged: Dialect['logged'],
    maxPayloadBytes = MAX_TRACED_PAYLOAD_BYTES,
  ) {
    this.client = client;
    this.log = log;
    this.logged = logged;
    this.maxPayloadBytes = maxPayloadBytes === 0 ? Number.POSITIVE_INFINITY : maxPayloadBytes;
  }

  /** Logs every command of the connection: publishes at trace, all else at debug. */
  followCommands(decoder: Transform): void {
    decoder.on('data', (batch: CommandBatch<{ readonly op: string }>) => {
      for (const command of batch) {
        if (command.op === 'PUB')
          this.log.trace(
            { ...introductionOf(this.client, this.introduced), ...this.shown(command as Publish) },
            'received PUB',
          );
        else {
          this.log.debug(
            { ...introductionOf(this.client, this.introduced), ...this.logged?.(command) },
            `received ${command.op}`,
          );
          if (command.op === 'CONNECT') this.introduced = optionsOf(command);
        }
      }
    });
  }

  /** Logs every delivery and every other frame to the connection, at trace. */
  followDeliveries(outbox: { observer: ((items: readonly unknown[]) => void) | undefined }): void {
    outbox.observer = (items) => {
      for (const item of items) {
        if (item instanceof Delivery) {
          for (let row = item.from; row < item.to; row++)
            this.sent({ sid: item.sid, ...this.shown(item.batch.publish(row)) }, 'delivered');
        } else if (item instanceof Receipt) this.sent({ count: item.to - item.from }, 'confirmed');
        else this.sent({ frame: item }, 'sent');
      }
    };
  }

  private sent(fields: object, message: string): void {
    this.log.trace({ ...introductionOf(this.client, this.introduced), ...fields }, message);
  }

  private shown({ subject, reply, headers, payload }: Publish): object {
    return {
      subject,
      reply,
      headers: headers && this.excerpt(headers, this.maxPayloadBytes),
      headerBytes: headers?.length,
      bytes: payload.length,
      payload: this.excerpt(payload, Math.max(0, this.maxPayloadBytes - (headers?.length ?? 0))),
    };
  }

  private excerpt(bytes: Buffer, most: number): string {
    return textOf(bytes, 0, Math.min(bytes.length, most));
  }
}

function optionsOf(command: object): ConnectOptions {
  return (command as { readonly options: ConnectOptions }).options;
}
