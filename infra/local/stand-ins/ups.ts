/**
 * UPS, played by the laptop host: tokens, void, tracking, Delivery Intercept, and the messages of Track Alert, in UPS's wire
 * format. Source: https://github.com/UPS-API/api-documentation
 *
 * Control calls are those of `carrier-desk`; a shipment is named by its 1Z number, a scan is a type, or a type and a code:
 * `I`, `I OT` (out for delivery), `D FS` (delivered), `X`. UPS's codes for a refused void or interception are not published
 * with its description; those used here are ours.
 */
import { record, text } from '../json';
import type { StandIn, StandInReply, StandInRequest } from '../stand-in';
import { carrierStandIn, type Carrier, type Desk } from './carrier-desk';
import { newNumber, type Parcel } from './carrier-parcels';
import type { AccountSource, PartyAccount } from './party-settings';
import {
  chargesObject,
  eligibilityObject,
  errorReply,
  interceptError,
  isDelivered,
  jsonReply,
  refusal,
  success,
  trackingEvent,
  trackingObject,
  voidObject,
} from './ups-objects';

const INTERCEPT = '/api/deliveryintercept/v2/';
const TOKEN = '/security/v1/oauth/token';

/** Four hours less a second, as UPS has it. */
const TOKEN_SECONDS = '14399';

export function upsStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  return carrierStandIn(ups, options);
}

const ups: Carrier = {
  name: 'ups',
  matches: (_method, path) =>
    path === TOKEN || ['/api/shipments/', '/api/track/v1/', INTERCEPT].some((begin) => path.startsWith(begin)),

  open: async (desk, request) => (request.path === TOKEN ? token(desk, request) : undefined),

  /** A token names its account: it is a secret of this stand-in only. */
  async accountOf(desk, { headers }) {
    const [, bearer = ''] = /^Bearer laptop-ups-(.+)$/.exec(headers.authorization ?? '') ?? [];
    return desk.settings.accountById(Buffer.from(bearer, 'base64url').toString());
  },
  notLetIn: ({ path }) => (path.startsWith(INTERCEPT) ? interceptError(401, '605') : errorReply(401, '250002')),

  async route(desk, request, account): Promise<StandInReply> {
    const { method, path } = request;
    const name = decodeURIComponent(path.split('/').at(-1) ?? '');
    if (method === 'GET' && path.startsWith('/api/track/v1/details/')) {
      // Whoever knows a number can track it.
      const parcel = desk.parcels.get(name);
      return parcel ? jsonReply(200, trackingObject(parcel)) : errorReply(404, 'TW0001');
    }
    const parcel = desk.parcels.find(account.id, name);
    if (method === 'DELETE') return parcel ? voided(desk, parcel) : errorReply(400, '190102');
    if (!path.startsWith(INTERCEPT)) return errorReply(404, '404');
    return parcel ? intercept(desk, request, parcel) : interceptError(400, '710');
  },

  newTrackingNumber: () => `1Z${newNumber(16)}`,
  message: (parcel, scan) => JSON.stringify(trackingEvent(parcel, scan)),
  headers: (_desk, _notice, account) =>
    Promise.resolve({ credential: account.webhookSecrets[0] ?? '', 'user-agent': 'UPSPubSubTrackingService' }),
};

async function token(desk: Desk, { headers }: StandInRequest): Promise<StandInReply> {
  const [, basic = ''] = /^Basic (\S+)$/.exec(headers.authorization ?? '') ?? [];
  const [clientId = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':');
  const account = await desk.settings.accountByKey(secret);
  if (account?.settings?.['clientId'] !== clientId) return errorReply(401, '10401');
  return jsonReply(200, {
    token_type: 'Bearer',
    issued_at: String(desk.host.clock.now()),
    client_id: clientId,
    access_token: `laptop-ups-${Buffer.from(idOf(account)).toString('base64url')}`,
    expires_in: TOKEN_SECONDS,
    status: 'approved',
  });
}

const idOf = (account: PartyAccount | undefined): string => account?.id ?? '';

async function voided(desk: Desk, parcel: Parcel): Promise<StandInReply> {
  const behaviour = desk.behaviourFor(parcel, 'void');
  // Some refusals are errors, some are results.
  if (behaviour?.refuse !== undefined && /^\d+$/.test(behaviour.refuse)) return errorReply(400, behaviour.refuse);
  if (behaviour?.refuse !== undefined) return jsonReply(200, voidObject(parcel, false, behaviour.refuse));
  if (parcel.voidedAt !== undefined) return jsonReply(200, voidObject(parcel, true, 'Already Voided'));
  if (parcel.scans.some(({ word }) => word !== 'M')) return errorReply(400, '190101');
  parcel.voidedAt = desk.host.clock.now();
  await desk.changed(parcel, behaviour);
  return jsonReply(200, voidObject(parcel, true, 'Voided'));
}

async function intercept(desk: Desk, { method, path, rawBody }: StandInRequest, parcel: Parcel): Promise<StandInReply> {
  const operation = path.slice(INTERCEPT.length).split('/').slice(0, -1).join('/');
  const isOut = parcel.scans.length > 0 && !parcel.scans.some(isDelivered);
  const askedFor = parcel.interception?.state === 'accepted';
  if (method === 'GET')
    return jsonReply(200, eligibilityObject(isOut && parcel.interception?.state !== 'refused', askedFor));
  const body = record(JSON.parse(rawBody.toString() || '{}'));
  if (operation === 'charges') return jsonReply(200, chargesObject(parcel));
  const contact = record(body['requesterContactInfo']);
  if (text(contact['name']) === undefined || text(contact['telephone']) === undefined)
    return interceptError(400, '710');
  const behaviour = desk.behaviourFor(parcel, operation === 'cancel' ? 'cancel' : 'intercept');
  if (behaviour?.refuse !== undefined) return jsonReply(200, refusal(behaviour.refuse));
  if (operation === 'cancel') {
    if (!askedFor || !parcel.interception) return jsonReply(200, refusal('1203'));
    parcel.interception.state = 'withdrawn';
  } else {
    if (askedFor || !isOut) return jsonReply(200, refusal(askedFor ? '1202' : '1201'));
    const kind = operation === 'return' ? 'return' : 'address';
    parcel.interception = { kind, ref: parcel.id, at: desk.host.clock.now(), state: 'accepted' };
  }
  await desk.changed(parcel, behaviour);
  return jsonReply(200, success());
}
