/**
 * Time passes. A stage never sleeps: `start-missed` comes by every minute, `redrive-parked` and `reconcile` less often.
 * Rounds that would find nothing are left out, so that a wait of days is not ten thousand calls.
 */
import type { FaultKind } from '../plan';
import type { Cloud } from '../world/cloud';
import { fromItem } from '../../../shared/adapters/dynamodb/cancellation-item';
import { tableNames } from '../world/settings';

const MINUTE = 60_000;
const kinds: readonly FaultKind[] = ['dropped', 'duplicated'];

export async function letTimePass(cloud: Cloud): Promise<void> {
  const { world } = cloud;
  const due = (): number | undefined => earliestDue(cloud);
  world.alarm = due;
  for (let round = 0; round < 400; round += 1) {
    await world.rest();
    if (over(cloud)) return;
    if (!world.rang) break;
    tick(cloud, 'start-missed');
  }
  world.alarm = undefined;
  // What no single message may be needed for: later everything is looked at once more, and again after a round that failed.
  for (const name of ['redrive-parked', 'reconcile', 'redrive-parked'] as const) {
    for (let round = 0; round === 0 || (world.roundWasStruck && round < 12); round += 1) {
      world.begin(`${name} ${round}`);
      world.now += 15 * MINUTE;
      tick(cloud, name);
      await world.rest();
      if (over(cloud)) return;
    }
  }
  world.alarm = due;
  for (let round = 0; round < 40; round += 1) {
    await world.rest();
    if (over(cloud) || !world.rang) return;
    tick(cloud, 'start-missed');
  }
  world.endless = 'start-missed finds something to start again and again';
}

const over = ({ world }: Cloud): boolean => world.endless !== undefined || world.prunedAt !== undefined;

/** The first minute at which `start-missed` will find something, if nothing else happens. */
function earliestDue(cloud: Cloud): number | undefined {
  let earliest = Infinity;
  for (const item of cloud.tables.items(tableNames.orders)) {
    const { openPk, openSk } = item as { openPk?: string; openSk?: string };
    if (openPk === undefined || openSk === undefined || !openPk.startsWith('DUE#')) continue;
    const { leaseUntil } = fromItem(item).run;
    earliest = Math.min(earliest, Math.max(Date.parse(openSk.slice(0, 24)), Date.parse(leaseUntil)));
  }
  if (earliest === Infinity) return undefined;
  return Math.ceil((Math.max(earliest, cloud.world.now) + 1) / MINUTE) * MINUTE;
}

/** One round of a schedule. */
export function tick(cloud: Cloud, name: string): void {
  cloud.world.enter(undefined, { label: `schedule ${name}`, effect: true, kinds }, 0, (kind) => {
    if (kind === 'dropped') return;
    void cloud.invoker.invoke(name, {});
    if (kind === 'duplicated') void cloud.invoker.invoke(name, {});
  });
}
