import { adviceOn, type Advice } from './advice';
import { holdingCancellations, type OrderAggregate } from './aggregate';
import { releasesUnits, type Cancellation, type CancellationStatus } from './cancellation';
import { countOf, overlapOf, type Range } from './intervals';
import type { Postage } from './postage';
import type { Return, ReturnStatus } from './return';
import {
  unitsOfLine,
  type OrderLine,
  type Recall,
  type Shipment,
  type ShipmentPosition,
  type Stage,
  type UnitSelection,
} from './order';

/**
 * Where a unit is. Each unit is in exactly one place: what was cancelled is `cancelled`, wherever its parcel is, which is
 * then said beside it. What the buyer has got all the same, and is to send back, is where it is on that way.
 */
export const unitPlaces = [
  'not_shipped',
  'waiting_for_stock',
  'at_stage',
  'in_parcel',
  'delivered',
  'returning',
  'returned',
  'lost',
  'cancelled',
] as const;
export type UnitPlace = (typeof unitPlaces)[number];

/** Neighbouring units of a line of which the same is to be said. Units are numbered from 0. */
export interface PlacedUnits extends Range, Whereabouts {}

interface Whereabouts {
  place: UnitPlace;
  because: Because;
  /** How far a line has come that is served instead of sent. */
  stage?: Stage;
  parcel?: ParcelOfUnits;
  cancellation?: { id: string; status: CancellationStatus };
  return?: { id: string; status: ReturnStatus };
}

/** What decided: the rule, and the parcel, cancellation or return that it was applied to. */
export interface Because {
  rule:
    | 'parcel.none'
    | 'stock.waiting'
    | 'line.stage'
    | `parcel.${ShipmentPosition}`
    | `cancellation.${CancellationStatus}`
    | `return.${ReturnStatus}`;
  id?: string;
}

export interface ParcelOfUnits {
  id: string;
  ref: string;
  position: ShipmentPosition;
  recall: Recall;
  /** Whether its carrier was asked to stop it or to bring it back. */
  calledBack: boolean;
  /** What became of the postage of its void label. */
  postage?: Postage;
  /** What its buyer is told to do about it, as it could not be stopped. */
  advice?: Advice;
}

export interface PlacedLine {
  lineId: string;
  units: readonly PlacedUnits[];
}

/**
 * Where every unit of an order is, and why.
 * @param waiting units per line id that wait for stock; they are the last ones of those that lie in no parcel
 */
export function unitsOfOrder(
  aggregate: OrderAggregate,
  waiting: ReadonlyMap<string, number> = new Map(),
): PlacedLine[] {
  return aggregate.order.lines.map((line) => ({
    lineId: line.id,
    units: joined(behind(placesOf(aggregate, line), waiting.get(line.id) ?? 0)),
  }));
}

/** Of where every unit is, what is said of these units; lines that have none of them are left out. */
export function placedWithin(placed: readonly PlacedLine[], selection: UnitSelection): PlacedLine[] {
  return placed.flatMap(({ lineId, units }) => {
    const wanted = unitsOfLine(selection, lineId);
    const within = units.flatMap((run) => overlapOf([run], wanted).map((part) => ({ ...run, ...part })));
    return within.length === 0 ? [] : [{ lineId, units: joined(within) }];
  });
}

/** What is said of some units of a line, newest last. */
interface Claims {
  shipments: readonly Held<Shipment>[];
  held: readonly Held<Cancellation>[];
  /** Cancellations that gave their units back. */
  released: readonly Held<Cancellation>[];
  returns: readonly Held<Return>[];
  /** What of the returns has arrived. */
  arrived: readonly Held<Return>[];
}

interface Held<Holder> {
  holder: Holder;
  ranges: readonly Range[];
}

function placesOf(aggregate: OrderAggregate, line: OrderLine): PlacedUnits[] {
  const { returns = [] } = aggregate;
  const claims: Claims = {
    shipments: holdersOf(aggregate.shipments, line),
    held: holdersOf(holdingCancellations(aggregate), line),
    released: holdersOf(
      aggregate.cancellations.filter(({ status }) => releasesUnits(status)),
      line,
    ),
    returns: holdersOf(returns, line),
    arrived: returns.flatMap((holder) => {
      const ranges = unitsOfLine(holder.received?.units ?? {}, line.id);
      return ranges.length === 0 ? [] : [{ holder, ranges }];
    }),
  };
  const cuts = [...claims.shipments, ...claims.held, ...claims.released, ...claims.returns, ...claims.arrived]
    .flatMap(({ ranges }) => ranges.flatMap(({ from, to }) => [from, to]))
    .filter((cut) => cut > 0 && cut < line.quantity);
  const edges = [...new Set([0, ...cuts, line.quantity])].sort((a, b) => a - b);
  return edges.slice(1).map((to, index) => {
    const from = edges[index] ?? 0;
    return { from, to, ...whereIs(line, claims, from) };
  });
}

function holdersOf<Holder extends { units: Shipment['units'] }>(
  holders: readonly Holder[],
  { id }: OrderLine,
): Held<Holder>[] {
  return holders.flatMap((holder) => {
    const ranges = unitsOfLine(holder.units, id);
    return countOf(ranges) === 0 ? [] : [{ holder, ranges }];
  });
}

function whereIs(line: OrderLine, claims: Claims, unit: number): Whereabouts {
  const cancellation = lastHolding(claims.held, unit);
  const parcels = claims.shipments.filter((claim) => holds(claim, unit)).map(({ holder }) => holder);
  const back = lastHolding(claims.returns, unit);
  if (back !== undefined) return onItsWayBack(back, parcels, lastHolding(claims.arrived, unit) === back, cancellation);
  if (cancellation !== undefined) return cancelled(cancellation, parcels);
  const former = lastHolding(claims.released, unit);
  const parcel = parcels.findLast(({ position }) => position !== 'voided');
  if (parcel !== undefined) return sent(parcel, former);
  if (line.kind !== 'goods') {
    const stage = line.stage ?? 'placed';
    return { place: 'at_stage', stage, because: former === undefined ? { rule: 'line.stage' } : becauseOf(former) };
  }
  const voided = parcels.at(-1);
  if (former !== undefined) return { place: 'not_shipped', because: becauseOf(former) };
  if (voided !== undefined) return { place: 'not_shipped', because: { rule: 'parcel.voided', id: voided.id } };
  return { place: 'not_shipped', because: { rule: 'parcel.none' } };
}

/** What has not arrived when the rest did is still where its parcel went. */
function onItsWayBack(
  { id, status }: Return,
  parcels: readonly Shipment[],
  hasArrived: boolean,
  cancellation: Cancellation | undefined,
): Whereabouts {
  const parcel = parcels.findLast(({ position }) => position !== 'voided');
  const there = parcel === undefined ? 'delivered' : placeOfParcel(parcel);
  return {
    place: hasArrived ? 'returned' : status === 'in_transit' ? 'returning' : there,
    because: { rule: `return.${status}`, id },
    return: { id, status },
    ...(cancellation === undefined ? {} : { cancellation: { id: cancellation.id, status: cancellation.status } }),
    ...(parcel === undefined ? {} : { parcel: isToBeSent(status) ? shown(parcel) : withoutAdvice(shown(parcel)) }),
  };
}

/** Once a return has been sent back, or is too late, its buyer is not told to send it back any more. */
const isToBeSent = (status: ReturnStatus): boolean => status === 'authorised' || status === 'label_sent';

const withoutAdvice = ({ advice: _advice, ...parcel }: ParcelOfUnits): ParcelOfUnits => parcel;

/** A void label lies with the units only for the cancellation that voided it: another may have claimed them since. */
function cancelled(cancellation: Cancellation, parcels: readonly Shipment[]): Whereabouts {
  const parcel = parcels.findLast(({ id, position }) => position !== 'voided' || cancellation.recalls.includes(id));
  const { id, status } = cancellation;
  return {
    place: 'cancelled',
    because: becauseOf(cancellation),
    cancellation: { id, status },
    ...(parcel === undefined ? {} : { parcel: shown(parcel) }),
  };
}

/** A parcel that goes on although it was called back does so because of what became of the cancellation. */
function sent(parcel: Shipment, former: Cancellation | undefined): Whereabouts {
  const goesOn = former?.recalls.includes(parcel.id) === true;
  return {
    place: placeOfParcel(parcel),
    because: goesOn ? becauseOf(former) : { rule: `parcel.${parcel.position}`, id: parcel.id },
    parcel: shown(parcel),
  };
}

function placeOfParcel({ position }: Shipment): UnitPlace {
  switch (position) {
    case 'delivered':
    case 'returning':
    case 'returned':
    case 'lost':
      return position;
    default:
      return 'in_parcel';
  }
}

const becauseOf = ({ id, status }: Cancellation): Because => ({ rule: `cancellation.${status}`, id });

function shown(shipment: Shipment): ParcelOfUnits {
  const { id, ref, position, recall, postage } = shipment;
  const advice = adviceOn(shipment);
  return {
    ...{ id, ref, position, recall, calledBack: recall !== 'none' },
    ...(postage !== undefined && { postage }),
    ...(advice !== undefined && { advice }),
  };
}

const holds = ({ ranges }: Held<unknown>, unit: number): boolean =>
  ranges.some(({ from, to }) => unit >= from && unit < to);

const lastHolding = <Holder>(claims: readonly Held<Holder>[], unit: number): Holder | undefined =>
  claims.findLast((claim) => holds(claim, unit))?.holder;

/** Lets the last units wait that lie in no parcel. */
function behind(units: readonly PlacedUnits[], waiting: number): PlacedUnits[] {
  let left = waiting;
  return units
    .toReversed()
    .flatMap((run): PlacedUnits[] => {
      if (run.place !== 'not_shipped' || left === 0) return [run];
      const cut = Math.max(run.from, run.to - left);
      left -= run.to - cut;
      const late: PlacedUnits = { ...run, from: cut, place: 'waiting_for_stock', because: { rule: 'stock.waiting' } };
      return cut === run.from ? [late] : [late, { ...run, to: cut }];
    })
    .toReversed();
}

/** Neighbours of which the same is said, as one. */
function joined(units: readonly PlacedUnits[]): PlacedUnits[] {
  const runs: PlacedUnits[] = [];
  for (const unit of units) {
    const last = runs.at(-1);
    if (last !== undefined && sayingOf(last) === sayingOf(unit)) last.to = unit.to;
    else runs.push({ ...unit });
  }
  return runs;
}

const sayingOf = ({ from: _from, to: _to, ...saying }: PlacedUnits): string => JSON.stringify(saying);
