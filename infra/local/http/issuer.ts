/** A small token issuer in place of the identity provider that the template names, whose host is not contacted. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT, calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { Clock } from '../clock';

export class Issuer {
  private constructor(
    private readonly privateKey: KeyObject,
    readonly publicKey: KeyObject,
    readonly jwk: JWK & { readonly kid: string },
    private readonly clock: Clock,
  ) {}

  /** Reads the key from the data directory, or makes one there: tokens outlive a restart. */
  static async open(dataDir: string, clock: Clock): Promise<Issuer> {
    const file = join(dataDir, 'issuer.pem');
    if (!existsSync(file)) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    }
    const privateKey = createPrivateKey(readFileSync(file));
    const publicKey = createPublicKey(privateKey);
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    return new Issuer(privateKey, publicKey, { ...jwk, kid, alg: 'RS256', use: 'sig' }, clock);
  }

  /** A signed token with the given claims; `iss` and `aud` must be among them. */
  token(claims: Readonly<Record<string, unknown>>, expiresInSeconds = 3_600): Promise<string> {
    const now = Math.floor(this.clock.now() / 1_000);
    return new SignJWT({ iat: now, exp: now + expiresInSeconds, jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: this.jwk.kid, typ: 'JWT' })
      .sign(this.privateKey);
  }

  get jwks(): { keys: JWK[] } {
    return { keys: [this.jwk] };
  }
}
