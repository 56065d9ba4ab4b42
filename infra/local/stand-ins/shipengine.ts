/**
 * ShipEngine, played by the laptop host: a label, its tracking, its void, the public keys and the webhooks that are signed
 * with them. Sources: https://github.com/ShipEngine/shipengine-openapi and
 * https://docs.shipstation.com/apis/docs/guides/webhooks-validation
 *
 * Control calls are those of `carrier-desk`; a shipment is named by its label (`se-...`), a scan is a tracking status detail
 * code or a status code. The custom header of its webhooks carries the account's newest webhook secret.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { StandIn, StandInReply } from '../stand-in';
import { carrierStandIn, type Carrier, type Desk } from './carrier-desk';
import { newNumber, type Parcel } from './carrier-parcels';
import type { AccountSource } from './party-settings';
import { errorReply, jsonReply, labelObject, trackingObject } from './shipengine-objects';

const KEY = 'signing-key';
const KEY_ID = 'laptop-shipengine-1';

/** Nothing of these has been scanned by a carrier. */
const NOT_SCANNED: ReadonlySet<string> = new Set(['NY', 'UN', 'SHIPMENT_CREATED', 'AWAITING_PICKUP_DROP_OFF']);

export function shipengineStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  return carrierStandIn(shipengine, options);
}

const shipengine: Carrier = {
  name: 'shipengine',
  matches: (_method, path) => path.startsWith('/v1/labels/') || path === '/jwks',
  accountOf: (desk, { headers }) => desk.settings.accountByKey(String(headers['api-key'] ?? '')),
  notLetIn: () => errorReply(401, 'security', 'unauthorized'),
  open: async (desk, { method, path }) =>
    method === 'GET' && path === '/jwks' ? jsonReply(200, { keys: [await publicKey(desk)] }) : undefined,

  async route(desk, request, account): Promise<StandInReply> {
    const [, , , id = '', verb] = request.path.split('/');
    const parcel = desk.parcels.find(account.id, decodeURIComponent(id));
    if (!parcel) return errorReply(404, 'validation', 'invalid_identifier');
    if (request.method === 'GET' && verb === undefined) return jsonReply(200, labelObject(parcel));
    if (request.method === 'GET' && verb === 'track') return jsonReply(200, trackingObject(parcel));
    if (request.method === 'PUT' && verb === 'void') return voided(desk, parcel);
    return errorReply(404, 'validation', 'invalid_identifier');
  },

  newTrackingNumber: () => `1Z${newNumber(16)}`,

  message: (parcel) =>
    JSON.stringify({
      resource_url: `https://api.shipengine.com/v1/labels/${parcel.id}/track`,
      resource_type: 'API_TRACK',
      data: trackingObject(parcel),
    }),

  async headers(desk, notice, account, nowMs) {
    const time = new Date(nowMs).toISOString();
    const signature = sign('sha256', Buffer.from(`${time}.${notice.body}`), createPrivateKey(await signingKey(desk)));
    return {
      'x-shipengine-rsa-sha256-key-id': KEY_ID,
      'x-shipengine-rsa-sha256-signature': signature.toString('base64'),
      'x-shipengine-timestamp': time,
      'x-connection-secret': account.webhookSecrets[0] ?? '',
    };
  },
};

/** Refusals come with HTTP 200, as the description says. */
async function voided(desk: Desk, parcel: Parcel): Promise<StandInReply> {
  const refused = (reason: string): StandInReply =>
    jsonReply(200, { approved: false, message: `It says ${reason}.`, reason_code: reason });
  if (parcel.voidedAt !== undefined) return refused('label_already_voided');
  const behaviour = desk.behaviourFor(parcel, 'void');
  if (behaviour?.refuse === 'invalid_status') return errorReply(400, 'business_rules', behaviour.refuse);
  if (behaviour?.refuse !== undefined) return refused(behaviour.refuse);
  if (!NOT_SCANNED.has(parcel.scans.at(-1)?.word ?? 'NY')) return refused('label_already_used');
  parcel.voidedAt = desk.host.clock.now();
  await desk.changed(parcel, behaviour);
  return jsonReply(200, { approved: true, message: 'Request for void submitted.' });
}

const keys = new WeakMap<Desk, Promise<string>>();

/** Made when it is first needed: a pair of 2,048 bits takes a quarter of a second. */
function signingKey(desk: Desk): Promise<string> {
  const known = keys.get(desk) ?? readOrMade(desk);
  keys.set(desk, known);
  return known;
}

async function readOrMade(desk: Desk): Promise<string> {
  const stored = await desk.host.store.get<string>(KEY);
  if (stored !== undefined) return stored;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await desk.host.store.put(KEY, pem);
  return pem;
}

async function publicKey(desk: Desk): Promise<Record<string, unknown>> {
  const jwk = createPublicKey(await signingKey(desk)).export({ format: 'jwk' });
  return { ...jwk, kid: KEY_ID, use: 'sig', alg: 'RS256' };
}
