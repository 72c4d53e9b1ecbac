/** The files that are there while sluice runs: pid file and ports file. */
import type { Broker } from '../broker.js';
import type { Config } from '../config.js';
import { writePidFile } from './pid.js';
import { writePortsFile } from './ports.js';

/** What of the configuration they depend on. */
type FilesConfig = Pick<Config, 'pidFile' | 'portsFileDir' | 'tls' | 'monitor' | 'websocket'>;

/** Writes them, follows the configuration, and removes them at the end. */
export class RuntimeFiles {
  private readonly prefix: string;
  private readonly broker: Broker;
  private readonly pidLineEnd: string;
  private removePid = (): void => {};
  private removePorts = (): void => {};
  private pidFile: string | undefined;
  private portsFileDir: string | undefined;

  /**
   * @param prefix the first part of the ports file's name
   * @param pidLineEnd what comes after the process id in the pid file
   */
  constructor(prefix: string, broker: Broker, pidLineEnd = '\n') {
    this.prefix = prefix;
    this.broker = broker;
    this.pidLineEnd = pidLineEnd;
  }

  /**
   * Writes what the configuration asks for, and removes what it no longer does. The ports are written every time, as
   * they may be others.
   * @returns the keys that changed
   * @throws SluiceError LOG_UNWRITABLE
   */
  keep({ pidFile, portsFileDir, tls, monitor, websocket }: FilesConfig): string[] {
    const changed: string[] = [];
    if (pidFile !== this.pidFile) {
      changed.push('pid_file');
      const remove = pidFile === undefined ? () => {} : writePidFile(pidFile, process.pid, this.pidLineEnd);
      this.removePid();
      this.removePid = remove;
      this.pidFile = pidFile;
    }
    if (portsFileDir !== this.portsFileDir) {
      changed.push('ports_file_dir');
      this.removePorts();
      this.removePorts = () => {};
      this.portsFileDir = portsFileDir;
    }
    if (portsFileDir !== undefined) {
      const { natsAddresses, monitorAddress, websocketAddress, leafAddress } = this.broker;
      const isTls = tls !== undefined && !tls.allowNonTls;
      const isWebSocketTls = websocket.tls !== undefined;
      const ports = {
        natsAddresses,
        monitorAddress,
        websocketAddress,
        leafAddress,
        isTls,
        isWebSocketTls,
        isMonitorTls: monitor.tls,
      };
      this.removePorts = writePortsFile(portsFileDir, this.prefix, process.pid, ports);
    }
    return changed;
  }

  /** Removes them; never throws. */
  remove(): void {
    this.removePid();
    this.removePorts();
  }
}
