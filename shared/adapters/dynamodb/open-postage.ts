import { QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isPostageOpen, slotOf } from '../../domain/open-postage';
import type { Shipment } from '../../domain/order';
import type { OpenPostage, VoidLabel } from '../../ports/open-postage';
import * as keys from './keys';

/** A sparse index has them by the time of day at which they are asked after; who is asked after in vain is not written. */
export class DynamoOpenPostage implements OpenPostage {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async list(slot: number, from: string, limit: number): Promise<readonly VoidLabel[]> {
    const first = await this.part(slot, limit);
    // Mostly these are all, by one look.
    if (first.length < limit)
      return [...first.filter(isBehind(from)), ...first.filter((label) => !isBehind(from)(label))];
    const behind = await this.part(slot, limit, from);
    return [...behind, ...first.filter((label) => !isBehind(from)(label))].slice(0, limit);
  }

  private async part(slot: number, limit: number, from?: string): Promise<VoidLabel[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        IndexName: keys.openIndex,
        KeyConditionExpression: `openPk = :slot${from === undefined ? '' : ' AND openSk > :from'}`,
        ExpressionAttributeValues: {
          ':slot': keys.postagePartition(slot),
          ...(from === undefined ? {} : { ':from': from }),
        },
        Limit: limit,
      }),
    );
    return Items.map((item) => ({
      ...keys.orderOfPartition(item['pk'] as string),
      shipmentId: keys.idOfGoods(item['sk'] as string),
      connectionId: keys.connectionOfPostage(item['openSk'] as string),
    }));
  }
}

const isBehind =
  (from: string) =>
  ({ shipmentId, connectionId }: VoidLabel): boolean =>
    keys.postageSort(shipmentId, connectionId) > from;

/** What puts a shipment into the index, and nothing where nobody is asked: a label that is void is no exception, so the key is free. */
export function postageKeys(shipment: Shipment): Record<string, string> {
  const { id, connectionId } = shipment;
  if (connectionId === undefined || !isPostageOpen(shipment)) return {};
  return { openPk: keys.postagePartition(slotOf(id)), openSk: keys.postageSort(id, connectionId) };
}
