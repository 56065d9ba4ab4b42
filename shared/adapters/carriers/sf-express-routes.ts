import rows from '../../domain/carriers/tracking/sf_express.json';
import { PermanentFault } from '../../domain/faults';
import type { Label, ParcelPosition } from '../../ports/carrier';
import { member, text } from '../json-members';
import { call, type SfLine } from './sf-express-call';
import { positions } from './tracking-words';

const POSITION = positions(rows);

/** Where a node of a route says that the parcel is. @returns undefined for an operation that SF has added since */
export function positionOf(node: unknown): ParcelPosition | undefined {
  return POSITION(text(node, 'opCode'));
}

export interface Travelled {
  /** `undefined`: nobody has scanned it. */
  position: ParcelPosition | undefined;
  /** It has turned round and goes back to its sender. */
  turned: boolean;
}

/** The route of an order's parcel. @throws {PermanentFault} for an error of SF's own */
export async function routeOf(line: SfLine, label: Label, waybillNo: string | undefined): Promise<Travelled> {
  const { success, code, data } = await call(line, label.connection, {
    kind: 'read',
    service: 'EXP_RECE_SEARCH_ROUTES',
    // Tracking type 2: by the order's number.
    data: { language: 'zh-CN', trackingType: '2', trackingNumber: [label.providerShipmentRef], methodType: '1' },
  });
  if (!success) throw new PermanentFault(`sf_express: ${code} for the route of ${label.providerShipmentRef}`);
  const answered = listOf(member(data, 'routeResps'));
  const own = answered.find((one) => waybillNo === undefined || text(one, 'mailNo') === waybillNo);
  return travelled(inOrder(listOf(member(own, 'routes'))));
}

/**
 * Earlier nodes first, by SF's own times, whatever order they come in. Those times are whole seconds: of two nodes in one, the
 * one that is further on its way is the later one.
 */
export function inOrder(nodes: readonly unknown[]): unknown[] {
  const timeOf = (node: unknown): string => text(node, 'acceptTime') ?? '';
  const wayOf = (node: unknown): number => WAY.findIndex((position) => position === positionOf(node));
  return [...nodes].sort((one, other) => timeOf(one).localeCompare(timeOf(other)) || wayOf(one) - wayOf(other));
}

const WAY: readonly ParcelPosition[] = [
  'handed_over',
  'in_transit',
  'out_for_delivery',
  'exception',
  'delivered',
  'returning',
];

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function travelled(nodes: readonly unknown[]): Travelled {
  const last = nodes.at(-1);
  const turned = nodes.some((node) => positionOf(node) === 'returning');
  if (last === undefined) return { position: undefined, turned };
  // Without a readable word a person should look, rather than a rule.
  const position = positionOf(last) ?? 'exception';
  // What is delivered behind the turning point is delivered to the sender.
  if (turned) return { position: position === 'delivered' ? 'returned' : 'returning', turned };
  return { position, turned };
}
