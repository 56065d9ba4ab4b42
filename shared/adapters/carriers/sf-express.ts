import { PermanentFault } from '../../domain/faults';
import type { Carrier, CarrierView, Label, VoidAnswer } from '../../ports/carrier';
import { httpClient } from '../http-client';
import { member, text } from '../json-members';
import { limits, lost } from '../payments/provider-call';
import { call, UNKNOWN_ORDER, type SfLine } from './sf-express-call';
import { sfExpressInterception } from './sf-express-interception';
import { ALREADY_CANCELLED, orderOf } from './sf-express-order';
import { routeOf } from './sf-express-routes';

/** `dealType`: 2 cancels. A cancelled order's number cannot be used again. */
const CANCEL = 2;

/** `resStatus`: 2 done; 1 the number of the order and that of the parcel do not belong together. */
const DONE = 2;
const MISMATCH = 1;

/** Errors about our account or our request, not about the parcel. */
const ABOUT_US: ReadonlySet<string> = new Set(['20052', '6118', '6136', '8017']);

/**
 * SF Express 顺丰, the gateway of https://open.sf-express.com
 *
 * A connection holds the checkword as its key and the customer's code as `partnerId` in its settings. A shipment is named by
 * the number under which the shop ordered it. Every answer is HTTP 200, with the outcome as JSON inside the JSON. Whether an
 * order was cancelled is not told when it is asked for; to cancel it again is harmless, and tells.
 */
export function sfExpressCarrier({
  timeoutMs = limits.timeoutMs,
  clock = () => Date.now(),
}: { timeoutMs?: number; clock?: () => number } = {}): Carrier {
  const line = { http: httpClient({ ...limits, timeoutMs }), clock };
  return {
    voidLabel: (label) => voidLabel(line, label),
    query: (label) => query(line, label),
    interception: sfExpressInterception(line),
  };
}

async function voidLabel(line: SfLine, { connection, providerShipmentRef }: Label): Promise<VoidAnswer> {
  const { success, code, data } = await call(line, connection, {
    kind: 'write',
    service: 'EXP_RECE_UPDATE_ORDER',
    data: { orderId: providerShipmentRef, dealType: CANCEL, language: 'zh-CN', waybillNoInfoList: [] },
  });
  if (ALREADY_CANCELLED.has(code)) return { outcome: 'accepted', word: code };
  if (UNKNOWN_ORDER.has(code) || ABOUT_US.has(code)) {
    throw new PermanentFault(`sf_express: ${code} for order ${providerShipmentRef}`);
  }
  if (!success) return { outcome: 'refused', word: code };
  if (text(data, 'orderId') !== providerShipmentRef) {
    throw lost(`sf_express: answer not believed: not order ${providerShipmentRef}`, 'write');
  }
  switch (Number(member(data, 'resStatus'))) {
    case DONE:
      return { outcome: 'accepted', word: code };
    case MISMATCH:
      return { outcome: 'refused', word: `resStatus ${MISMATCH}` };
    default:
      throw lost('sf_express: answer not believed: neither cancelled nor refused', 'write');
  }
}

async function query(line: SfLine, label: Label): Promise<CarrierView | undefined> {
  const order = await orderOf(line, label);
  if (order === undefined) return undefined;
  const { position, turned } = await routeOf(line, label, order.waybillNo);
  const view: CarrierView = {
    position: position ?? (order.cancelled ? 'voided' : 'label_created'),
    void: order.cancelled ? 'accepted' : 'none',
  };
  if (turned) view.interception = 'succeeded';
  if (order.waybillNo !== undefined) view.trackingCode = order.waybillNo;
  return view;
}
