import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

const LONGEST_CHAIN = 5;

/**
 * The first certificate of a PEM text, if a chain of the others leads from it to one of the anchors, with every certificate
 * in force and every issuer a certificate authority. Revocation, name constraints and path lengths are not looked at: the
 * name in the certificate is for the caller to check.
 *
 * @param anchors PEM of those whose word is taken; absent: the public roots that come with Node
 * @param now seconds since epoch, UTC
 * @returns undefined where no such chain is found, or the text is no certificate
 */
export function trustedLeaf(pem: string, anchors: string | undefined, now: number): X509Certificate | undefined {
  const [leaf, ...others] = certificatesIn(pem);
  if (leaf === undefined || others.length >= LONGEST_CHAIN || !isInForce(leaf, now)) return undefined;
  const trusted = anchors === undefined ? publicRoots() : certificatesIn(anchors);
  return leadsTo(leaf, others, trusted, now) ? leaf : undefined;
}

/** @returns the common names of a certificate's subject, of which there should be one */
export function commonNames({ subject }: X509Certificate): string[] {
  return [...subject.matchAll(/^CN=(.*)$/gm)].map((match) => match[1] ?? '');
}

function leadsTo(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  now: number,
): boolean {
  const issued = (issuer: X509Certificate): boolean =>
    issuer.ca && isInForce(issuer, now) && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (trusted.some(issued)) return true;
  // Each is used once, so a circle comes to an end.
  return others.some(
    (one) =>
      issued(one) &&
      leadsTo(
        one,
        others.filter((other) => other !== one),
        trusted,
        now,
      ),
  );
}

function isInForce({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now * 1000 && now * 1000 <= Date.parse(validTo);
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

let roots: readonly X509Certificate[] | undefined;

/** Read once: there are some 150 of them. */
function publicRoots(): readonly X509Certificate[] {
  return (roots ??= rootCertificates.map((root) => new X509Certificate(root)));
}
