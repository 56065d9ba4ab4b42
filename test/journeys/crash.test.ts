/** The whole host dies, or its disk is full: what was accepted is carried out, once. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostProcess } from '../support/host-process';
import type { Placed } from '../support/order-sketch';
import { Service, expected, onLaptop } from '../support/service';

const dataDir = mkdtempSync(join(tmpdir(), 'journeys-'));
let host: HostProcess | undefined;

afterAll(async () => {
  await host?.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Attempt {
  readonly order: Placed;
  readonly key: string;
  /** Absent: no answer came, so nobody knows. */
  id?: string;
}

describe('Kill -9 of the host and its database', () => {
  const service = new Service('crash');

  async function start(): Promise<void> {
    host = await HostProcess.start({ dataDir: join(dataDir, 'killed') });
    service.attach(host.baseUrl);
  }

  const ask = async (attempt: Attempt): Promise<void> => {
    try {
      const reply = await service.cancel({ orderId: attempt.order.id }, service.customer, attempt.key);
      if (reply.status < 300) attempt.id = reply.body.id;
    } catch {
      // The line was cut: whether it was accepted is known after the restart.
    }
  };

  /** Settles when so many have been accepted. */
  async function accepted(attempts: readonly Attempt[], count: number, running: Promise<unknown>): Promise<void> {
    let over = false;
    void running.then(() => (over = true));
    while (!over && attempts.filter(({ id }) => id !== undefined).length < count)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  onLaptop(
    'during running cancellations: every accepted one completes, nothing is refunded or restocked twice',
    async () => {
      await start();
      const orders: Placed[] = [];
      for (let batch = 0; batch < 6; batch += 1) {
        const grace = batch === 0 ? { graceMinutes: 2 } : {};
        const tenders = batch === 1 ? [{ card: 1_200 }, { storeCredit: 800 }] : [{ card: 2_000 }];
        orders.push(...(await Promise.all(Array.from({ length: 5 }, () => service.order({ policy: grace, tenders })))));
      }
      const attempts = orders.map((order): Attempt => ({ order, key: service.key() }));

      // Killed three times: while requests come in, while they are repeated, while the scheduler takes up the rest.
      for (const [round, enough] of [6, 14].entries()) {
        const open = attempts.filter(({ id }) => id === undefined).slice(0, round === 0 ? 18 : undefined);
        const running = Promise.all(open.map(ask));
        await accepted(attempts, enough, running);
        await host?.kill();
        await running;
        await start();
      }
      const moving = service.local.pass({ minutes: 4 }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await host?.kill();
      await moving;
      await start();

      await Promise.all(attempts.filter(({ id }) => id === undefined).map(ask));
      for (let minute = 0; minute < 5; minute += 1) await service.local.pass({ minutes: 1 });
      const wholeAndOnce = async ({ order, id = '' }: Attempt): Promise<void> => {
        expect(id).toMatch(/^can_/);
        const closed = await service.becomes(id, 'closed');
        expect(closed.legs.map(({ status }) => status)).toEqual(order.payments.map(() => 'succeeded'));
        const { cancellations, status } = await service.orderNow(order.id);
        expect({ cancellations, status }).toEqual({ cancellations: [{ id, status: 'closed' }], status: 'cancelled' });
        const card = order.total - (order.payments.length > 1 ? 800 : 0);
        const refunds = await service.local.refundsOn(...order.payments);
        expect(refunds.map(({ amount }) => amount)).toEqual([card]);
        if (order.payments.length > 1)
          expect(await service.local.storeCredit('demo', order.payments[1] ?? '', 'GBP')).toBe(800);
        expect(await service.local.stock(order)).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
        const moved = await service.local.movements(order);
        expect(moved.filter(({ type }) => type === 'release')).toMatchObject([{ quantity: 2 }]);
      };
      await Promise.all(attempts.map(wholeAndOnce));
      await host?.stop();
    },
    120_000,
  );
});

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

describe('A full disk', () => {
  const service = new Service('disk');

  // Where the system has no prlimit, there is no way to fill a disk without harm: skipped, by its name.
  (hasPrlimit ? onLaptop : it.skip)(
    'ends the host with a clear message and a code, and corrupts nothing',
    async () => {
      const directory = join(dataDir, 'full');
      host = await HostProcess.start({ dataDir: directory });
      service.attach(host.baseUrl);
      const first = await service.order();
      await service.cancelUntil('closed', { orderId: first.id });
      await host.stop();

      const largest = Math.max(...readdirSync(directory).map((file) => statSync(join(directory, file)).size));
      host = await HostProcess.start({ dataDir: directory, under: ['prlimit', `--fsize=${largest + 131_072}`] });
      service.attach(host.baseUrl);
      const confirmed: Placed[] = [];
      let full = false;
      const running = host.ended.then((end) => {
        full = true;
        return end;
      });
      const lines = Array.from({ length: 200 }, (_, at) => ({ id: `line-${at}`, kind: 'digital' as const }));
      for (let count = 0; !full && count < 2_000; count += 1) {
        try {
          confirmed.push(await service.order({ lines, tenders: [] }));
        } catch {
          // Refused or cut off: nothing was promised.
        }
      }
      const { code, said } = await running;
      expect(code).toBe(1);
      expect(said).toMatch(/The local database .*(cannot write|ended)/);
      expect(said).toContain('free some space and start again');
      expect(said).not.toContain('    at ');

      host = await HostProcess.start({ dataDir: directory });
      service.attach(host.baseUrl);
      expect((await service.orderNow(first.id)).status).toBe('cancelled');
      for (const { id, total } of confirmed)
        expect(await service.orderNow(id)).toMatchObject({ status: 'open', total });
      const next = await service.order();
      const { id } = expected(await service.cancel({ orderId: next.id }), 201, 202);
      await service.becomes(id, 'closed');
      await host.stop();
    },
    120_000,
  );
});
