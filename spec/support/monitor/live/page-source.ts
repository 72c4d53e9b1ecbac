import type {
  PageClient,
  PageCredentials,
  PageSource,
  SubjectCounts,
  SubjectSampler,
  TapReport,
} from '../../../../lib/monitor/live/source.js';

/** A client that does what it is asked, and notes it. */
export class FakePageClient implements PageClient {
  readonly account = 'A';
  readonly user = 'ann';
  readonly did: string[] = [];
  report: TapReport | undefined;
  refusal: string | undefined;
  onClosed: (reason: string) => void = () => {};
  onTapEnded: (reason: string) => void = () => {};

  tap(subject: string): Promise<string | undefined> {
    this.did.push(`tap ${subject}`);
    return Promise.resolve(this.refusal);
  }

  untap(): void {
    this.did.push('untap');
  }

  takeTapped(): TapReport | undefined {
    const { report } = this;
    this.report = undefined;
    return report;
  }

  publish(subject: string, payload: string): Promise<string | undefined> {
    this.did.push(`publish ${subject} ${payload}`);
    return Promise.resolve(this.refusal);
  }

  leave(): void {
    this.did.push('leave');
  }
}

/** A broker for live pages that lets in `ann` with the password `p`. */
export class FakePageSource implements PageSource {
  requiresLogin = true;
  readonly clients: FakePageClient[] = [];
  /** Samplers that have been started, and how many of them have been stopped. */
  samplers = 0;
  stopped = 0;
  counts: SubjectCounts = { subjects: [], otherMessages: 0, isExact: true };

  sampleSubjects(): SubjectSampler {
    this.samplers++;
    return {
      take: () => this.counts,
      stop: () => {
        this.stopped++;
      },
    };
  }

  login({ user, password }: PageCredentials): Promise<PageClient | undefined> {
    if (this.requiresLogin && (user !== 'ann' || password !== 'p')) return Promise.resolve(undefined);
    const client = new FakePageClient();
    this.clients.push(client);
    return Promise.resolve(client);
  }
}
