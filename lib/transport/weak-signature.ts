import { X509Certificate } from 'node:crypto';
import { type Der, elementsOf, oidOf } from '../domain/der.js';

/** Signature algorithms with SHA-1 or MD5, for RSA, ECDSA and DSA. */
const WEAK: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.4', // md5WithRSAEncryption
  '1.2.840.113549.1.1.5', // sha1WithRSAEncryption
  '1.3.14.3.2.29', // sha1WithRSA
  '1.2.840.10045.4.1', // ecdsa-with-SHA1
  '1.2.840.10040.4.3', // dsa-with-sha1
]);

/**
 * Whether the first certificate in `pem` is signed with SHA-1 or MD5. Node 20 does not say how a certificate is signed,
 * and OpenSSL does not check the signature of a self-signed one.
 *
 *   Certificate = SEQUENCE { tbsCertificate, signatureAlgorithm = SEQUENCE { OID, … }, signature }
 */
export function hasWeakSignature(pem: string): boolean {
  const [certificate] = elementsOf(new X509Certificate(pem).raw) ?? [];
  const [, algorithm] = within(certificate);
  const [oid] = within(algorithm);
  return oid !== undefined && WEAK.has(oidOf(oid.content));
}

function within(element: Der | undefined): readonly Der[] {
  return (element && elementsOf(element.content)) ?? [];
}
