import { expect } from 'chai';
import { askedOn, mayBeLong, OWN_ACCOUNT_SUBJECTS, systemSubjects } from '../../lib/system/subjects.js';

describe('subjects of the system account', () => {
  const subjects = [...systemSubjects('N1')];

  it('are there for each request, once', () => {
    expect(subjects).to.include.members([
      ...['$SYS.REQ.SERVER.PING', '$SYS.REQ.SERVER.PING.VARZ', '$SYS.REQ.SERVER.N1.VARZ'],
      '$SYS.REQ.ACCOUNT.*.CONNZ',
    ]);
    expect(new Set(subjects).size).to.equal(subjects.length);
  });

  it('change something only where they name the server', () => {
    for (const name of ['RELOAD', 'LDM', 'KICK'])
      expect(subjects.filter((subject) => subject.endsWith(`.${name}`))).to.deep.equal([
        `$SYS.REQ.SERVER.N1.${name}`,
      ]);
  });

  for (const [subject, asked] of [
    ['$SYS.REQ.SERVER.PING', { of: 'server', name: 'STATSZ' }],
    ['$SYS.REQ.SERVER.PING.VARZ', { of: 'server', name: 'VARZ' }],
    ['$SYS.REQ.SERVER.N1.KICK', { of: 'server', name: 'KICK' }],
    ['$SYS.REQ.ACCOUNT.A.INFO', { of: 'account', name: 'INFO', account: 'A' }],
    ['$SYS.REQ.ACCOUNT.PING.STATZ', { of: 'account', name: 'STATZ', account: undefined }],
    ['$SYS.DEBUG.SUBSCRIBERS', { of: 'subscribers', name: 'SUBSCRIBERS' }],
    ['$SYS.REQ.ACCOUNT.PING.CONNZ', { of: 'account', name: 'CONNZ', account: 'PING' }],
  ] as const)
    it(`${subject} is read`, () => expect(askedOn(subject)).to.deep.equal(asked));

  it('whose answers may be long are those that list connections, subscriptions or accounts', () => {
    const long = subjects.filter((subject) => mayBeLong(askedOn(subject)));
    expect(new Set(long.map((subject) => subject.split('.').at(-1)))).to.have.all.keys(
      ...['CONNZ', 'SUBSZ', 'ACCOUNTZ', 'STATZ', 'INFO', 'SUBSCRIBERS'],
    );
  });

  it('that other accounts have are requests about an account', () => {
    for (const name of OWN_ACCOUNT_SUBJECTS.values())
      expect(subjects).to.include(`$SYS.REQ.ACCOUNT.*.${name}`);
  });
});
