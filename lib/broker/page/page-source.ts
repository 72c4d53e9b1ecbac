import type { AdmissionOptions } from '../../connection/admission.js';
import { SluiceError } from '../../domain/errors.js';
import type { PageClient, PageCredentials, PageSource, SubjectSampler } from '../../monitor/live/source.js';
import type { Core } from '../../routing/core.js';
import type { Join } from '../join.js';
import { PageConnection, type PageMessageLimits } from './page-connection.js';
import { BoundedSubjectSampler } from './subject-sampler.js';

/** What live pages need of a broker. */
export interface PageParts {
  readonly core: Core;
  readonly admission: AdmissionOptions;
  readonly limits: () => PageMessageLimits;
  readonly join: Join;
  readonly isClosing: () => boolean;
}

/** A broker as its live page uses it. */
export class BrokerPageSource implements PageSource {
  private readonly parts: PageParts;

  constructor(parts: PageParts) {
    this.parts = parts;
  }

  get requiresLogin(): boolean {
    return this.parts.admission.authenticator().anonymous === undefined;
  }

  sampleSubjects(): SubjectSampler {
    return new BoundedSubjectSampler(this.parts.core);
  }

  async login(
    credentials: PageCredentials,
    address: string | undefined,
    port: number | undefined,
  ): Promise<PageClient | undefined> {
    const { core, admission, limits, join, isClosing } = this.parts;
    if (isClosing()) throw new SluiceError('SERVER_SHUTDOWN', 'the broker is closing, or has closed');
    const connection = join(
      (id, options, left) =>
        new PageConnection(id, { address, port }, core, options, admission, limits, left),
    );
    return (await connection.login(credentials)) ? connection : undefined;
  }
}
