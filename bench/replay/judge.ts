import type { Expectation, ExpectedRequest } from './expected.mjs';
import { foreignId } from './foreign-id';
import { creditAccountOf, paymentIntentOf, type Naming } from './intake';
import type { CardRefund, Credit, StockLedger } from './ledgers';
import type { CancellationRequest } from './match';
import { requestName, type Played } from './play';

/** What the replay found when it looked past the service's own words. */
export interface Findings {
  requests: readonly CancellationRequest[];
  played: Played;
  cardRefunds: readonly CardRefund[];
  credits: readonly Credit[];
  /** Order -> status, of the orders concerned. */
  states: ReadonlyMap<string, string>;
  stock: StockLedger;
  /** What the stock was opened with. */
  sold: ReadonlyMap<string, number>;
}

/** Each entry is a sentence; a replay is right when there is none. */
export interface Verdict {
  differences: string[];
  stockDifferences: string[];
}

export function judge(expected: Expectation, findings: Findings, naming: Naming): Verdict {
  return {
    differences: [
      ...findings.played.refusedOrders,
      ...compareMatching(expected, findings.requests),
      ...compareMoney(expected, findings, naming),
      ...compareStates(expected, findings),
    ],
    stockDifferences: [...compareMovements(expected, findings), ...compareBalances(findings)],
  };
}

/** Two separate matchers must have asked for the same units. */
function compareMatching(expected: Expectation, requests: readonly CancellationRequest[]): string[] {
  const ours = requests.map(({ cancellation, order, lines }) => ({
    name: requestName(cancellation.number, order.number),
    lines,
  }));
  const theirs = expected.requests.map(({ invoice, order, lines }) => ({ name: requestName(invoice, order), lines }));
  const wanted = new Map(theirs.map(({ name, lines }) => [name, JSON.stringify(lines)]));
  const asked = new Set(ours.map(({ name }) => name));
  return [
    ...ours
      .filter(({ name, lines }) => wanted.get(name) !== JSON.stringify(lines))
      .map(
        ({ name, lines }) => `${name}: asked for ${JSON.stringify(lines)}, expected ${wanted.get(name) ?? 'nothing'}`,
      ),
    ...theirs.filter(({ name }) => !asked.has(name)).map(({ name }) => `${name}: never asked for`),
  ];
}

function compareMoney(expected: Expectation, findings: Findings, naming: Naming): string[] {
  const purse = new Purse(findings);
  const customers = new Map(findings.requests.map(({ order }) => [order.number, order.customer]));
  const wrong = expected.requests.flatMap((request) => {
    const name = requestName(request.invoice, request.order);
    const outcome = findings.played.outcomes.get(name);
    if (outcome === undefined) return [`${name}: was never made`];
    if ('refused' in outcome) return [`${name}: refused, ${outcome.refused}`];
    const card = purse.takeCard(outcome.cancellationId, paymentIntentOf(naming, request.order));
    const credit = purse.takeCredit(
      outcome.cancellationId,
      creditAccountOf(naming, customers.get(request.order) ?? ''),
    );
    const problems: string[] = [];
    if (outcome.status !== 'closed') problems.push(`is ${outcome.status}`);
    if (card !== legOf(request, 'stripe')) problems.push(`card ${card}, expected ${legOf(request, 'stripe')}`);
    if (credit !== legOf(request, 'store_credit'))
      problems.push(`store credit ${credit}, expected ${legOf(request, 'store_credit')}`);
    return problems.length === 0 ? [] : [`${name}: ${problems.join('; ')}`];
  });
  return [...wrong, ...purse.leftOver()];
}

function legOf(request: ExpectedRequest, channel: 'stripe' | 'store_credit'): number {
  return request.legs.filter((leg) => leg.channel === channel).reduce((total, leg) => total + leg.amount, 0);
}

/** Money found in the ledgers; what nobody claims is left over. */
class Purse {
  private readonly found = new Map<string, number>();

  constructor(findings: Findings) {
    for (const { paymentIntent, cancellationId, amount } of findings.cardRefunds) {
      this.add(`card ${paymentIntent} for ${cancellationId}`, amount);
    }
    for (const { account, cancellationId, amount } of findings.credits) {
      this.add(`account ${account} for ${cancellationId}`, amount);
    }
  }

  takeCard(cancellationId: string, paymentIntent: string): number {
    return this.take(`card ${paymentIntent} for ${cancellationId}`);
  }

  takeCredit(cancellationId: string, account: string): number {
    return this.take(`account ${account} for ${cancellationId}`);
  }

  leftOver(): string[] {
    return [...this.found].map(([name, amount]) => `${name}: ${amount} that nobody expected`);
  }

  private add(name: string, amount: number): void {
    this.found.set(name, (this.found.get(name) ?? 0) + amount);
  }

  private take(name: string): number {
    const amount = this.found.get(name) ?? 0;
    this.found.delete(name);
    return amount;
  }
}

function compareStates(expected: Expectation, { states }: Findings): string[] {
  return Object.entries(expected.states)
    .filter(([order, status]) => states.get(order) !== status)
    .map(([order, status]) => `order ${order} is ${states.get(order) ?? 'unknown'}, expected ${status}`);
}

/** Per order and stock code, both ways: what came back that should not, and what should have. */
function compareMovements(expected: Expectation, { stock, played }: Findings): string[] {
  const orders = new Map([...played.orderIds].map(([reference, id]) => [id, reference]));
  const moved = new Map<string, number>();
  for (const { orderId, sku, type, quantity } of stock.movements) {
    const name = `${orders.get(orderId) ?? orderId} ${sku}`;
    moved.set(name, (moved.get(name) ?? 0) + (type === 'reserve' ? -quantity : quantity));
  }
  const wanted = new Map<string, number>(
    Object.entries(expected.stock).flatMap(([order, skus]) =>
      Object.entries(skus).map(([sku, quantity]) => [`${order} ${foreignId(sku)}`, quantity] as const),
    ),
  );
  return [...new Set([...wanted.keys(), ...moved.keys()])]
    .filter((name) => (moved.get(name) ?? 0) !== (wanted.get(name) ?? 0))
    .map((name) => `${name}: ${moved.get(name) ?? 0} units came back, expected ${wanted.get(name) ?? 0}`);
}

/** Balances must follow from the opening and the movements: nothing shipped, so what is reserved falls and no more. */
function compareBalances({ stock, sold }: Findings): string[] {
  const released = new Map<string, number>();
  for (const { sku, type, quantity } of stock.movements) {
    released.set(sku, (released.get(sku) ?? 0) + (type === 'reserve' ? -quantity : quantity));
  }
  return [...sold].flatMap(([code, opening]) => {
    const sku = foreignId(code);
    const balance = stock.balances.get(sku);
    const reserved = opening - (released.get(sku) ?? 0);
    if (balance?.onHand === opening && balance.reserved === reserved) return [];
    return [`${sku}: balance ${JSON.stringify(balance)}, expected ${opening} on hand and ${reserved} reserved`];
  });
}
