import { addMoney, freezeUnits, moneyOf, noMoney, refundOf } from '../domain/freeze';
import { derivedId } from '../domain/ids';
import { firstOf, freeOf, type Range } from '../domain/intervals';
import { sum } from '../domain/money';
import { unitsOfLine, type Contract, type OrderLine, type Shipment } from '../domain/order';
import { platformDefaultPolicy, type Policy } from '../domain/policy';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { ConfiguredConnections } from '../ports/connections';
import type { NewOrder } from '../ports/order-store';
import { locationProblem, orderProblem } from './check-intake';
import { toPayment } from './merge-payments';
import { moneyOfLine, orderMoneyOf, type IntakeShipment, type OrderIntake } from './order-intake';

/** The order as it would be stored when it is new, its units frozen. */
export function composeOrder(
  tenant: string,
  id: string,
  shopReference: string,
  intake: OrderIntake,
  connections: ConfiguredConnections,
  now: Instant,
): NewOrder | Refusal {
  const wrong = orderProblem(intake, tenant, connections);
  if (wrong !== undefined) return wrong;
  const frozen = freezeUnits(intake.lines.map(moneyOfLine), orderMoneyOf(intake));
  const lines = intake.lines.map((line, index): OrderLine => ({
    id: line.id,
    sku: line.sku,
    kind: line.kind,
    quantity: line.quantity,
    units: frozen[index] ?? [],
    ...(line.category === undefined ? {} : { category: line.category }),
    ...(line.stage === undefined ? {} : { stage: line.stage }),
    ...(line.spent === undefined ? {} : { spent: line.spent }),
    ...(line.startsAt === undefined ? {} : { startsAt: new Date(line.startsAt).toISOString() }),
    ...(line.location === undefined ? {} : { location: line.location }),
    ...(line.components === undefined ? {} : { components: line.components }),
    ...(line.reservedBy === undefined ? {} : { reservedBy: line.reservedBy }),
    ...(line.noRestock === undefined ? {} : { noRestock: line.noRestock }),
    ...(line.paidBy === undefined ? {} : { paidBy: line.paidBy }),
  }));
  const shipments = composeShipments(tenant, id, lines, intake.shipments ?? [], now);
  if (isRefusal(shipments)) return shipments;
  const total = refundOf(
    lines.reduce((money, line) => addMoney(money, moneyOf(line.units, [{ from: 0, to: line.quantity }])), {
      ...noMoney,
    }),
  );
  const header = {
    id,
    tenant,
    merchantId: intake.merchantId,
    reference: shopReference,
    ...(intake.groupId === undefined ? {} : { groupId: intake.groupId }),
    customerId: intake.customer.id,
    currency: intake.currency,
    placedAt: new Date(intake.placedAt).toISOString(),
    intakeVersion: intake.version,
    units: sum(lines.map((line) => line.quantity)),
    total,
  };
  return { header, contract: contractOf(intake), lines, payments: (intake.payments ?? []).map(toPayment), shipments };
}

function contractOf({ contract }: OrderIntake): Contract {
  return {
    ...(contract?.market === undefined ? {} : { market: contract.market }),
    buyerType: contract?.buyerType ?? 'consumer',
    timeZone: contract?.timeZone ?? 'UTC',
    policy: (contract?.policy as Policy | undefined) ?? platformDefaultPolicy,
    ...(contract?.consents === undefined ? {} : { consents: contract.consents }),
  };
}

/** Shipments that came with the order take units that no other shipment of it has. */
function composeShipments(
  tenant: string,
  id: string,
  lines: readonly OrderLine[],
  intake: readonly IntakeShipment[],
  now: Instant,
): Shipment[] | Refusal {
  const shipments: Shipment[] = [];
  for (const [index, wanted] of intake.entries()) {
    const units: Record<string, readonly Range[]> = Object.create(null) as Record<string, readonly Range[]>;
    for (const { lineId, quantity } of wanted.lines) {
      const line = lines.find((candidate) => candidate.id === lineId);
      if (line === undefined)
        return refuse('line_unknown', `The order has no line ${lineId}.`, { param: `/shipments/${index}/lines` });
      if (Object.hasOwn(units, lineId))
        return refuse('invalid_field', `Line ${lineId} is named twice.`, { param: `/shipments/${index}/lines` });
      const elsewhere = locationProblem(line, wanted, `/shipments/${index}/location`);
      if (elsewhere !== undefined) return elsewhere;
      const taken = shipments.flatMap((shipment) => unitsOfLine(shipment.units, lineId));
      const ranges = firstOf(freeOf(line.quantity, taken), quantity);
      if (ranges.reduce((count, range) => count + range.to - range.from, 0) < quantity) {
        return refuse('quantity_not_available', `Line ${lineId} has fewer units than the shipments take.`, {
          param: `/shipments/${index}/lines`,
        });
      }
      units[lineId] = ranges;
    }
    shipments.push(toShipment(tenant, id, wanted, units, now));
  }
  return shipments;
}

export function toShipment(
  tenant: string,
  orderKey: string,
  wanted: IntakeShipment,
  units: Shipment['units'],
  now: Instant,
): Shipment {
  return {
    id: derivedId('shp', tenant, orderKey, wanted.ref),
    ref: wanted.ref,
    position: wanted.position ?? 'handed_over',
    recall: 'none',
    units,
    claimedAt: now,
    ...(wanted.carrier === undefined ? {} : { carrier: wanted.carrier }),
    ...(wanted.connectionId === undefined ? {} : { connectionId: wanted.connectionId }),
    ...(wanted.providerShipmentRef === undefined ? {} : { providerShipmentRef: wanted.providerShipmentRef }),
    ...(wanted.trackingCode === undefined ? {} : { trackingCode: wanted.trackingCode }),
    ...(wanted.location === undefined ? {} : { location: wanted.location }),
  };
}
