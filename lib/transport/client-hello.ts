/*
 *   record     type(1) version(2) length(2) fragment
 *   fragments  of handshake records, joined: message(1) length(3) …       RFC 8446, sections 4 and 5.1
 */

/** The type of a record with a handshake in it, which is the first byte of a ClientHello. */
export const HANDSHAKE = 0x16;

const RECORD_HEAD_BYTES = 5;
const MESSAGE_HEAD_BYTES = 4;
/** The first byte of the version in every record, and the type of a ClientHello. */
const MAJOR_VERSION = 3;
const CLIENT_HELLO = 1;
/** Longest fragment of a record. */
const MAX_FRAGMENT_BYTES = 2 ** 14;
/** Longest ClientHello that is waited for, in bytes with its records. They have some hundreds, and up to about 4 KiB. */
export const MAX_HELLO_BYTES = 32 * 1024;

/**
 * Whether `bytes` have a whole ClientHello, which may come in several records, or what cannot become one; undefined: more
 * has to come.
 */
export function hasWholeHello(bytes: Buffer): true | undefined {
  if (bytes.length > MAX_HELLO_BYTES) return true;
  let length = 0;
  let head = Buffer.alloc(0);
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== HANDSHAKE || (bytes[at + 1] ?? MAJOR_VERSION) !== MAJOR_VERSION) return true;
    if (bytes.length - at < RECORD_HEAD_BYTES) return undefined;
    const fragmentBytes = bytes.readUInt16BE(at + 3);
    if (fragmentBytes === 0 || fragmentBytes > MAX_FRAGMENT_BYTES) return true;
    at += RECORD_HEAD_BYTES;
    const fragment = bytes.subarray(at, at + fragmentBytes);
    head = Buffer.concat([head, fragment.subarray(0, MESSAGE_HEAD_BYTES)]);
    if (head.length > 0 && head[0] !== CLIENT_HELLO) return true;
    if (fragment.length < fragmentBytes) return undefined;
    length += fragmentBytes;
    at += fragmentBytes;
    if (length >= MESSAGE_HEAD_BYTES && length >= MESSAGE_HEAD_BYTES + head.readUIntBE(1, 3)) return true;
  }
  return undefined;
}

/** What comes before the session id in a ClientHello: its version, and random bytes. */
const VERSION_AND_RANDOM_BYTES = 2 + 32;
/** The extension that names a server, and the one kind of name there is in it. RFC 6066, section 3. */
const SERVER_NAME = 0;
const HOST_NAME = 0;

/** The name of the server that a whole ClientHello asks for; empty: none, or it cannot be read. */
export function serverNameIn(bytes: Buffer): string {
  try {
    const hello = messageIn(bytes);
    let at = MESSAGE_HEAD_BYTES + VERSION_AND_RANDOM_BYTES;
    at += 1 + hello.readUInt8(at); // session id
    at += 2 + hello.readUInt16BE(at); // cipher suites
    at += 1 + hello.readUInt8(at); // compression
    const end = at + 2 + hello.readUInt16BE(at);
    for (at += 2; at < end; at += 4 + hello.readUInt16BE(at + 2))
      if (hello.readUInt16BE(at) === SERVER_NAME) return hostNameIn(hello, at + 4);
  } catch {
    // OpenSSL says what is wrong with it.
  }
  return '';
}

/** A handshake message as its records have it together. */
function messageIn(bytes: Buffer): Buffer {
  const fragments: Buffer[] = [];
  for (let at = 0; at + RECORD_HEAD_BYTES <= bytes.length && bytes[at] === HANDSHAKE; ) {
    const end = at + RECORD_HEAD_BYTES + bytes.readUInt16BE(at + 3);
    fragments.push(bytes.subarray(at + RECORD_HEAD_BYTES, end));
    at = end;
  }
  return Buffer.concat(fragments);
}

/** The first name in the extension that begins at `at`: length of the list, kind, length, name. */
function hostNameIn(hello: Buffer, at: number): string {
  if (hello.readUInt8(at + 2) !== HOST_NAME) return '';
  return hello.toString('latin1', at + 5, at + 5 + hello.readUInt16BE(at + 3));
}
