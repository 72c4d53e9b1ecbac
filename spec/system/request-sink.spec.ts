import { expect } from 'chai';
import { MAX_SYSTEM_REQUEST_BYTES } from '../../lib/domain/limits.js';
import { batchOf } from '../../lib/frame/command.js';
import { Account } from '../../lib/routing/account.js';
import { SERVER } from '../../lib/routing/server-publisher.js';
import { RequestSink, type SystemRequest } from '../../lib/system/request-sink.js';

describe('requests to the server', () => {
  const account = new Account('A');
  const subject = '$SYS.REQ.SERVER.PING.CONNZ';

  function received(isSystem: boolean, payload: Buffer): SystemRequest {
    const requests: SystemRequest[] = [];
    const sink = new RequestSink(account, isSystem, (request) => void requests.push(request));
    const headers = Buffer.from('NATS/1.0\r\nAccept-Encoding: gzip\r\n\r\n');
    const batch = batchOf({ subject, reply: 'r', headers, payload });
    expect(sink.take(SERVER, batch, 0, 1)).to.equal(1);
    batch.bytes.fill(0); // as the memory of a read is written again
    return requests[0]!;
  }

  it('keep bytes of their own', () => {
    const { body, reply, headers } = received(true, Buffer.from('{}'));
    expect([String(body), reply, headers]).to.deep.equal([
      '{}',
      'r',
      'NATS/1.0\r\nAccept-Encoding: gzip\r\n\r\n',
    ]);
  });

  it('have no body where that is too long', () => {
    expect(received(true, Buffer.alloc(MAX_SYSTEM_REQUEST_BYTES)).body).to.have.length(
      MAX_SYSTEM_REQUEST_BYTES,
    );
    expect(received(true, Buffer.alloc(MAX_SYSTEM_REQUEST_BYTES + 1)).body).to.equal(undefined);
  });

  it('are about the server in the system account, else about the account they come from', () => {
    expect(received(true, Buffer.alloc(0)).asked).to.deep.equal({ of: 'server', name: 'CONNZ' });
    expect(received(false, Buffer.alloc(0)).asked).to.deep.equal({
      of: 'account',
      name: 'CONNZ',
      account: 'A',
    });
  });
});
