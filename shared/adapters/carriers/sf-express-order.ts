import { PermanentFault } from '../../domain/faults';
import type { Label } from '../../ports/carrier';
import { member, text } from '../json-members';
import { lost } from '../payments/provider-call';
import { call, UNKNOWN_ORDER, type SfLine } from './sf-express-call';
import { listOf } from './sf-express-routes';

/** Already cancelled: https://open.sf-express.com/developSupport/976720?activeIndex=146623 */
export const ALREADY_CANCELLED: ReadonlySet<string> = new Set(['8037', '8253']);

/** The mother waybill of an order; children have another type. */
const MOTHER = '1';

export interface SfOrder {
  cancelled: boolean;
  waybillNo: string | undefined;
}

/** What SF made of an order. @returns undefined when it says that it knows no such order */
export async function orderOf(line: SfLine, { connection, providerShipmentRef }: Label): Promise<SfOrder | undefined> {
  const { success, code, data } = await call(line, connection, {
    kind: 'read',
    service: 'EXP_RECE_SEARCH_ORDER_RESP',
    data: { orderId: providerShipmentRef, searchType: '1', language: 'zh-CN' },
  });
  if (UNKNOWN_ORDER.has(code)) return undefined;
  if (ALREADY_CANCELLED.has(code)) return { cancelled: true, waybillNo: undefined };
  if (!success) throw new PermanentFault(`sf_express: ${code} for order ${providerShipmentRef}`);
  if (text(data, 'orderId') !== providerShipmentRef) {
    throw lost(`sf_express: answer not believed: not order ${providerShipmentRef}`, 'read');
  }
  const mother = listOf(member(data, 'waybillNoInfoList')).find((one) => String(member(one, 'waybillType')) === MOTHER);
  return { cancelled: false, waybillNo: text(mother, 'waybillNo') };
}
