/**
 * SF Express 顺丰, played by the laptop host: cancelling an order, its result, its route, stopping its parcel, and the pushes
 * of routes, in the format of SF's gateway. https://open.sf-express.com
 *
 * Control calls are those of `carrier-desk`; a shipment is named by the order's number, a scan is an operation code (`50`
 * picked up, `204` with the courier, `80` signed for, `648` going back). A call is found by `/std/service/<serviceCode>`. SF's
 * codes for an order that was picked up and for a parcel that cannot be stopped were not found; those used here are ours.
 */
import { isRecord, record, text, type Json } from '../json';
import type { StandIn, StandInReply } from '../stand-in';
import { carrierStandIn, type Carrier, type Desk } from './carrier-desk';
import { newNumber, type Parcel, type Scan } from './carrier-parcels';
import type { AccountSource } from './party-settings';
import { digest, done, failed, platform, readForm, writeForm } from './sf-express-wire';

const GATEWAY = '/std/service';
const REQUESTS = 'requests';

/** Operations before which nobody has the parcel, and after which it cannot be stopped. */
const DELIVERED: ReadonlySet<string> = new Set(['80', '8000']);

export function sfExpressStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  return carrierStandIn(sfExpress, options);
}

const sfExpress: Carrier = {
  name: 'sf_express',
  matches: (_method, path) => path === GATEWAY,
  place: ({ path, rawBody }) => `${path}/${readForm(rawBody).service}`,

  accountOf(desk, { rawBody }) {
    const form = readForm(rawBody);
    return desk.settings.accountThat(
      ({ apiKey, settings }) =>
        settings?.['partnerId'] === form.partnerId && digest(form.msgData, form.timestamp, apiKey) === form.digest,
    );
  },
  notLetIn: () => platform('A1006'),

  async route(desk, { rawBody }, account): Promise<StandInReply> {
    const form = readForm(rawBody);
    if (form.service === '' || form.requestId === '' || form.msgData === '') return platform('A1001');
    if (await isRepeated(desk, form.requestId)) return platform('A1007');
    const wish = read(form.msgData);
    if (wish === undefined) return platform('A1008');
    const name = text(wish['orderId']) ?? text(wish['waybillNo']) ?? String([wish['trackingNumber']].flat()[0]);
    const parcel = desk.parcels.find(account.id, name);
    switch (form.service) {
      case 'EXP_RECE_UPDATE_ORDER':
        return parcel ? cancelled(desk, parcel, wish) : failed('8018');
      case 'EXP_RECE_SEARCH_ORDER_RESP':
        return parcel ? done({ ...orderObject(parcel), filterResult: '2', remark: '' }) : failed('8018');
      case 'EXP_RECE_SEARCH_ROUTES':
        return done({ routeResps: parcel ? [{ mailNo: parcel.trackingNumber, routes: routesOf(parcel) }] : [] });
      case 'EXP_RECE_WANTED_INTERCEPT':
        return parcel ? intercepted(desk, parcel, wish) : failed('8018');
      default:
        return platform('A1004');
    }
  },

  newTrackingNumber: () => `SF${newNumber(13).replace(/[A-F]/g, '7')}`,
  message: (parcel, scan) => JSON.stringify({ Body: { WaybillRoute: [pushedNode(parcel, scan)] } }),
  headers: () => Promise.resolve({ 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
  body(notice, account, nowMs) {
    const timestamp = String(nowMs);
    return writeForm({
      partnerId: account.settings?.['partnerId'] ?? '',
      requestId: newNumber(32),
      service: 'RoutePushService',
      timestamp,
      digest: digest(notice.body, timestamp, account.webhookSecrets[0] ?? ''),
      msgData: notice.body,
    });
  },
  takes: (body) => body.includes('"return_code":"0000"'),
};

/** The gateway takes a request once; which ones it knows is on disk. */
async function isRepeated(desk: Desk, requestId: string): Promise<boolean> {
  const key = `${REQUESTS}/${requestId}`;
  if ((await desk.host.store.get<true>(key)) === true) return true;
  await desk.host.store.put(key, true);
  return false;
}

async function cancelled(desk: Desk, parcel: Parcel, wish: Json): Promise<StandInReply> {
  if (wish['dealType'] !== 2) return failed('6136');
  if (parcel.voidedAt !== undefined) return failed('8037');
  const behaviour = desk.behaviourFor(parcel, 'void');
  if (behaviour?.refuse !== undefined) return failed(behaviour.refuse);
  if (parcel.scans.length > 0) return failed('8019');
  parcel.voidedAt = desk.host.clock.now();
  await desk.changed(parcel, behaviour);
  return done({ ...orderObject(parcel), resStatus: 2, extraInfoList: null });
}

/** After pick-up, before delivery, once for an order. */
async function intercepted(desk: Desk, parcel: Parcel, wish: Json): Promise<StandInReply> {
  const behaviour = desk.behaviourFor(parcel, wish['cancel'] === true ? 'cancel' : 'intercept');
  if (behaviour?.refuse !== undefined) return failed(behaviour.refuse);
  if (wish['cancel'] === true) {
    if (parcel.interception?.ref !== wish['cusId'] || parcel.interception === undefined) return failed('9003');
    parcel.interception.state = 'withdrawn';
    await desk.changed(parcel, behaviour);
    return done(null);
  }
  if (parcel.interception) return failed('9002');
  const isOut = parcel.scans.length > 0 && !parcel.scans.some(({ word }) => DELIVERED.has(word));
  if (!isOut || !isRecord(wish['newDestAddress'])) return failed('9001');
  const kind = wish['serviceCode'] === '2' ? 'return' : 'address';
  parcel.interception = { kind, ref: newNumber(12), at: desk.host.clock.now(), state: 'accepted' };
  await desk.changed(parcel, behaviour);
  return done({ cusId: parcel.interception.ref, amount: null });
}

function orderObject(parcel: Parcel): Json {
  return { orderId: parcel.id, waybillNoInfoList: [{ waybillType: 1, waybillNo: parcel.trackingNumber }] };
}

/** Newest first: nobody promises an order. */
function routesOf(parcel: Parcel): Json[] {
  return parcel.scans.map(({ word, remark, at }) => ({ ...nodeOf(word, remark, at) })).reverse();
}

function pushedNode(parcel: Parcel, { word, remark, at }: Scan): Json {
  return {
    ...nodeOf(word, remark, at),
    mailno: parcel.trackingNumber,
    orderid: parcel.id,
    id: `${at}${parcel.scans.length}`,
    reasonCode: '',
    reasonName: '',
  };
}

function nodeOf(opCode: string, remark: string, at: number): Json {
  return { acceptTime: chinaTime(at), acceptAddress: '深圳市', remark, opCode };
}

function chinaTime(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

function read(msgData: string): Json | undefined {
  try {
    return record(JSON.parse(msgData));
  } catch {
    return undefined;
  }
}
