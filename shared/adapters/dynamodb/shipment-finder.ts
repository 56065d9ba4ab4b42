import { GetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ShipmentFinder } from '../../ports/shipment-finder';
import * as keys from './keys';

export class DynamoShipmentFinder implements ShipmentFinder {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async find(tenant: string, connectionId: string, providerShipmentRef: string) {
    const Key = { pk: keys.parcelPartition(tenant, connectionId, providerShipmentRef), sk: keys.pointerSort };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key }));
    return Item && { orderId: Item['orderId'] as string, shipmentId: Item['shipmentId'] as string };
  }
}
