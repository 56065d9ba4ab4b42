/** The two buses: the world's, and the laptop host's with a queue that listens. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { startLaptop } from '../../../infra/local/laptop';
import { listenerQueue, listeningAssembly } from '../../support/listening-assembly';
import { Bus } from '../world/bus';
import { World } from '../world/world';
import type { BusSubject } from './bus.contract';

export async function busInMemory(): Promise<BusSubject> {
  const world = new World({ startAt: 0, plan: [], recording: false });
  const bus = new Bus(world, [], () => undefined);
  let refusing = false;
  return {
    busName: 'bus',
    put: async (entries) => {
      const answer = refusing ? bus.putAllButLast(entries) : bus.put(entries);
      refusing = false;
      await world.rest();
      return answer;
    },
    refuseLast: () => {
      refusing = true;
    },
    heard: () => Promise.resolve(bus.events),
    stop: () => Promise.resolve(),
  };
}

export async function busOnLaptop(): Promise<BusSubject> {
  const laptop = await startLaptop({ assembly: await listeningAssembly(), port: 0 });
  const client = new EventBridgeClient({
    region: 'eu-central-1',
    endpoint: laptop.baseUrl,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const queue = [...laptop.queues.all()].find(({ settings }) => settings.name.includes(listenerQueue));
  return {
    busName: busOf(laptop.outputs),
    put: async (entries) => {
      const answer = await client.send(new PutEventsCommand({ Entries: [...entries] as never }));
      await laptop.idle();
      return answer as never;
    },
    refuseLast: () => void laptop.faults.add({ service: 'events', operation: 'PutEvents', kind: 'partial' }),
    heard: () =>
      Promise.resolve((queue?.peek() ?? []).map(({ body }) => (JSON.parse(body) as { detail: unknown }).detail)),
    stop: async () => {
      client.destroy();
      await laptop.close();
    },
  };
}

function busOf(outputs: Readonly<Record<string, string>>): string {
  const found = Object.entries(outputs).find(([name]) => /bus/i.test(name))?.[1];
  if (found === undefined) throw new Error(`No output names the bus: ${Object.keys(outputs).join(', ')}`);
  return found;
}
