import { expect } from 'chai';
import { SubjectPermissions } from '../../lib/auth/permissions.js';
import { type Met, Rules } from '../../lib/auth/rules.js';
import type { Permissions } from '../../lib/domain/permissions.js';
import { type Client, Harness, msg, pub } from '../support/harness.js';

const MANY = Array.from({ length: 100 }, (_, n) => pub('foo.a', `${n}`)).join('');
const HEARD = Array.from({ length: 100 }, (_, n) => msg('foo.a', 1, `${n}`));

/** Allows everything and counts how often it is asked. */
class Counting implements Permissions {
  readonly responses = undefined;
  readonly restrictsPublish: boolean;
  readonly asked = { publish: 0, receive: 0, subscribe: 0 };
  private readonly isFilter: boolean;

  constructor(restrictsPublish: boolean, isFilter: boolean) {
    this.restrictsPublish = restrictsPublish;
    this.isFilter = isFilter;
  }

  mayPublish(): boolean {
    this.asked.publish++;
    return true;
  }

  mayReceive(): boolean {
    this.asked.receive++;
    return true;
  }

  maySubscribe(): boolean {
    this.asked.subscribe++;
    return true;
  }

  filterFor(): this | undefined {
    return this.isFilter ? this : undefined;
  }

  describe(): object {
    return {};
  }
}

describe('routing and permissions', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  /** A client that has been let in with these permissions. */
  async function admitted(permissions: Permissions): Promise<Client> {
    const peer = await harness.connect('nats');
    const { client } = peer.connection;
    client.admit({
      account: client.account,
      user: undefined,
      permissions,
      maxSubscriptions: undefined,
      maxPayloadBytes: undefined,
      expiresAt: undefined,
      flow: undefined,
    });
    return peer;
  }

  /** 100 messages to oneself with these permissions. */
  async function counted(restrictsPublish: boolean, isFilter: boolean): Promise<Counting['asked']> {
    harness = await Harness.start();
    const permissions = new Counting(restrictsPublish, isFilter);
    const client = await admitted(permissions);
    client.send('SUB foo.* 1\r\n', MANY);
    expect(await client.settle()).to.deep.equal(HEARD);
    return permissions.asked;
  }

  it('ask nothing of a message that no rule is about', async () => {
    expect(await counted(false, false)).to.deep.equal({ publish: 0, receive: 0, subscribe: 1 });
  });

  it('ask of each message where publishing is restricted, and only that', async () => {
    expect(await counted(true, false)).to.deep.equal({ publish: 100, receive: 0, subscribe: 1 });
  });

  it('ask of each message where a subscription is filtered, and only that', async () => {
    expect(await counted(false, true)).to.deep.equal({ publish: 0, receive: 100, subscribe: 1 });
  });

  it('look a subject up in the rules once, however many messages and connections', async () => {
    let walks = 0;
    class CountedRules extends Rules {
      override match(subject: string): Met {
        walks++;
        return super.match(subject);
      }
    }
    const permissions = new SubjectPermissions(
      { publish: { allow: ['foo.*'], deny: ['foo.x'] }, subscribe: { deny: ['foo.y'] } },
      (rules, withQueues) => new CountedRules(rules, withQueues),
    );
    harness = await Harness.start();
    const [one, two] = [await admitted(permissions), await admitted(permissions)];
    await one.send('SUB foo.* 1\r\n').settle();
    walks = 0;
    for (const each of [two, two, one]) await each.send(MANY).settle();
    expect(walks).to.equal(3); // allowed to publish, denied to publish, denied to hear
  });
});
