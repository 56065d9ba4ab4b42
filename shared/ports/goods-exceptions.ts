import type { Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { Page, PageRequest } from './order-store';

/** Goods that are not where they should be, or may not be: whether they are, their order says. */
export interface GoodsExceptions {
  /**
   * What is due by `now`, longest overdue first. Lags a little; nothing decides on it.
   * @param merchantId absent: of all merchants of the tenant
   */
  list(
    of: { tenant: string; merchantId?: string | undefined },
    now: Instant,
    page: PageRequest,
  ): Promise<Page<DueGoods> | Refusal>;
}

/** Which shipment of which order. */
export interface DueGoods {
  orderId: string;
  id: string;
}
