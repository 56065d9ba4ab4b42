/** A story that the campaign tells again and again, each time with other things going wrong. */
import type { LaptopControls } from '../../support/laptop-controls';
import { intakeOf, type OrderSketch } from '../../support/order-sketch';
import { seedPayment } from '../../support/payment-parties';
import { orderId } from '../../../shared/domain/ids';
import type { Shipment } from '../../../shared/domain/order';
import { Client } from '../world/client';
import type { Cloud } from '../world/cloud';
import type { FurtherCarrier, FurtherProvider } from '../world/settings';

/** An order as it was placed before the story began. */
export interface PlacedOrder {
  readonly tenant: string;
  readonly id: string;
  readonly reference: string;
  readonly merchantId: string;
  readonly customerId: string;
  readonly total: number;
  readonly currency: string;
  readonly payments: readonly string[];
  readonly skus: readonly string[];
  readonly parcels: readonly string[];
  readonly body: Readonly<Record<string, unknown>> & { readonly version: number };
}

export interface Scenario {
  readonly name: string;
  readonly sentence: string;
  /**
   * Tried with every pair of faults, and with every three at effects; others with one fault, and pairs at effects. `campaign`:
   * in the campaign's short form it is one of the others.
   */
  readonly inDepth?: true | 'campaign';
  /** Providers that the tenants are connected to besides Stripe. */
  readonly providers?: readonly FurtherProvider[];
  /** Carriers that they are connected to besides EasyPost. */
  readonly carriers?: readonly FurtherCarrier[];
  /** Places orders; without faults, once for all runs. */
  prepare(stage: Stage): Promise<readonly PlacedOrder[]>;
  /** Lets everybody begin. Runs at the start of each run, synchronously: scripts go on from there. */
  act(stage: Stage, orders: readonly PlacedOrder[]): void;
  /** What must be true at the end besides what always is; answers what is wrong. */
  expect?(end: Ending): readonly string[];
}

/** What a scenario may look at when everything has come to rest. */
export interface Ending {
  readonly orders: readonly PlacedOrder[];
  readonly cancellations: readonly {
    readonly id: string;
    readonly status: string;
    readonly orderId: string;
    readonly refund: number;
    readonly requestedAt: string;
    readonly closedAt?: string;
  }[];
  readonly shipments: readonly Pick<Shipment, 'ref' | 'position' | 'recall' | 'postage'>[];
  readonly struck: number;
}

export type Role = 'customer' | 'merchant' | 'support' | 'system';

/** Who is there, and how they are reached. */
export class Stage {
  readonly clients: Client[] = [];

  constructor(readonly cloud: Cloud) {}

  /** Lets somebody of a tenant act by a script. */
  let(role: Role, tenant: string, name: string, script: (client: Client) => Promise<void>): void {
    const claims = {
      tenant,
      role,
      sub: role === 'customer' ? `${tenant}-customer` : `${tenant}-${role}`,
      ...(role === 'merchant' ? { merchant_id: `${tenant}-shop` } : {}),
    };
    const client = new Client(this.cloud, name, claims);
    this.clients.push(client);
    client.begin(script);
  }

  /** Places an order as its tenant's system does: stock, payment, parcel, order. To be called while preparing. */
  async place(tenant: string, reference: string, sketch: OrderSketch): Promise<PlacedOrder> {
    return this.make(tenant, reference, sketch, true);
  }

  /** The same without the order itself, which the story is going to tell. */
  async sketched(tenant: string, reference: string, sketch: OrderSketch): Promise<PlacedOrder> {
    return this.make(tenant, reference, sketch, false);
  }

  private async make(tenant: string, reference: string, sketch: OrderSketch, put: boolean): Promise<PlacedOrder> {
    const { cloud } = this;
    const customerId = `${tenant}-customer`;
    const merchantId = `${tenant}-shop`;
    const made = intakeOf(sketch, {
      reference,
      merchantId,
      customerId,
      now: new Date(cloud.world.now),
      onOwnLedger: false,
    });
    const intake = JSON.parse(
      JSON.stringify(made)
        .replaceAll(/"con_(\w+)_demo"/g, `"con_$1_${tenant}"`)
        // Ids of a provider are its own: two accounts never have the same.
        .replaceAll('"pi_', `"pi_${tenant}_`)
        .replaceAll('"ch_pi_', `"ch_pi_${tenant}_`)
        .replaceAll(/"(no-)?shp_/g, `"$1shp_${tenant}_`)
        .replaceAll(/"(adyen|wechat-pay)-(?=\d)/g, `"$1-${tenant}-`),
    ) as typeof made;
    const { parties } = cloud;
    await parties.control('stripe', 'seed', { seed: intake.cards });
    await parties.control('easypost', 'seed', { seed: intake.parcels });
    for (const { carrier, ...seed } of intake.furtherParcels) await parties.control(carrier, 'seed', { seed: [seed] });
    const controls = { party: (name: string, path: string, body?: unknown) => parties.control(name, path, body) };
    const about = { now: new Date(cloud.world.now), currency: intake.body.currency };
    for (const paid of intake.paid) await seedPayment(controls as LaptopControls, paid, about);
    let id = put ? '' : orderId(tenant, merchantId, reference);
    this.let('system', tenant, `system ${reference}`, async (system) => {
      if (intake.stock.length > 0) await system.post('/v1/stock/batch', reference, { merchantId, items: intake.stock });
      if (!put) return;
      const taken = await system.put(`/v1/orders/${reference}`, intake.body);
      if (taken.status !== 201) throw new Error(`order ${reference} was not taken: ${JSON.stringify(taken)}`);
      id = (taken.body as { id: string }).id;
    });
    await cloud.world.rest();
    if (cloud.violations.length > 0) throw new Error(cloud.violations.join('\n'));
    return { ...intake.placed, tenant, id, customerId, currency: intake.body.currency, body: intake.body };
  }
}
