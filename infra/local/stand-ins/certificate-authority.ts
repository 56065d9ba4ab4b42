/**
 * A certificate authority of our own, for parties that sign with certificates: X.509 v3 in DER (RFC 5280), with the two
 * extensions that tell an authority from everybody else.
 */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

const OID = {
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  ed25519: '2b6570',
  sha256WithRsa: '2a864886f70d01010b',
} as const;

export interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  /** May it issue certificates itself? */
  readonly authority: boolean;
  /** Years; absent: for ever, as far as anybody here is concerned. */
  readonly from?: Date;
  readonly to?: Date;
}

export interface Issuer {
  readonly commonName: string;
  /** Ed25519 or RSA. */
  readonly key: KeyObject;
}

/** @returns PEM */
export function issueCertificate(subject: Subject, issuer: Issuer): string {
  const algorithm =
    issuer.key.asymmetricKeyType === 'ed25519' ? sequence(oid(OID.ed25519)) : sequence(oid(OID.sha256WithRsa), tlv(5));
  const body = sequence(
    explicit(0, tlv(2, Buffer.from([2]))),
    // Serial numbers are not looked at here; the same certificate again is the same bytes again.
    tlv(2, Buffer.from([1])),
    algorithm,
    nameOf(issuer.commonName),
    sequence(time(subject.from ?? new Date('2020-01-01')), time(subject.to ?? new Date('2120-01-01'))),
    nameOf(subject.commonName),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(constraints(subject.authority), usage(subject.authority))),
  );
  const digest = issuer.key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const der = sequence(body, algorithm, bits(sign(digest, body, issuer.key)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

export interface Authority extends Issuer {
  /** PEM. */
  readonly certificate: string;
}

/** An authority that is the same whenever it is made of the same seed. @param seed 32 bytes */
export function authorityOf(commonName: string, seed: Uint8Array): Authority {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
  const issuer = { commonName, key };
  return {
    ...issuer,
    certificate: issueCertificate({ commonName, publicKey: createPublicKey(key), authority: true }, issuer),
  };
}

function constraints(authority: boolean): Buffer {
  return extension(OID.basicConstraints, authority ? sequence(tlv(1, Buffer.from([0xff]))) : sequence());
}

/** keyCertSign, or digitalSignature. */
function usage(authority: boolean): Buffer {
  return extension(OID.keyUsage, tlv(3, Buffer.from(authority ? [2, 0x04] : [7, 0x80])));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), tlv(1, Buffer.from([0xff])), tlv(4, value));
}

function nameOf(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid(OID.commonName), tlv(12, Buffer.from(commonName)))));
}

/** Two digits for the year until 2049, four after that: RFC 5280, 4.1.2.5. */
function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\D/g, '').slice(0, 14);
  return at.getUTCFullYear() < 2050
    ? tlv(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : tlv(0x18, Buffer.from(`${digits}Z`));
}

const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, Buffer.concat(parts));
const explicit = (tag: number, part: Buffer): Buffer => tlv(0xa0 | tag, part);
const oid = (hex: string): Buffer => tlv(6, Buffer.from(hex, 'hex'));
const bits = (value: Buffer): Buffer => tlv(3, Buffer.concat([Buffer.from([0]), value]));

function tlv(tag: number, value: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(value.length), value]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}
