/** How a request is answered. */
export type Answered =
  /** What stands in `data`; undefined: the request was carried out, and there is nothing to say. */
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'error'; readonly code: number; readonly description: string }
  /** A whole message without the usual envelope. */
  | { readonly kind: 'bare'; readonly body: object };

/** How a request ends. Silent: it is not answered. */
export type Outcome = Answered | { readonly kind: 'silent' };

export const SILENT: Outcome = { kind: 'silent' };

export function data(value: unknown): Answered {
  return { kind: 'data', data: value };
}

/** Status codes are those of HTTP, as nats-server's: 400 where the request is wrong, else 500. */
export function failed(description: string, code = 500): Answered {
  return { kind: 'error', code, description };
}
