import { createHash, X509Certificate } from 'node:crypto';

/**
 * A peer's certificate as `/connz?auth=1` shows it: the subject with its last part first, as Go writes it, and hex
 * digests of the public key and of the whole.
 *
 * @param der DER bytes, of a certificate that was accepted
 */
export function certificateRow(der: Buffer): object {
  const certificate = new X509Certificate(der);
  return {
    subject: certificate.subject?.split('\n').reverse().join(',') || undefined,
    spki_sha256: sha256(certificate.publicKey.export({ type: 'spki', format: 'der' })),
    cert_sha256: sha256(der),
  };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
