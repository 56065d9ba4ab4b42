/**
 * EasyPost, played by the laptop host: reading a shipment and asking for its postage back, in EasyPost's wire format,
 * with its signed webhooks. Source: https://docs.easypost.com/docs/shipments/shipping-refund
 *
 * The codes of its error objects for a refused refund are not published; the one used here is ours.
 * Control calls are listed in docs/decisions/0004-outside-parties.md.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { errorReply, eventObject, jsonReply, refundObject, shipmentObject, trackerObject } from './easypost-objects';
import {
  EasypostShipments,
  newId,
  REFUND_STATUSES,
  trackerStatus,
  type RefundStatus,
  type Shipment,
} from './easypost-shipments';
import { PartySettings, troubleReply, type AccountSource, type PartyAccount } from './party-settings';
import { WebhookSender, type Notice } from './webhook-sender';

const BEHAVIOURS = 'behaviours';

/** A label that a carrier has scanned cannot be voided. */
const NOT_SCANNED: ReadonlySet<string> = new Set(['unknown', 'pre_transit']);

type Reply = Exclude<StandInReply, 'hang-up'>;

/** How the next requests for a refund turn out. */
interface Behaviour {
  left: number;
  readonly shipment?: string;
  /** `error`: HTTP 422; `error-in-200`: the same body with status 200. */
  readonly outcome: RefundStatus | 'error' | 'error-in-200';
  readonly then?: RefundStatus;
  /** Host's clock; absent: only a control call settles it. */
  readonly afterMs?: number;
}

export function easypostStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The EasyPost stand-in has not been started.');
    return running;
  };
  return {
    name: 'easypost',
    matches: (_method, path) => path.startsWith('/v2/'),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options.accounts);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly shipments: EasypostShipments;
  private readonly sender: WebhookSender;
  private behaviours: Behaviour[] = [];
  private readonly cancels = new Set<() => void>();
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
  ) {
    this.shipments = new EasypostShipments(host);
    this.sender = new WebhookSender(host, {
      path: (account) => `/webhooks/carriers/easypost/${account}`,
      headers: async (notice) => this.sign(notice),
      over: async (notice) => {
        const shipment = this.ownerOf(notice);
        if (!shipment) return;
        shipment.outbox = shipment.outbox.filter((one) => one.id !== notice.id);
        await this.shipments.save(shipment);
      },
      postponed: async (notice) => {
        const shipment = this.ownerOf(notice);
        if (shipment) await this.shipments.save(shipment);
      },
    });
  }

  static async begin(host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const running = new Running(host, await PartySettings.load(host, accounts));
    await running.shipments.load();
    running.behaviours = (await host.store.get<Behaviour[]>(BEHAVIOURS)) ?? [];
    for (const shipment of running.shipments.all()) {
      for (const notice of shipment.outbox) running.sender.schedule(notice);
      running.awaitDue(shipment);
    }
    return running;
  }

  stop(): void {
    this.sender.stop();
    for (const cancel of this.cancels) cancel();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const account = await this.settings.accountByKey(apiKeyOf(request.headers.authorization));
    if (!account) return errorReply(401, 'APIKEY.INACTIVE', 'This api key is no longer active.');
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) return broken;
    const reply = await this.route(request, account);
    return broken ?? reply;
  }

  private async route(request: StandInRequest, account: PartyAccount): Promise<Reply> {
    const [, , kind, id = '', verb] = request.path.split('/');
    const shipment = kind === 'shipments' ? this.shipments.find(account.id, decodeURIComponent(id)) : undefined;
    if (!shipment) return errorReply(404, 'NOT_FOUND', 'The requested resource could not be found.');
    if (request.method === 'GET' && verb === undefined) return jsonReply(200, shipmentObject(shipment));
    if (request.method === 'POST' && verb === 'refund') return this.refund(shipment);
    return errorReply(404, 'NOT_FOUND', 'The requested resource could not be found.');
  }

  private async refund(shipment: Shipment): Promise<Reply> {
    // Asking again for what was granted changes nothing; a rejected one may be asked for again.
    if (shipment.refundStatus === 'submitted' || shipment.refundStatus === 'refunded') {
      return jsonReply(200, shipmentObject(shipment));
    }
    const behaviour = this.behaviourFor(shipment);
    const refused = !shipment.label || !NOT_SCANNED.has(trackerStatus(shipment));
    if (refused || behaviour?.outcome === 'error' || behaviour?.outcome === 'error-in-200') {
      const status = behaviour?.outcome === 'error-in-200' ? 200 : 422;
      return errorReply(status, 'SHIPMENT.REFUND.UNAVAILABLE', 'A refund of this shipment is not possible.');
    }
    this.shipments.setRefund(shipment, behaviour?.outcome ?? 'submitted');
    if (behaviour?.then !== undefined && behaviour.afterMs !== undefined) {
      shipment.due = { at: this.host.clock.now() + behaviour.afterMs, status: behaviour.then };
    }
    await this.shipments.save(shipment);
    this.awaitDue(shipment);
    return jsonReply(200, shipmentObject(shipment));
  }

  private behaviourFor(shipment: Shipment): Behaviour | undefined {
    const found = this.behaviours.find((one) => one.shipment === undefined || one.shipment === shipment.id);
    if (!found) return undefined;
    found.left -= 1;
    this.behaviours = this.behaviours.filter((one) => one.left > 0);
    this.host.store
      .put(BEHAVIOURS, this.behaviours)
      .catch((error: unknown) => this.host.log(`behaviours not saved: ${String(error)}`));
    return found;
  }

  private awaitDue(shipment: Shipment): void {
    const due = shipment.due;
    if (!due) return;
    const cancel = this.host.clock.at(due.at, () => {
      this.cancels.delete(cancel);
      const done = this.host.busy();
      this.settle(shipment, due.status)
        .catch((error: unknown) => this.host.log(`${shipment.id} not settled: ${String(error)}`))
        .finally(done);
    });
    this.cancels.add(cancel);
  }

  private async settle(shipment: Shipment, status: RefundStatus): Promise<void> {
    if (shipment.refundStatus === status) return;
    this.shipments.setRefund(shipment, status);
    // EasyPost announces a refund that went through, and nothing else about refunds.
    if (status === 'refunded') await this.announce(shipment, 'refund.successful', refundObject(shipment));
    else await this.shipments.save(shipment);
  }

  private async announce(shipment: Shipment, type: string, result: Record<string, unknown>): Promise<void> {
    const { send, copies, delayMs } = this.settings.webhooks(shipment.id);
    const now = this.host.clock.now();
    const id = newId('evt');
    const body = JSON.stringify(eventObject(id, type, result, now));
    const notices = Array.from({ length: send === 'never' ? 0 : copies }, (_, copy) => ({
      id: `${shipment.id}#${id}#${copy}`,
      account: shipment.account,
      body,
      attempt: 0,
      dueAt: now + delayMs,
    }));
    shipment.outbox.push(...notices);
    await this.shipments.save(shipment);
    if (send === 'before-reply') for (const notice of notices) await this.sender.attempt(notice);
    else for (const notice of notices) this.sender.schedule(notice);
  }

  /** During a rotation there is one header only, so the newest secret signs. */
  private async sign(notice: Notice): Promise<Record<string, string>> {
    const account = await this.settings.accountById(notice.account);
    const secret = account?.webhookSecrets[0] ?? '';
    const hmac = createHmac('sha256', secret.normalize('NFKD')).update(notice.body).digest('hex');
    return { 'x-hmac-signature': `hmac-sha256-hex=${hmac}`, 'user-agent': 'EasyPost Web Hooks 1.0' };
  }

  private ownerOf(notice: Notice): Shipment | undefined {
    return this.shipments.get(notice.id.split('#')[0] ?? '');
  }

  async control(path: string, body: unknown): Promise<unknown> {
    switch (path) {
      case 'seed':
        return this.seed(body);
      case 'behaviours':
        if (body !== undefined) this.behaviours = [...this.behaviours, behaviourOf(body)];
        await this.host.store.put(BEHAVIOURS, this.behaviours);
        return { behaviours: this.behaviours };
      case 'scan': {
        const shipment = this.named(body);
        const status = text(record(body)['status']) ?? 'in_transit';
        this.shipments.scan(shipment, status, text(record(body)['status_detail']) ?? 'status_update');
        await this.announce(shipment, 'tracker.updated', trackerObject(shipment));
        return { shipment: shipment.id, status };
      }
      case 'settle': {
        const status = REFUND_STATUSES.find((known) => known === (record(body)['status'] ?? 'refunded'));
        if (!status) throw new Error(`status is one of ${REFUND_STATUSES.join(', ')}`);
        const shipment = this.named(body);
        await this.settle(shipment, status);
        return { shipment: shipment.id, refund_status: status };
      }
      case 'ledger':
        return { requests: this.requests, shipments: [...this.shipments.all()].map(lineOf) };
      case 'reset':
        await this.shipments.forget();
        await this.settings.forget();
        this.behaviours = [];
        await this.host.store.delete(BEHAVIOURS);
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The EasyPost stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    const created: Shipment[] = [];
    for (const wish of wishes) {
      const row = record(wish);
      const id = text(row['shipment']) ?? newId('shp');
      const account = text(row['account']) ?? (await this.settings.soleAccount()).id;
      // Seeding twice is harmless: a shipment that is there stays as it is.
      if (this.shipments.get(id)) continue;
      const trackingCode = text(row['tracking_code']);
      const carrier = text(row['carrier']);
      const shipment = this.shipments.create({
        id,
        account,
        label: row['label'] !== false,
        ...(trackingCode !== undefined && { trackingCode }),
        ...(carrier !== undefined && { carrier }),
      });
      const status = text(row['status']);
      if (status !== undefined) this.shipments.scan(shipment, status, 'status_update');
      created.push(shipment);
    }
    await Promise.all(created.map((shipment) => this.shipments.save(shipment)));
    return { seeded: created.length, known: wishes.length - created.length };
  }

  private named(body: unknown): Shipment {
    const id = text(record(body)['shipment']) ?? '';
    const shipment = this.shipments.get(id);
    if (!shipment) throw new Error(`There is no shipment '${id}'.`);
    return shipment;
  }
}

function lineOf(shipment: Shipment): Record<string, unknown> {
  return {
    shipment: shipment.id,
    account: shipment.account,
    tracking_code: shipment.trackingCode,
    label: shipment.label,
    status: trackerStatus(shipment),
    refund_status: shipment.refundStatus,
    webhooks_waiting: shipment.outbox.length,
  };
}

function apiKeyOf(authorization: string | undefined): string {
  const [scheme, value = ''] = (authorization ?? '').split(' ');
  return scheme === 'Basic' ? (Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? '') : '';
}

function behaviourOf(wish: unknown): Behaviour {
  const body = record(wish);
  const outcome = [...REFUND_STATUSES, 'error' as const, 'error-in-200' as const].find(
    (known) => known === body['outcome'],
  );
  if (!outcome) throw new Error(`outcome is one of ${REFUND_STATUSES.join(', ')}, error, error-in-200`);
  const shipment = text(body['shipment']);
  const then = REFUND_STATUSES.find((known) => known === body['then']);
  const afterMs = integer(body['afterMs']);
  return {
    left: integer(body['next']) ?? 1,
    outcome,
    ...(shipment !== undefined && { shipment }),
    ...(then !== undefined && { then }),
    ...(afterMs !== undefined && { afterMs }),
  };
}
