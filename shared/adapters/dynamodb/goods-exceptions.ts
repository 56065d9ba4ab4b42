import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Refusal } from '../../domain/refusal';
import type { Instant } from '../../domain/time';
import type { DueGoods, GoodsExceptions } from '../../ports/goods-exceptions';
import type { Page, PageRequest } from '../../ports/order-store';
import * as keys from './keys';
import { readPage } from './pages';

/** Two sparse indexes have what may become an exception, by when it does: one a tenant's, one a merchant's. */
export class DynamoGoodsExceptions implements GoodsExceptions {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async list(
    { tenant, merchantId }: { tenant: string; merchantId?: string | undefined },
    now: Instant,
    page: PageRequest,
  ): Promise<Page<DueGoods> | Refusal> {
    const ofTenant = {
      index: keys.openIndex,
      partition: { name: 'openPk', value: keys.goodsPartition(tenant) },
      sort: 'openSk',
    };
    const list =
      merchantId === undefined
        ? ofTenant
        : {
            index: keys.queueIndex,
            partition: { name: 'queuePk', value: keys.goodsOfMerchantPartition(tenant, merchantId) },
            sort: 'queueSk',
          };
    return readPage(this.client, {
      ...list,
      table: this.table,
      index: { name: list.index, pkStart: keys.orderPartition(tenant, '') },
      upTo: now,
      page,
      toEntry: (item) => ({ orderId: item['orderId'] as string, id: keys.idOfGoods(item['sk'] as string) }),
    });
  }
}

/**
 * What puts an item of an order into the indexes; nothing where it cannot become an exception. Those of a tenant share one
 * partition, which takes 1,000 writes a second: parcels that are called back, not labels that are void.
 */
export function dueKeys(
  { tenant, merchantId }: { tenant: string; merchantId: string },
  id: string,
  due: Instant | undefined,
): Record<string, string> {
  if (due === undefined) return {};
  const at = `${due}#${id}`;
  return {
    openPk: keys.goodsPartition(tenant),
    openSk: at,
    queuePk: keys.goodsOfMerchantPartition(tenant, merchantId),
    queueSk: at,
  };
}
