import { PermanentFault } from '../../domain/faults';
import type {
  DeliveryAddress,
  Interception,
  InterceptionAnswer,
  InterceptionQuote,
  InterceptionWish,
  Label,
  ParcelPosition,
} from '../../ports/carrier';
import type { Connection } from '../../ports/connections';
import { text } from '../json-members';
import { call, KNOWN_ALREADY, UNKNOWN_ORDER, type SfLine } from './sf-express-call';
import { orderOf } from './sf-express-order';
import { routeOf } from './sf-express-routes';

/** What is wanted; its own page of SF's was not at hand, these are the numbers that public tools send. */
const FORWARD = '1';
const RETURN = '2';

/** By whom, and who pays: the sender, by his monthly card where the settings name one. */
const SENDER = '1';
const BY_MONTHLY_CARD = '4';
const BY_SENDER = '1';

/** After pick-up and before delivery: https://www.showdoc.com.cn/1951633994234701/8867268927206898 */
const ON_ITS_WAY: ReadonlySet<ParcelPosition> = new Set([
  'handed_over',
  'in_transit',
  'out_for_delivery',
  'awaiting_pickup',
  'exception',
]);

/**
 * `EXP_RECE_WANTED_INTERCEPT` (截单转寄退回). The answer says whether SF takes the wish; what becomes of it shows in the route.
 *
 * A request is known by its `requestID`, which follows from our key: SF answers a repetition with `A1007`, so that it has the
 * wish is certain and its first answer is not. SF takes one wish for an order; it offers no price beforehand.
 */
export function sfExpressInterception(line: SfLine): Interception {
  return {
    quote: (label) => quote(line, label),
    request: async (wish) => ask(line, wish, { serviceCode: RETURN, newDestAddress: homeOf(wish.connection) }),
    redirect: (wish) => ask(line, wish, { serviceCode: FORWARD, newDestAddress: addressOf(wish.to) }),
    async cancel(wish) {
      // SF takes a wish back by its own number of it, and does not always give one.
      if (wish.ref === undefined) return { outcome: 'refused', word: 'no_command_id' };
      return ask(line, wish, { serviceCode: RETURN, cancel: true, cusId: wish.ref });
    },
  };
}

async function quote(line: SfLine, label: Label): Promise<InterceptionQuote> {
  const waybillNo = await waybillOf(line, label);
  const { position = 'label_created', turned } = await routeOf(line, label, waybillNo);
  const isOut = ON_ITS_WAY.has(position) && !turned;
  return { eligible: isOut ? 'unknown' : 'no', word: position };
}

async function ask(
  line: SfLine,
  wish: InterceptionWish,
  members: Readonly<Record<string, unknown>>,
): Promise<InterceptionAnswer> {
  const { connection, key } = wish;
  const monthlyCardNo = connection.settings?.['monthlyCard'];
  const payment = monthlyCardNo ? { payMode: BY_MONTHLY_CARD, monthlyCardNo } : { payMode: BY_SENDER };
  const waybillNo = await waybillOf(line, wish);
  const { success, code, data } = await call(line, connection, {
    kind: 'write',
    service: 'EXP_RECE_WANTED_INTERCEPT',
    data: { waybillNo, role: SENDER, ...payment, ...members },
    // To take a wish back is another request than the wish.
    key: members['cancel'] === true ? `${key}/cancel` : key,
  });
  if (code === KNOWN_ALREADY) return { outcome: 'requested', word: code };
  if (UNKNOWN_ORDER.has(code)) throw new PermanentFault(`sf_express: ${code} for ${wish.providerShipmentRef}`);
  if (!success) return { outcome: 'refused', word: code };
  const ref = text(data, 'cusId');
  return { outcome: 'accepted', word: code, ...(ref === undefined ? {} : { ref }) };
}

/** @throws {PermanentFault} for an order that SF does not know, or that has no parcel */
async function waybillOf(line: SfLine, label: Label): Promise<string> {
  const order = await orderOf(line, label);
  if (order?.waybillNo === undefined) {
    throw new PermanentFault(`sf_express: there is no parcel of order ${label.providerShipmentRef}`);
  }
  return order.waybillNo;
}

/** Where returned parcels go. */
function homeOf({ id, settings = {} }: Connection): Readonly<Record<string, string>> {
  const { returnProvince, returnCity, returnCounty, returnAddress, returnContact, returnPhone } = settings;
  if (!returnProvince || !returnCity || !returnCounty || !returnAddress || !returnContact || !returnPhone) {
    throw new PermanentFault(`sf_express: connection ${id} has no whole return address in its settings`);
  }
  return {
    province: returnProvince,
    city: returnCity,
    county: returnCounty,
    address: returnAddress,
    contact: returnContact,
    phone: returnPhone,
  };
}

function addressOf({ name, company, phone, street, district, city, region }: DeliveryAddress): unknown {
  return { province: region, city, county: district ?? '', address: street, contact: name, phone, company };
}
