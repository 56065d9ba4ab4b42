import { functions } from '../../../infra/functions';
import { assembly } from '../../../infra/local/assembly';
import { readAssembly } from '../../../infra/local/template/assembly-reader';
import { buildModel } from '../../../infra/local/template/model';
import { bounds } from '../world/feed';
import { shapes } from '../world/cloud';
import { feedContract } from './feed.contract';
import { feedInMemory } from './feed-in-memory';
import { feedOnLaptop } from './feed-on-laptop';

describe('the feed in memory', () => feedContract(feedInMemory));

describe('the stream of the real engine, as the template maps it', () => feedContract(feedOnLaptop));

describe('the synthesized template', () => {
  const template = async () => buildModel(readAssembly(await assembly()), 'http://127.0.0.1');

  it('bounds the feed as the world in memory does', async () => {
    const mappings = (await template())
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ properties }) => String(properties['EventSourceArn']).includes(':dynamodb:'));
    const readers = functions.flatMap(({ trigger }) => (trigger.kind === 'change-feed' ? [trigger.newImage] : []));
    expect(mappings).toHaveLength(readers.length);
    for (const { properties } of mappings) {
      expect(properties).toMatchObject({
        BatchSize: bounds.batch,
        MaximumRetryAttempts: bounds.furtherAttempts,
        BisectBatchOnFunctionError: bounds.bisects,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        StartingPosition: 'TRIM_HORIZON',
      });
    }
  });

  it('has the tables of the world in memory', async () => {
    const tables = (await template()).ofType('AWS::DynamoDB::GlobalTable').map(({ name, properties }) => {
      const {
        KeySchema,
        GlobalSecondaryIndexes = [],
        TimeToLiveSpecification,
        StreamSpecification,
      } = properties as unknown as Shape;
      return {
        name: shapes.find((shape) => name.toLowerCase().includes(shape.name))?.name,
        ...keysOf(KeySchema),
        ...(TimeToLiveSpecification === undefined ? {} : { timeToLive: TimeToLiveSpecification.AttributeName }),
        stream: StreamSpecification !== undefined,
        indexes: GlobalSecondaryIndexes.map((index) => ({
          name: index.IndexName,
          ...keysOf(index.KeySchema),
          projection: index.Projection.NonKeyAttributes,
        })),
      };
    });
    const byName = (one: { name?: string | undefined }, other: { name?: string | undefined }) =>
      (one.name ?? '') < (other.name ?? '') ? -1 : 1;
    expect(tables.sort(byName)).toEqual([...shapes].sort(byName));
  });
});

interface Shape {
  readonly KeySchema: readonly { AttributeName: string; KeyType: string }[];
  readonly GlobalSecondaryIndexes?: readonly {
    IndexName: string;
    KeySchema: Shape['KeySchema'];
    Projection: { NonKeyAttributes: string[] };
  }[];
  readonly TimeToLiveSpecification?: { AttributeName: string };
  readonly StreamSpecification?: object;
}

function keysOf(schema: Shape['KeySchema']) {
  const named = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  return { partitionKey: named('HASH'), sortKey: named('RANGE') };
}
