import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { portsJson, writePortsFile } from '../../lib/cli/ports.js';
import { SluiceError } from '../../lib/domain/errors.js';

const nats = { host: '127.0.0.1', port: 4222 };
const monitor = { host: '::1', port: 8222 };

describe('cli/ports', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-ports-'));
  after(() => rmSync(directory, { recursive: true }));

  it("has nats-server's JSON", () => {
    expect(portsJson({ natsAddresses: [nats], monitorAddress: monitor, isTls: false })).to.equal(
      '{"nats":["nats://127.0.0.1:4222"],"monitoring":["http://[::1]:8222"]}',
    );
    expect(portsJson({ natsAddresses: [nats], monitorAddress: undefined, isTls: true })).to.equal(
      '{"nats":["tls://127.0.0.1:4222"]}',
    );
    expect(portsJson({ natsAddresses: [], monitorAddress: undefined, isTls: false })).to.equal('{}');
    const websocketAddress = { host: '127.0.0.1', port: 8080 };
    const ports = { natsAddresses: [], monitorAddress: undefined, isTls: false, websocketAddress };
    expect(portsJson(ports)).to.equal('{"websocket":["ws://127.0.0.1:8080"]}');
    expect(portsJson({ ...ports, isWebSocketTls: true })).to.equal('{"websocket":["wss://127.0.0.1:8080"]}');
  });

  it('has the scheme of the monitor', () => {
    const monitorAddress = { host: '127.0.0.1', port: 8222 };
    const ports = { natsAddresses: [], monitorAddress, isTls: false };
    expect(portsJson(ports)).to.equal('{"monitoring":["http://127.0.0.1:8222"]}');
    expect(portsJson({ ...ports, isMonitorTls: true })).to.equal('{"monitoring":["https://127.0.0.1:8222"]}');
  });

  it('names every address of this machine for a listener on all', () => {
    const natsAddresses = [{ host: '0.0.0.0', port: 4222 }];
    const { nats: urls } = JSON.parse(portsJson({ natsAddresses, monitorAddress: undefined, isTls: false }));
    const count = Object.values(networkInterfaces()).flat().length;
    expect(urls).to.have.length(count).and.include('nats://127.0.0.1:4222');
  });

  it('writes the file, nothing else, and removes it', () => {
    const ports = { natsAddresses: [nats], monitorAddress: undefined, isTls: false };
    const remove = writePortsFile(directory, 'nats-server', 4711, ports);
    expect(readdirSync(directory)).to.deep.equal(['nats-server_4711.ports']);
    expect(readFileSync(join(directory, 'nats-server_4711.ports'), 'utf8')).to.equal(portsJson(ports));
    remove();
    expect(readdirSync(directory)).to.deep.equal([]);
    remove();
  });

  it('names a directory that cannot be written', () => {
    const ports = { natsAddresses: [nats], monitorAddress: undefined, isTls: false };
    expect(() => writePortsFile(join(directory, 'none'), 'nats-server', 1, ports)).to.throw(
      SluiceError,
      /^ports_file_dir = ".*none": no such/,
    );
  });
});
