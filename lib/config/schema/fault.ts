/** Settings as rules see them, and what they report. */
import type * as v from 'valibot';
import type { Address } from '../../domain/address.js';
import type { AccountSettings } from './accounts.js';
import type { CalloutSettings } from './callout.js';
import type { MappingSettings } from './mappings.js';
import type { users } from './users.js';

type Texts<Keys extends string> = { readonly [Key in Keys]?: string | undefined };

/** The settings that rules are about. */
export interface Ruled extends Texts<'system_account' | 'default_sentinel'> {
  readonly operator: readonly string[];
  readonly resolver: Texts<'url' | 'cert_file' | 'key_file'>;
  readonly nats: { readonly max_payload: number };
  readonly line: { readonly tls: boolean };
  readonly monitor: {
    readonly listener: Address | undefined;
    readonly tls: boolean;
    readonly control: boolean;
    readonly base_path?: string | undefined;
  };
  readonly websocket: Texts<
    | 'tls_cert_file'
    | 'tls_key_file'
    | 'tls_ca_file'
    | 'user'
    | 'password'
    | 'token'
    | 'no_auth_user'
    | 'jwt_cookie'
  > & {
    readonly listener?: object | undefined;
    readonly no_tls: boolean;
    readonly tls_certificates: readonly object[];
  };
  readonly flow: { readonly low_water: number; readonly high_water: number; readonly max_pending: number };
  readonly lame_duck: { readonly duration: number; readonly grace_period: number };
  readonly authorization: Texts<'user' | 'password' | 'token' | 'no_auth_user'> & {
    readonly users: v.InferOutput<typeof users>;
    readonly auth_callout?: CalloutSettings | undefined;
  };
  readonly accounts: Readonly<Record<string, AccountSettings>>;
  readonly mappings: Readonly<Record<string, MappingSettings>>;
  readonly tls: Texts<'cert_file' | 'key_file' | 'ca_file'> & {
    readonly certificates: readonly object[];
    readonly verify: boolean;
    readonly verify_and_map: boolean;
  };
}

/** A rule that does not hold. */
export interface Fault {
  /** Of the key that the message is about. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}
