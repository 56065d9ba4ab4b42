/** The two doors: the gateway of the world in memory, and the port of the laptop host. */
import { pascalCase } from '../../../infra/functions';
import { startLaptop } from '../../../infra/local/laptop';
import { outsideParties } from '../../../infra/local/parties';
import { ask } from '../../support/api-client';
import { listeningAssembly } from '../../support/listening-assembly';
import { Client } from '../world/client';
import { Cloud, startOfTime } from '../world/cloud';
import { throttled } from '../world/invoker';
import { loadProduction } from '../world/production';
import type { ApiAnswer } from '../world/gateway';
import type { DoorSubject } from './door.contract';

export async function doorInMemory(): Promise<DoorSubject> {
  const cloud = new Cloud({ production: await loadProduction(), plan: [] });
  await cloud.start();
  const ends: { name: string; errorType: string }[] = [];
  const invoke = cloud.invoker.invoke.bind(cloud.invoker);
  cloud.invoker.invoke = (name, event) => {
    const at = ends.findIndex((one) => one.name === name);
    const [end] = at < 0 ? [] : ends.splice(at, 1);
    if (end === undefined) return invoke(name, event);
    return Promise.resolve({ error: { errorType: end.errorType, errorMessage: end.errorType } });
  };
  return {
    tenant: 'north',
    now: new Date(startOfTime),
    ask: async (request) => {
      let answer: ApiAnswer | 'none' = 'none';
      const { world, gateway } = cloud;
      const nobody = { tenant: 'north', role: 'customer', sub: 'contract' };
      const client = new Client(cloud, 'contract', nobody);
      client.begin(async () => {
        answer = await gateway.request(client.process, request, 1);
      });
      // As long as an answer takes: time would go on to the end of every story.
      const until = world.now + 5_000;
      world.alarm = () => until;
      await world.rest();
      if (answer === 'none') throw new Error('There was no answer.');
      return answer;
    },
    next: (name, end) => void ends.push({ name, errorType: end === 'dies' ? 'Runtime.ExitError' : throttled }),
    stop: () => Promise.resolve(),
  };
}

export async function doorOnLaptop(): Promise<DoorSubject> {
  const laptop = await startLaptop({
    assembly: await listeningAssembly(),
    port: 0,
    now: startOfTime,
    ...outsideParties(),
  });
  return {
    tenant: 'demo',
    now: new Date(startOfTime),
    ask: async ({ method, path, query, claims, headers, body }) => {
      const text = new URLSearchParams(query).toString();
      const { status, body: told } = await ask<ApiAnswer['body']>(laptop.baseUrl, {
        method,
        path: text === '' ? path : `${path}?${text}`,
        ...(claims === undefined ? {} : { token: await laptop.token({ ...claims }) }),
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      return { status, body: told };
    },
    next: (name, end) => {
      const kind = end === 'dies' ? 'timeout-before' : 'throttle';
      laptop.faults.add({ service: 'lambda', kind, function: pascalCase(name) });
    },
    stop: () => laptop.close(),
  };
}
