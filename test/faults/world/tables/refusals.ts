/** The SDK's own exceptions, as the database would cause them. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  IdempotentParameterMismatchException,
  ResourceNotFoundException,
  TransactionCanceledException,
  type AttributeValue,
  type CancellationReason,
} from '@aws-sdk/client-dynamodb';

/** Asked for something that these tables do not imitate: they would rather end the run than guess. */
export class Unmodelled extends Error {
  override readonly name = 'Unmodelled';
}

/** Does not fit what its table holds or declares: refuses a write of its own, and cancels a transaction. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
}

export type Marshalled = Record<string, AttributeValue>;

const $metadata = { httpStatusCode: 400 };

export const conditionFailed = 'The conditional request failed';

export function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata });
}

export function notFound(): ResourceNotFoundException {
  return new ResourceNotFoundException({ message: 'Requested resource not found', $metadata });
}

export function checkFailed(Item: Marshalled | undefined): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    message: conditionFailed,
    $metadata,
    ...(Item === undefined ? {} : { Item }),
  });
}

/** @param reasons one per action, in their order; `None` for those in whose way nothing was */
export function cancelled(reasons: CancellationReason[]): TransactionCanceledException {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
    $metadata,
  });
}

export function otherContent(): IdempotentParameterMismatchException {
  return new IdempotentParameterMismatchException({
    message: 'The same ClientRequestToken was used with different parameters',
    $metadata,
  });
}
