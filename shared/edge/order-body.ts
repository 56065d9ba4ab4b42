import * as z from 'zod/mini';
import { lineKinds, reservedBys, stages } from '../domain/order';
import { noRestockReasons } from '../domain/stock';
import { amount, atMost, instant, payment, policy, quantity, reference, shipment, text } from './fields';

/** Together with a line's quantity it stays far below what is counted exactly. */
const componentQuantity = z.int().check(z.gte(1), z.lte(100_000));

const orderFields = {
  version: z.int().check(z.gte(1), z.lte(999_999_999_999)),
  merchantId: reference,
  groupId: z.optional(reference),
  placedAt: instant,
  currency: z.string().check(z.regex(/^[A-Z]{3}$/)),
  customer: z.strictObject({
    id: reference,
    name: z.optional(text(200)),
    email: z.optional(text(320)),
    locale: z.optional(text(35)),
    address: z.optional(text(1_000)),
  }),
  contract: z.optional(
    z.strictObject({
      market: z.optional(text(10)),
      buyerType: z.optional(z.enum(['consumer', 'business'])),
      timeZone: z.optional(text(60)),
      consents: z.optional(z.record(z.string().check(z.maxLength(60)), instant).check(atMost(20))),
      policy: z.optional(policy),
    }),
  ),
  lines: z
    .array(
      z.strictObject({
        id: reference,
        sku: text(100),
        kind: z.enum(lineKinds),
        category: z.optional(text(60)),
        quantity,
        net: amount,
        discount: z.optional(amount),
        tax: z.optional(amount),
        duty: z.optional(amount),
        stage: z.optional(z.enum(stages)),
        spent: z.optional(amount),
        startsAt: z.optional(instant),
        location: z.optional(reference),
        components: z.optional(
          z
            .array(z.strictObject({ sku: text(100), location: reference, quantity: componentQuantity }))
            .check(z.minLength(1), z.maxLength(50)),
        ),
        reservedBy: z.optional(z.enum(reservedBys)),
        noRestock: z.optional(z.enum(noRestockReasons)),
        paidBy: z.optional(reference),
      }),
    )
    .check(z.minLength(1), z.maxLength(5_000)),
  discount: z.optional(amount),
  shipping: z.optional(z.strictObject({ amount, tax: z.optional(amount) })),
  payments: z.optional(z.array(payment).check(z.maxLength(20))),
  shipments: z.optional(z.array(shipment).check(z.maxLength(40))),
};

/** `PUT /v1/orders/{id}`: the path names the shop's reference. */
export const orderBody = z.strictObject(orderFields);

/** One order of a batch names its reference itself; each is checked alone, so that one bad order spoils no other. */
export const batchedOrder = z.strictObject({ reference, ...orderFields });
