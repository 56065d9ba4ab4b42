import type { Caller } from '../domain/access';
import { orderId } from '../domain/ids';
import { refuse, type Refusal } from '../domain/refusal';

/** A route names an order by our id, or by the shop's reference, which is unique only together with its merchant. */
export function resolveOrderId(caller: Caller, given: string, merchant: string | undefined): string | Refusal {
  if (/^ord_[0-9a-z]{26}$/.test(given)) return given;
  const merchantId = caller.merchantId ?? merchant;
  if (merchantId === undefined) {
    return refuse('invalid_field', 'A shop reference needs ?merchant=, or use the ord_ id.', { param: 'merchant' });
  }
  return orderId(caller.tenant, merchantId, given);
}
