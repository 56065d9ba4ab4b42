import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Instant } from '../domain/time';
import { now } from '../wiring';
import { log } from './log';

export interface Schedule<Ports> {
  ports: () => Ports;
  handle(ports: Ports, now: Instant): Promise<Readonly<Record<string, unknown>>>;
}

/** The stack of every scheduled function: what it did is one log line. */
export function scheduleHandler<Ports>(schedule: Schedule<Ports>) {
  return middy<unknown, Readonly<Record<string, unknown>>, Error, Context>().handler(async () => {
    const done = await schedule.handle(schedule.ports(), now());
    if (Object.values(done).some((value) => value !== 0)) log('info', { event: 'schedule', ...done });
    return done;
  });
}
