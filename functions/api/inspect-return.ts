import * as z from 'zod/mini';
import { fingerprint } from '../../shared/domain/ids';
import { isRefusal } from '../../shared/domain/refusal';
import { inspectionReasons, inspectionResults } from '../../shared/domain/return';
import { noRestockReasons } from '../../shared/domain/stock';
import { amount, quantity, reference, text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { log } from '../../shared/edge/log';
import { showReturn } from '../../shared/flows/show-goods';
import { findReturn, inspectReturn } from '../../shared/flows/work-return';
import { cancellationStore, keptAnswers, orderStore, returns, stock, workflow } from '../../shared/wiring';

const keep = z.union([
  z.strictObject({ basisPoints: z.int().check(z.gte(1), z.lte(9_999)) }),
  z.strictObject({ amount: amount.check(z.gte(1)) }),
]);

const inspectedLine = z.strictObject({
  lineId: reference,
  quantity,
  result: z.enum(inspectionResults),
  reason: z.optional(z.enum(inspectionReasons)),
  keep: z.optional(keep),
  noRestock: z.optional(z.enum(noRestockReasons)),
});

/** POST /v1/returns/{id}/inspected: what of the money of each unit goes back, and whether it is sold again. */
export const handler = httpHandler({
  roles: ['system', 'support', 'merchant'],
  body: z.strictObject({
    lines: z.array(inspectedLine).check(z.minLength(1), z.maxLength(5_000)),
    note: z.optional(text(500)),
  }),
  answers: keptAnswers,
  ports: () => ({
    cancellations: cancellationStore(),
    orders: orderStore(),
    returns: returns(),
    stock: stock(),
    workflow: workflow(),
  }),
  async handle({ caller, body, params, idempotencyKey, now }, ports) {
    const found = await findReturn(ports, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const inspection = {
      parts: body.lines.map(({ lineId, quantity: count, result, reason, keep: kept, noRestock }) => ({
        ...{ lineId, quantity: count, result },
        ...(reason === undefined ? {} : { reason }),
        ...(kept === undefined ? {} : { keep: kept }),
        ...(noRestock === undefined ? {} : { noRestock }),
      })),
      ...(body.note === undefined ? {} : { note: body.note }),
      at: now,
      by: `${caller.role}:${caller.subject}`,
      request: fingerprint(idempotencyKey, 'inspected', JSON.stringify(body)),
    };
    const tell = (unmatched: readonly string[]): void =>
      log('error', { event: 'received_not_in_stock', order: found.orderId, return: found.id, unmatched });
    const inspected = await inspectReturn({ ...ports, tell }, found, inspection, caller.role);
    return isRefusal(inspected) ? inspected : ok(showReturn(inspected, caller.role));
  },
});
