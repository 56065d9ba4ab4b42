/**
 * Watches every intent to give money back for a parcel that was called back: at that instant its recall has come as far as the
 * order's terms want it. Said in words of its own, not by the code that is watched.
 */
import { toShipment } from '../../../shared/adapters/dynamodb/order-items';
import { toReturn } from '../../../shared/adapters/dynamodb/return-item';
import { isUnanswered } from '../../../shared/domain/leg';
import type { Recall, Shipment } from '../../../shared/domain/order';
import type { ParcelRule, Policy } from '../../../shared/domain/policy';
import { versionOf } from './leaps';

type Item = Readonly<Record<string, unknown>>;

const enough: Readonly<Record<ParcelRule['refundOn'], ReadonlySet<Recall>>> = {
  request: new Set(['requested', 'accepted', 'returning', 'received']),
  acceptance: new Set(['accepted', 'returning', 'received']),
  turned_round: new Set(['returning', 'received']),
  receipt: new Set(['received']),
};

export class TermsOfParcels {
  private readonly parcels = new Map<string, Shipment>();
  private readonly rules = new Map<string, ParcelRule>();
  /** Parcels whose units their buyer has sent back, by cancellation, as far as the terms want it. */
  private readonly lookedAt = new Map<string, readonly string[]>();
  /** Cancellations that were a case: what a person does about one is his to answer for. */
  private readonly withPeople = new Set<string>();

  /** Looks at what is there from the beginning. */
  restored(items: Iterable<Item>): void {
    for (const item of items) this.heard(item);
  }

  /** @returns what is wrong with a change */
  changed(before: Item | undefined, after: Item | undefined): string[] {
    if (after === undefined) return [];
    this.heard(after);
    if (typeof after['cancellationId'] !== 'string' || typeof after['body'] !== 'string') return [];
    const was = before === undefined ? undefined : versionOf(before);
    const now = versionOf(after);
    if (now.status === 'in_case') this.withPeople.add(now.id);
    if (was === undefined || this.withPeople.has(now.id)) return [];
    const intended = now.legs.filter(({ id, status, attempt }) => {
      const old = was.legs.find((leg) => leg.id === id);
      return status === 'submitting' && !(old?.attempt === attempt && isUnanswered(old));
    });
    if (intended.length === 0) return [];
    const rule = this.rules.get(String(after['pk']));
    return now.recalls.flatMap((id) => {
      const parcel = this.parcels.get(id);
      if (parcel === undefined || this.lookedAt.get(now.id)?.includes(id) === true) return [];
      const wanted = parcel.recallKind === 'interception' ? rule && enough[rule.refundOn] : stopped;
      if (wanted?.has(parcel.recall) === true) return [];
      return [`${now.id} gives money back while the recall of ${parcel.ref} is ${parcel.recall}`];
    });
  }

  private heard(item: Item): void {
    if (typeof item['returnId'] === 'string') {
      const { cancellationId, inspected, received, sentBackAt, shipments } = toReturn(item);
      const wanted = this.rules.get(String(item['pk']))?.returnRefundOn ?? 'inspection';
      const reached = { proof_of_sending: sentBackAt, receipt: received, inspection: inspected }[wanted];
      if (reached !== undefined) this.lookedAt.set(cancellationId, shipments);
    }
    if (typeof item['shipment'] === 'string') {
      const parcel = toShipment(item);
      this.parcels.set(parcel.id, parcel);
    }
    if (typeof item['contract'] === 'string') {
      const { policy } = JSON.parse(item['contract']) as { policy: Policy };
      if (policy.parcels !== undefined) this.rules.set(String(item['pk']), policy.parcels);
    }
  }
}

/** Of a label that was taken back. */
const stopped: ReadonlySet<Recall> = new Set(['accepted']);
