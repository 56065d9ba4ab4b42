import type { OrderSummary } from '../../ports/order-store';

/** What a list shows of an order, from an item of the active index or of a customer's view. */
export function summaryOf(id: string, item: Record<string, unknown>): OrderSummary {
  return {
    id,
    reference: item['reference'] as string,
    merchantId: item['merchantId'] as string,
    status: item['status'] as OrderSummary['status'],
    placedAt: item['placedAt'] as string,
    currency: item['currency'] as string,
    total: item['total'] as number,
  };
}
