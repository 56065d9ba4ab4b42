import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleProduction, projectRoot, type Overlay } from './bundle';
import type { Production } from './cloud';
import { load, running } from './globals';
import { loadMachines, type HostParts } from './machines';
import { environment } from './settings';

/** Bundles and loads the production code, with other text for some of its files where a mutant asks for it. */
export async function loadProduction(overlay: Overlay = new Map()): Promise<Production> {
  Object.assign(process.env, environment);
  const parts = load(await bundleProduction(overlay));
  const clock = {
    now: () => running().world.now,
    at: (time: number, go: () => void) => running().world.at(time, go),
  };
  return { parts, machines: loadMachines(parts as unknown as HostParts, clock, overlay) };
}

/** The present text of a file of the project. */
export const readSource = (file: string): Promise<string> => readFile(join(projectRoot, file), 'utf8');
