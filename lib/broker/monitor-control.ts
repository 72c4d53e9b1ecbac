import { clearTimeout, setTimeout } from 'node:timers';
import type { Logger } from 'pino';
import { isGrant, type Refusal, type Verdict } from '../auth/grant.js';
import type { LoginThrottle } from '../auth/throttle.js';
import type { LoginLog } from '../connection/login-log.js';
import type { BasicCredentials, ControlAction, MonitorControl } from '../monitor/control.js';
import type { InForce } from './in-force.js';

/** What requests to the monitor may do; what is absent is not offered. */
export type ControlActions = Readonly<Partial<Record<ControlAction, () => void>>>;

/** What requests that change something are decided by. */
export interface ControlSources {
  readonly inForce: InForce;
  readonly throttle: LoginThrottle;
  readonly loginLog: LoginLog;
  readonly log: Logger;
  readonly actions: ControlActions;
}

const NO_USER = 'not a user of the system account';

/**
 * Lets users of the system account reload and stop a broker by requests to its monitor. Their logins are checked, slowed
 * down and logged as those of clients are.
 */
export class BrokerControl implements MonitorControl {
  private readonly sources: ControlSources;

  constructor(sources: ControlSources) {
    this.sources = sources;
  }

  isEnabled(): boolean {
    return this.sources.inForce.config.monitor.control;
  }

  async login(
    credentials: BasicCredentials | undefined,
    remoteAddress: string | undefined,
  ): Promise<boolean> {
    if (credentials === undefined) return false;
    const { throttle, inForce } = this.sources;
    const { user, password } = credentials;
    const key = throttle.keyOf(remoteAddress, user);
    const turn = throttle.admit(key);
    if (turn !== undefined && !(await turn)) return false;
    const verdict = await this.inTime(
      inForce.access.authenticator.authenticate({
        user,
        password,
        connectionType: 'STANDARD',
        remoteAddress,
      }),
    );
    const { systemAccount } = inForce.access;
    // A client admitted without credentials has no name, whatever it sent.
    if (isGrant(verdict) && verdict.account === systemAccount && verdict.user === user) {
      throttle.succeeded(key);
      throttle.remember(remoteAddress, user);
      return true;
    }
    throttle.failed(key);
    this.refused(user, remoteAddress, isGrant(verdict) ? NO_USER : (verdict?.refused ?? 'not accepted'));
    await new Promise((resolve) => void setTimeout(resolve, throttle.delayMs(key)).unref());
    return false;
  }

  offers(action: ControlAction): boolean {
    return this.sources.actions[action] !== undefined;
  }

  perform(action: ControlAction, user: string): void {
    const { log, actions } = this.sources;
    log.info({ action, user }, 'asked for by a request to the monitor');
    actions[action]?.();
  }

  /** The verdict, or a refusal where there is none by the time there has to be. */
  private async inTime(verdict: Verdict | Promise<Verdict>): Promise<Verdict> {
    if (!(verdict instanceof Promise)) return verdict;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Refusal>((resolve) => {
      const { timeoutMs } = this.sources.inForce.config.authorization;
      timer = setTimeout(resolve, timeoutMs, { refused: 'no decision in time' }).unref();
    });
    try {
      return await Promise.race([verdict, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private refused(user: string, remoteAddress: string | undefined, reason: string): void {
    this.sources.loginLog.refused({
      connection: undefined,
      remoteAddress,
      remotePort: undefined,
      user,
      kind: 'User',
      reason,
    });
  }
}
