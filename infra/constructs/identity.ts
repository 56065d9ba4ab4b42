import { Duration } from 'aws-cdk-lib';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import {
  AccountRecovery,
  ClientAttributes,
  FeaturePlan,
  Mfa,
  OAuthScope,
  StandardThreatProtectionMode,
  StringAttribute,
  UserPool,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Stage } from '../stages/stage';
import { removalPolicyOf } from './service-log-group';

/** Who vouches for callers: the stage's issuer, or a pool of our own. */
export class Identity extends Construct {
  readonly authorizer: HttpJwtAuthorizer;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    const { identity } = stage;
    if (identity.kind === 'issuer') {
      this.authorizer = new HttpJwtAuthorizer('Jwt', identity.issuer, { jwtAudience: identity.audience });
      return;
    }
    const pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { sms: false, otp: true },
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      // Who somebody is to us is set by an administrator and by nobody else.
      customAttributes: {
        tenant: new StringAttribute({ mutable: true }),
        role: new StringAttribute({ mutable: true }),
        merchant_id: new StringAttribute({ mutable: true }),
      },
      removalPolicy: removalPolicyOf(stage),
      deletionProtection: stage.removal === 'retain',
    });
    pool.addDomain('Domain', { cognitoDomain: { domainPrefix: identity.domainPrefix } });
    const client = pool.addClient('Client', {
      generateSecret: false,
      preventUserExistenceErrors: true,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: stage.allowedOrigins.filter((origin) => origin !== '*').map((origin) => `${origin}/signed-in`),
      },
      readAttributes: new ClientAttributes()
        .withStandardAttributes({ email: true })
        .withCustomAttributes('tenant', 'role', 'merchant_id'),
      // Absent, it would be every attribute: a user could name his own tenant.
      writeAttributes: new ClientAttributes().withStandardAttributes({ locale: true }),
      idTokenValidity: Duration.minutes(15),
      accessTokenValidity: Duration.minutes(15),
    });
    this.authorizer = new HttpJwtAuthorizer('Jwt', pool.userPoolProviderUrl, {
      jwtAudience: [client.userPoolClientId],
    });
  }
}
