/**
 * The production code as one script: every handler under its function's name, beside the laptop's state engine and the
 * stand-ins of the outside parties. It is what `infra/bundle.ts` bundles, with two differences: packages stay outside,
 * so that they are loaded once, and the environment of a process (time, timers, chance, the SDK's clients, sockets) is
 * handed in by the world. The adapters also say at which of their places they are when they speak to the outside.
 */
import { build, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { functions } from '../../../infra/functions';
import { withSites } from './sites';

export const projectRoot = resolve(__dirname, '../../..');

/** Other text for files of the project, by path from its root: how a mutant gets in. */
export type Overlay = ReadonlyMap<string, string>;

/**
 * What a process keeps for its life begins anew in every simulated process. The world holds the only list of what was
 * kept, and forgets it when a process dies; everything else of the file is as it is.
 */
const lifeOfAProcess = {
  file: 'shared/wiring.ts',
  from: `  let built: { value: Value } | undefined;
  return () => (built ??= { value: build() }).value;`,
  to: `  const slot = {};
  return () => globalThis.__faultWorld.kept(slot, build);`,
};

/** Ids of the stand-ins are counted by kind, so that a run is the same run every time. */
const idsOfStandIns = [
  {
    file: 'infra/local/stand-ins/stripe-ledger.ts',
    from: "return `${prefix}_${randomBytes(12).toString('hex')}`;",
    to: 'return globalThis.__faultWorld.newId(prefix);',
  },
  {
    file: 'infra/local/stand-ins/easypost-shipments.ts',
    from: "return `${prefix}_${randomBytes(16).toString('hex')}`;",
    to: 'return globalThis.__faultWorld.newId(prefix);',
  },
  {
    file: 'infra/local/stand-ins/adyen-objects.ts',
    from: "return Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('');",
    to: "return globalThis.__faultWorld.newId('PSP').replace('_', '');",
  },
  {
    file: 'infra/local/stand-ins/wechat-pay-orders.ts',
    from: "return Array.from({ length: count }, () => randomInt(10)).join('');",
    to: "return globalThis.__faultWorld.newId('wechat').slice(-6).padStart(count, '0');",
  },
];

/** The token of a wait is derived from the execution alone, so that a wait entered again is the same state. */
const tokensOfWaits = { file: 'infra/local/states/engine.ts', from: 'nonce: randomUUID(),', to: 'nonce: arn,' };

/** The script's text. @throws when a file no longer has the text that the world has to replace */
export async function bundleProduction(overlay: Overlay = new Map()): Promise<string> {
  const handlers = functions.map(
    ({ name, file }) => `exports[${JSON.stringify(name)}] = require('./${file}').handler;`,
  );
  const host = [
    `exports.Engine = require('./infra/local/states/engine').Engine;`,
    `exports.loadMachine = require('./infra/local/states/machine').loadMachine;`,
    `exports.ServiceIntegrations = require('./infra/local/integrations').ServiceIntegrations;`,
    `exports.ApiError = require('./infra/local/api-error').ApiError;`,
    `exports.stripeStandIn = require('./infra/local/stand-ins/stripe').stripeStandIn;`,
    `exports.easypostStandIn = require('./infra/local/stand-ins/easypost').easypostStandIn;`,
    `exports.adyenStandIn = require('./infra/local/stand-ins/adyen').adyenStandIn;`,
    `exports.sfExpressStandIn = require('./infra/local/stand-ins/sf-express').sfExpressStandIn;`,
    `exports.wechatPayStandIn = require('./infra/local/stand-ins/wechat-pay').wechatPayStandIn;`,
  ];
  const result = await build({
    stdin: { contents: [...handlers, ...host].join('\n'), resolveDir: projectRoot, loader: 'js' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
    plugins: [replaced(overlay)],
  });
  const [script] = result.outputFiles;
  if (script === undefined) throw new Error('esbuild wrote nothing');
  return script.text;
}

function replaced(overlay: Overlay): Plugin {
  const replacements = [lifeOfAProcess, tokensOfWaits, ...idsOfStandIns];
  const files = new Set([...overlay.keys(), ...replacements.map(({ file }) => file)]);
  return {
    name: 'replaced',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = path.slice(projectRoot.length + 1);
        const adapter = file.startsWith('shared/adapters/');
        if (!files.has(file) && !adapter) return undefined;
        let contents = overlay.get(file) ?? (await readFile(join(projectRoot, file), 'utf8'));
        for (const { from, to } of replacements.filter((one) => one.file === file)) {
          if (!contents.includes(from)) throw new Error(`${file} no longer has: ${from}`);
          contents = contents.replace(from, () => to);
        }
        return { contents: adapter ? withSites(file, contents) : contents, loader: 'ts' };
      });
    },
  };
}
