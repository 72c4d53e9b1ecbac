/** The files that a configuration names, as far as a start reads them. */
import { accessSync, constants } from 'node:fs';
import { readErrorText } from '../domain/read-error.js';
import type { Config } from './config.js';
import type { FetchingConfig, TlsConfig } from './shapes.js';
import type { DescribeSetting, SettingPath } from './show.js';

type NamedFile = readonly [path: SettingPath, file: string | undefined];

/** @param table where they are configured; in other tables than `tls` the keys begin with `tls_` */
function tlsFiles(tls: TlsConfig | undefined, table: 'tls' | 'websocket' | 'leaf'): readonly NamedFile[] {
  if (tls === undefined) return [];
  const at = (key: string): SettingPath => [table, table === 'tls' ? key : `tls_${key}`];
  const pairs =
    tls.certificates?.map((files, index) => ({ files, path: [...at('certificates'), index] })) ?? [];
  const listed = pairs.flatMap(({ files, path }): readonly NamedFile[] => [
    [[...path, 'cert_file'], files.certFile],
    [[...path, 'key_file'], files.keyFile],
  ]);
  const single: readonly NamedFile[] = [
    [at('cert_file'), tls.certFile],
    [at('key_file'), tls.keyFile],
  ];
  return [...(listed.length > 0 ? listed : single), [at('ca_file'), tls.caFile]];
}

function fetchingFiles({ caFile, certFile, keyFile }: Partial<FetchingConfig> = {}): readonly NamedFile[] {
  return [
    [['resolver', 'ca_file'], caFile],
    [['resolver', 'cert_file'], certFile],
    [['resolver', 'key_file'], keyFile],
  ];
}

function remoteFiles({ remotes }: Config['leaf']): readonly NamedFile[] {
  return remotes.flatMap(({ credentialsFile, tls }, index): readonly NamedFile[] => {
    const at = (key: string): SettingPath => ['leaf', 'remotes', index, key];
    return [
      [at('credentials'), credentialsFile],
      [at('tls_ca_file'), tls?.caFile],
      [at('tls_cert_file'), tls?.certFile],
      [at('tls_key_file'), tls?.keyFile],
    ];
  });
}

/**
 * What is wrong with the files that a configuration names, a line for each that cannot be read. What is in them is checked
 * where they are read; operators are read there too, as they may be JWTs as well as files.
 * @param describe what messages call the settings
 */
export function unreadableFiles(config: Config, describe: DescribeSetting): readonly string[] {
  const { tls, websocket, leaf, operator } = config;
  const named = [
    ...tlsFiles(tls, 'tls'),
    ...tlsFiles(websocket.tls, 'websocket'),
    ...tlsFiles(leaf.tls, 'leaf'),
    ...remoteFiles(leaf),
    ...fetchingFiles(operator?.url === undefined ? undefined : operator.fetching),
  ];
  return named.flatMap(([path, file]) => {
    if (file === undefined) return [];
    try {
      accessSync(file, constants.R_OK);
      return [];
    } catch (error) {
      return [`${describe(path, file)}: cannot be read: ${readErrorText(error)}`];
    }
  });
}
