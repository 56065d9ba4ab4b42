import { AttributeType, ProjectionType, StreamViewType, TableV2, type TablePropsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { TableName } from '../functions';
import type { Stage } from '../stages/stage';
import { removalPolicyOf } from './service-log-group';

const text = (name: string) => ({ name, type: AttributeType.STRING });

/**
 * The order aggregate lives in one table, so that one transaction and one stream cover it. Stock and views are apart:
 * neither may ride in that transaction, and the views' writes must not come back through the stream.
 */
export class Tables extends Construct {
  readonly orders: TableV2;
  readonly stock: TableV2;
  readonly views: TableV2;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    const kept: TablePropsV2 = {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: stage.removal === 'retain',
      removalPolicy: removalPolicyOf(stage),
    };
    this.orders = new TableV2(this, 'Orders', {
      ...kept,
      timeToLiveAttribute: 'expires',
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      // Sparse: an item is in an index only while it has the attributes. Each projected attribute that changes costs
      // another write, so an index holds what its list shows and nothing else.
      globalSecondaryIndexes: [
        {
          indexName: 'active',
          partitionKey: text('activePk'),
          sortKey: text('activeSk'),
          nonKeyAttributes: ['orderId', 'reference', 'status', 'placedAt', 'currency', 'total'],
        },
        {
          indexName: 'queue',
          partitionKey: text('queuePk'),
          sortKey: text('queueSk'),
          nonKeyAttributes: ['cancellationId', 'orderId', 'refund', 'deadline'],
        },
        {
          indexName: 'open',
          partitionKey: text('openPk'),
          sortKey: text('openSk'),
          nonKeyAttributes: ['cancellationId', 'orderId'],
        },
      ].map((index) => ({ ...index, projectionType: ProjectionType.INCLUDE })),
    });
    this.stock = new TableV2(this, 'Stock', kept);
    this.views = new TableV2(this, 'Views', { ...kept, timeToLiveAttribute: 'expires' });
  }

  named(name: TableName): TableV2 {
    return this[name];
  }
}
