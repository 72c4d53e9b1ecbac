import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer } from './endpoint.js';
import type { RequestPolicy } from './request-policy.js';

/** What a request may do to the process, named as `-sl` names the signals. */
export const CONTROL_ACTIONS = ['reload', 'reopen', 'ldm', 'quit'] as const;

/** One of {@link CONTROL_ACTIONS}. */
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** A name and a password, as HTTP's `Basic` scheme carries them. */
export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** What requests to a monitor may do to its broker. */
export interface MonitorControl {
  /** Whether they may do anything now. */
  isEnabled(): boolean;
  /** Checks a login; resolves to whether it is one that may. Failures are logged, and slow down those that follow. */
  login(credentials: BasicCredentials | undefined, remoteAddress: string | undefined): Promise<boolean>;
  /** Whether the broker's program offers an action. */
  offers(action: ControlAction): boolean;
  /** Does what is asked for, or begins to. */
  perform(action: ControlAction, user: string): void;
}

/** What a request is answered with, and what is done once that has been sent. */
export interface ControlAnswer {
  readonly answer: Answer;
  readonly perform?: () => void;
}

const PREFIX = '/control/';
/** A page of another site cannot add it to a request without asking first, and the answer to that is no. */
const HEADER = 'sluice-control';
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="sluice", charset="UTF-8"' };

/** Takes requests that are to change something: `POST /control/reload` and the like. */
export class ControlRequests {
  private readonly control: MonitorControl;
  private readonly policy: RequestPolicy;

  constructor(control: MonitorControl, policy: RequestPolicy) {
    this.control = control;
    this.policy = policy;
  }

  /** Whether a request is one of these. */
  takes({ method }: IncomingMessage, path: string): boolean {
    return method === 'POST' && path.startsWith(PREFIX) && this.control.isEnabled();
  }

  /** Carries a request out, or says why not. */
  async answer(
    { headers }: IncomingMessage,
    path: string,
    remoteAddress: string | undefined,
  ): Promise<ControlAnswer> {
    const { control } = this;
    const refusal = this.policy.refusal(headers) ?? this.refusal(headers);
    if (refusal !== undefined) return text(403, refusal);
    const credentials = basicCredentials(headers.authorization);
    if (!(await control.login(credentials, remoteAddress)) || credentials === undefined)
      return text(401, 'needs the login of a user of the system account\n', CHALLENGE);
    const action = CONTROL_ACTIONS.find((each) => path === PREFIX + each);
    if (action === undefined) return text(404, `not there, allowed: ${CONTROL_ACTIONS.join(', ')}\n`);
    if (!control.offers(action)) return text(501, `${action} is not offered by this program\n`);
    return { ...text(202, `${action} accepted\n`), perform: () => control.perform(action, credentials.user) };
  }

  private refusal(headers: IncomingHttpHeaders): string | undefined {
    if (!this.policy.isOwn(headers)) return 'requests of other sites may not change anything\n';
    return headers[HEADER] === undefined ? 'needs the header Sluice-Control, with any value\n' : undefined;
  }
}

function text(
  status: number,
  words: string,
  headers: Readonly<Record<string, string>> = {},
): { readonly answer: Answer } {
  return { answer: { kind: 'text', status, text: words, headers } };
}

/** What an `Authorization` header of the scheme `Basic` has; undefined where there is none. */
function basicCredentials(header: string | undefined): BasicCredentials | undefined {
  const encoded = /^Basic +([A-Za-z\d+/]+={0,2})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) return undefined;
  return { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
