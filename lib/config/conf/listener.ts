/** Where a block listens that has `listen`, `host` and `port`, each of which may come more than once. */
import { type Address, ANY_HOST, formatAddress } from '../../domain/address.js';
import type { Item, Output } from './output.js';
import { listen, port, type Reader, text } from './readers.js';
import { type KeyRow, special } from './rows.js';

/** Notes a value under `block.key` for when all of the block has been read. */
function noted<T>(block: string, names: KeyRow['names'], read: Reader<T>, note = ''): KeyRow {
  return special(names, 'listener', note, (item, out) => {
    const value = read(item, out);
    if (value !== undefined) out.note(`${block}.${names[0]}`, value, item);
  });
}

/** The rows of the block's keys. */
export function listenerRows(block: string): readonly KeyRow[] {
  return [
    noted(block, ['listen'], listen),
    noted(block, ['port'], port, 'Without a port there is no listener.'),
    noted(block, ['host', 'net'], text, 'Default 0.0.0.0.'),
  ];
}

/** Where it listens: the later one of `listen`, `host` and `port` counts. */
export function addressIn(
  block: string,
  { findings }: Output,
): { readonly text: string; readonly item: Item } | undefined {
  let host = '';
  let number = 0;
  let last: Item | undefined;
  for (const [name, { value, item }] of findings.noted) {
    if (name === `${block}.host`) host = value as string;
    else if (name === `${block}.port`) number = value as number;
    else if (name === `${block}.listen`) ({ host, port: number } = value as Address);
    else continue;
    last = item;
  }
  if (last === undefined || number === 0) return undefined;
  const own = host === '' || host === '0.0.0.0' ? ANY_HOST : host;
  return { text: formatAddress({ host: own, port: Math.max(number, 0) }), item: last };
}
