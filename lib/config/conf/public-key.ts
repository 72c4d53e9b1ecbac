/** Public nkeys in configuration files: their shape and their checksum, as nats-server checks them there. */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Characters of a public key: 1 byte of kind, 32 of key, 2 of checksum, in base 32. */
const CHARACTERS = 56;

/** Whether the text is the public key of a user (`U`) or an account (`A`), or a curve key (`X`), its checksum right. */
export function isPublicNkey(text: string, kind: 'U' | 'A' | 'X'): boolean {
  if (text.length !== CHARACTERS || text[0] !== kind || !/^[A-Z2-7]+$/.test(text)) return false;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    held = ((held << 5) | BASE32.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >>> bits) & 0xff);
  }
  const [low = 0, high = 0] = bytes.slice(-2);
  return crc16(bytes.slice(0, -2)) === low + high * 256;
}

/** CRC-16/XMODEM. */
function crc16(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}
