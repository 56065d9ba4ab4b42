/**
 * What the stand-ins of carriers have in common: parcels on disk, webhooks that are repeated, and control calls. What goes
 * over the wire is each carrier's own.
 *
 * Control calls, besides those of PartySettings:
 * - `seed`: `{ seed: [{ shipment, tracking_code?, status?, account? }] }`; `status` is a first scan
 * - `behaviours`: `{ next?: 1, shipment?, call: "void" | "intercept" | "cancel", refuse?: word, then?: scan | "refused", afterMs? }`:
 *   how the next calls turn out. `then` happens by itself: a scan, e.g. a delivery in spite of the wish, or a late refusal
 * - `scan`: `{ shipment, status, remark? }`
 * - `settle`: `{ shipment, status }`: what became of the postage; seen by whoever asks, where the carrier has a word for it
 * - `ledger`: GET; `reset`: `{}`, keeps the accounts
 */
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { CarrierParcels, type Parcel, type Scan } from './carrier-parcels';
import { PartySettings, troubleReply, type AccountSource, type PartyAccount } from './party-settings';
import { WebhookSender, type Notice } from './webhook-sender';

const BEHAVIOURS = 'behaviours';
const CALLS = ['void', 'intercept', 'cancel'] as const;

export type CallOfParcel = (typeof CALLS)[number];

export interface Behaviour {
  left: number;
  readonly shipment?: string;
  readonly call: CallOfParcel;
  /** The carrier's own word. */
  readonly refuse?: string;
  readonly then?: string;
  /** Host's clock. */
  readonly afterMs?: number;
}

/** What a carrier's routes may use. */
export interface Desk {
  readonly host: StandInHost;
  readonly settings: PartySettings;
  readonly parcels: CarrierParcels;
  /** How this call turns out, if somebody has said so; it is used up by it. */
  behaviourFor(parcel: Parcel, call: CallOfParcel): Behaviour | undefined;
  /** Writes a change down, and lets happen by itself what the behaviour says. */
  changed(parcel: Parcel, behaviour?: Behaviour): Promise<void>;
}

/** One carrier: its wire format and its rules. */
export interface Carrier {
  readonly name: string;
  matches: StandIn['matches'];
  /** What a trouble may name by the beginning of its path, where paths do not tell calls apart; absent: the path. */
  place?(request: StandInRequest): string;
  accountOf(desk: Desk, request: StandInRequest): Promise<PartyAccount | undefined>;
  /** Answered without an account: keys, tokens. */
  open?(desk: Desk, request: StandInRequest): Promise<StandInReply | undefined>;
  notLetIn(request: StandInRequest): StandInReply;
  route(desk: Desk, request: StandInRequest, account: PartyAccount): Promise<StandInReply>;
  newTrackingNumber(): string;
  /** The body of its webhook about a scan. */
  message(parcel: Parcel, scan: Scan): string;
  /** Signs anew at every attempt. */
  headers(desk: Desk, notice: Notice, account: PartyAccount, nowMs: number): Promise<Record<string, string>>;
  /** What is sent instead of the message as it was written, where the signature is a part of the body. */
  body?(notice: Notice, account: PartyAccount, nowMs: number): string;
  /** Whether a 2xx with this text counts; absent: any text will do. */
  takes?(body: string): boolean;
}

export function carrierStandIn(carrier: Carrier, options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error(`The stand-in ${carrier.name} has not been started.`);
    return running;
  };
  return {
    name: carrier.name,
    matches: (method, path, headers) => carrier.matches(method, path, headers),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(carrier, host, options.accounts);
    },
    stop: () => running?.stop(),
  };
}

class Running implements Desk {
  readonly parcels: CarrierParcels;
  private readonly sender: WebhookSender;
  private behaviours: Behaviour[] = [];
  private readonly cancels = new Set<() => void>();
  private requests = 0;

  private constructor(
    private readonly carrier: Carrier,
    readonly host: StandInHost,
    readonly settings: PartySettings,
  ) {
    this.parcels = new CarrierParcels(host);
    this.sender = new WebhookSender(host, {
      path: (account) => `/webhooks/carriers/${carrier.name}/${account}`,
      headers: async (notice, nowMs) => carrier.headers(this, notice, await this.accountOf(notice), nowMs),
      ...(carrier.body && {
        body: async (notice, nowMs) => carrier.body?.(notice, await this.accountOf(notice), nowMs),
      }),
      ...(carrier.takes && { takes: (body) => carrier.takes?.(body) ?? true }),
      over: async (notice) => {
        const parcel = this.ownerOf(notice);
        if (!parcel) return;
        parcel.outbox = parcel.outbox.filter((one) => one.id !== notice.id);
        await this.parcels.save(parcel);
      },
      postponed: async (notice) => {
        const parcel = this.ownerOf(notice);
        if (parcel) await this.parcels.save(parcel);
      },
    });
  }

  static async begin(carrier: Carrier, host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const running = new Running(carrier, host, await PartySettings.load(host, accounts));
    await running.parcels.load();
    running.behaviours = (await host.store.get<Behaviour[]>(BEHAVIOURS)) ?? [];
    for (const parcel of running.parcels.all()) {
      for (const notice of parcel.outbox) running.sender.schedule(notice);
      running.awaitDue(parcel);
    }
    return running;
  }

  stop(): void {
    this.sender.stop();
    for (const cancel of this.cancels) cancel();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const place = this.carrier.place?.(request) ?? request.path;
    const trouble = this.settings.takeTrouble(request.method, place);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) return broken;
    const open = await this.carrier.open?.(this, request);
    if (open) return broken ?? open;
    const account = await this.carrier.accountOf(this, request);
    const reply = account ? await this.carrier.route(this, request, account) : this.carrier.notLetIn(request);
    return broken ?? reply;
  }

  behaviourFor(parcel: Parcel, call: CallOfParcel): Behaviour | undefined {
    const found = this.behaviours.find(
      (one) => one.call === call && (one.shipment === undefined || one.shipment === parcel.id),
    );
    if (!found) return undefined;
    found.left -= 1;
    this.behaviours = this.behaviours.filter((one) => one.left > 0);
    this.host.store
      .put(BEHAVIOURS, this.behaviours)
      .catch((error: unknown) => this.host.log(`behaviours not saved: ${String(error)}`));
    return found;
  }

  async changed(parcel: Parcel, behaviour?: Behaviour): Promise<void> {
    if (behaviour?.then !== undefined) {
      parcel.due.push({ at: this.host.clock.now() + (behaviour.afterMs ?? 0), then: behaviour.then });
    }
    await this.parcels.save(parcel);
    this.awaitDue(parcel);
  }

  private awaitDue(parcel: Parcel): void {
    for (const due of parcel.due) {
      const cancel = this.host.clock.at(due.at, () => {
        this.cancels.delete(cancel);
        if (!parcel.due.includes(due)) return;
        parcel.due = parcel.due.filter((one) => one !== due);
        const done = this.host.busy();
        this.happens(parcel, due.then)
          .catch((error: unknown) => this.host.log(`${parcel.id}: ${String(error)}`))
          .finally(done);
      });
      this.cancels.add(cancel);
    }
  }

  private async happens(parcel: Parcel, then: string): Promise<void> {
    if (then !== 'refused') return this.scan(parcel, then, '');
    if (parcel.interception) parcel.interception.state = 'refused';
    await this.parcels.save(parcel);
  }

  private async scan(parcel: Parcel, word: string, remark: string): Promise<void> {
    const scan = { word, remark, at: this.host.clock.now() };
    parcel.scans.push(scan);
    const { send, copies, delayMs } = this.settings.webhooks(parcel.id);
    const body = this.carrier.message(parcel, scan);
    const notices = Array.from({ length: send === 'never' ? 0 : copies }, (_, copy) => ({
      id: `${parcel.id}#${parcel.scans.length}#${copy}`,
      account: parcel.account,
      body,
      attempt: 0,
      dueAt: scan.at + delayMs,
    }));
    parcel.outbox.push(...notices);
    await this.parcels.save(parcel);
    if (send === 'before-reply') for (const notice of notices) await this.sender.attempt(notice);
    else for (const notice of notices) this.sender.schedule(notice);
  }

  private async accountOf(notice: Notice): Promise<PartyAccount> {
    const account = await this.settings.accountById(notice.account);
    if (!account) throw new Error(`There is no account '${notice.account}'.`);
    return account;
  }

  private ownerOf(notice: Notice): Parcel | undefined {
    return this.parcels.get(notice.id.split('#')[0] ?? '');
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
        const wish = record(body);
        const parcel = this.parcels.get(text(wish['shipment']) ?? '');
        const word = text(wish['status']);
        if (!parcel || word === undefined)
          throw new Error('A scan is { shipment, status }, of a parcel that is there.');
        await this.scan(parcel, word, text(wish['remark']) ?? '');
        return { shipment: parcel.id, status: word };
      }
      case 'settle': {
        const parcel = this.parcels.get(text(record(body)['shipment']) ?? '');
        const word = text(record(body)['status']);
        if (!parcel || word === undefined) throw new Error('It is { shipment, status }, of a parcel that is there.');
        parcel.refund = { word, at: this.host.clock.now() };
        await this.parcels.save(parcel);
        return { shipment: parcel.id, refund: word };
      }
      case 'ledger':
        return { requests: this.requests, shipments: this.parcels.all().map(lineOf) };
      case 'reset':
        await this.parcels.forget();
        await this.settings.forget();
        this.behaviours = [];
        await this.host.store.delete(BEHAVIOURS);
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The stand-in ${this.carrier.name} has no control call ${path}.`);
        return common;
      }
    }
  }

  /** Seeding twice is harmless: a parcel that is there stays as it is. */
  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']).map(record);
    let seeded = 0;
    for (const wish of wishes) {
      const id = text(wish['shipment']);
      if (id === undefined) throw new Error('A parcel has a name: { shipment }.');
      if (this.parcels.get(id)) continue;
      const account = text(wish['account']) ?? (await this.settings.soleAccount()).id;
      const number = text(wish['tracking_code']) ?? this.carrier.newTrackingNumber();
      const parcel = this.parcels.create(id, account, number);
      const status = text(wish['status']);
      if (status !== undefined) parcel.scans.push({ word: status, remark: '', at: parcel.createdAt });
      await this.parcels.save(parcel);
      seeded += 1;
    }
    return { seeded, known: wishes.length - seeded };
  }
}

function lineOf(parcel: Parcel): Record<string, unknown> {
  return {
    shipment: parcel.id,
    account: parcel.account,
    tracking_code: parcel.trackingNumber,
    status: parcel.scans.at(-1)?.word ?? null,
    voided: parcel.voidedAt !== undefined,
    interception: parcel.interception?.state ?? null,
    webhooks_waiting: parcel.outbox.length,
  };
}

function behaviourOf(wish: unknown): Behaviour {
  const body = record(wish);
  const call = CALLS.find((known) => known === body['call']);
  if (!call) throw new Error(`call is one of ${CALLS.join(', ')}`);
  const shipment = text(body['shipment']);
  const refuse = text(body['refuse']);
  const then = text(body['then']);
  const afterMs = integer(body['afterMs']);
  return {
    left: integer(body['next']) ?? 1,
    call,
    ...(shipment !== undefined && { shipment }),
    ...(refuse !== undefined && { refuse }),
    ...(then !== undefined && { then }),
    ...(afterMs !== undefined && { afterMs }),
  };
}
