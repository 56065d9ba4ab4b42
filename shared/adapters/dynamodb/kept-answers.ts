import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { answersLive, requestLease } from '../../domain/idempotency';
import { epochSeconds, later } from '../../domain/time';
import type { Attempt, KeptAnswer, KeptAnswers, Taken } from '../../ports/kept-answers';
import * as keys from './keys';

/** An item may have 400 KB; an answer above this is not kept, and the request is carried out again. */
const largestBody = 350 * 1024;

/** Nobody has it, its time is over, or the same request broke off before it was answered. */
const mayTake =
  'attribute_not_exists(pk) OR #expires <= :seconds OR ' +
  '(#request = :request AND attribute_not_exists(#status) AND #leaseUntil <= :now)';
const stillMine = '#owner = :owner AND attribute_not_exists(#status)';

/** One item per key. Bodies are deflated, which keeps a common answer within one write unit. */
export class DynamoKeptAnswers implements KeptAnswers {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async take(attempt: Attempt): Promise<Taken> {
    const { request, owner, now } = attempt;
    const Item = {
      ...item(attempt),
      leaseUntil: later(now, requestLease),
      expires: epochSeconds(later(now, answersLive)),
    };
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item,
          ConditionExpression: mayTake,
          ExpressionAttributeNames: named('expires', 'request', 'status', 'leaseUntil'),
          ExpressionAttributeValues: { ':seconds': epochSeconds(now), ':request': request, ':now': now },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { outcome: 'taken' };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      const held = unmarshall(error.Item);
      if (held['request'] !== request) return { outcome: 'reused' };
      if (held['status'] !== undefined) return { outcome: 'answered', answer: read(held) };
      // The SDK may have repeated a write whose answer was lost: what is there then is ours.
      return { outcome: held['owner'] === owner ? 'taken' : 'running' };
    }
  }

  async keep(attempt: Attempt, { status, body }: KeptAnswer): Promise<void> {
    const packed = deflateRawSync(JSON.stringify(body));
    if (packed.length > largestBody) return this.release(attempt);
    const expires = epochSeconds(later(attempt.now, answersLive));
    await this.replace(attempt, { ...item(attempt), status, body: packed, expires });
  }

  /** Written as expired and not deleted: that needs no further right, and reads compare with the time anyway. */
  release(attempt: Attempt): Promise<void> {
    return this.replace(attempt, { ...item(attempt), expires: epochSeconds(attempt.now) });
  }

  private async replace(attempt: Attempt, Item: Record<string, unknown>): Promise<void> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item,
          ConditionExpression: stillMine,
          ExpressionAttributeNames: named('owner', 'status'),
          ExpressionAttributeValues: { ':owner': attempt.owner },
        }),
      );
    } catch (error) {
      // Another attempt took over after the lease; its answer counts.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

const item = ({ tenant, key, request, owner }: Attempt) => ({
  pk: keys.answerPartition(tenant, key),
  sk: keys.answerSort,
  request,
  owner,
});

function read(held: Record<string, unknown>): KeptAnswer {
  const text = inflateRawSync(held['body'] as Uint8Array).toString('utf8');
  return { status: held['status'] as number, body: JSON.parse(text) as unknown };
}

const named = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [`#${name}`, name]));
