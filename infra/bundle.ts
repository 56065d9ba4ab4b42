/**
 * Builds the code of every function, once, for AWS and for the laptop alike. CDK's own bundling cannot take plugins,
 * and each of its defaults is the slow choice; see docs/decisions/0003.
 */
import * as esbuild from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, resolve } from 'node:path';
import { functions, type FunctionDefinition } from './functions';

const projectRoot = resolve(__dirname, '..');

/** Where the stack looks for code, one directory per function. */
export const codeRoot = join(projectRoot, 'dist/functions');
/** What went into each bundle, for whoever asks why it is so large. */
export const metafile = join(projectRoot, 'dist/meta.json');

/**
 * An `import` of `node:http` makes Node read each of its exports, one of which loads a whole WebSocket client:
 * 50 ms of processor time at every cold start. Asked for through this function, a built-in costs what is used of it.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    const names = new Set(builtinModules);
    build.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      return path.startsWith('node:') || names.has(name)
        ? { path: name, namespace: 'builtin', sideEffects: false }
        : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(`node:${path}`)})`,
      loader: 'js',
    }));
  },
};

/**
 * Lambda hands credentials over as variables, and so does the laptop host. The other eleven places where the SDK would
 * look for them (profiles, single sign-on, instance metadata, ...) are 100 KB of every bundle.
 */
const credentialsFromEnvironment: Plugin = {
  name: 'credentials-from-environment',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'environment',
      namespace: 'credentials',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /.*/, namespace: 'credentials' }, ({ pluginData }) => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: pluginData as string,
    }));
  },
};

/**
 * None of our clients speaks event streams, but the SDK's core asks for them by a dynamic import. What can be asked for
 * at run time must be kept whole, with all that it shares with the rest, so that little of the core could be shaken off.
 */
const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup(build) {
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not in the bundle, see infra/bundle.ts`)});`,
    }));
  },
};

/** Packages that run nothing when they are loaded and do not say so: without this every function has all of the SDK. */
const quietPackages: Plugin = {
  name: 'quiet-packages',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/lib-dynamodb$/ }, async ({ path, pluginData: asked, ...where }) => {
      if (asked === quietPackages) return undefined;
      const found = await build.resolve(path, { ...where, pluginData: quietPackages });
      return { ...found, sideEffects: false };
    });
  },
};

/**
 * Writes `<outdir>/<name>/index.mjs` for each function.
 *
 * @throws when an entry file is missing, naming every one, or when something does not compile
 */
export async function bundle(list: readonly FunctionDefinition[], outdir: string): Promise<Metafile> {
  const missing = list.filter(({ file }) => !existsSync(join(projectRoot, file))).map(({ file }) => file);
  if (missing.length > 0) throw new Error(`Entry files of the function list are missing: ${missing.join(', ')}`);
  // What is left of a removed function must not be taken for code.
  await rm(outdir, { recursive: true, force: true });
  const result = await esbuild.build({
    entryPoints: list.map(({ name, file }) => ({ in: file, out: `${name}/index` })),
    absWorkingDir: projectRoot,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    // The lower of the two Nodes that load it: 24 on Lambda, 20 on a laptop.
    target: 'node20',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: false,
    legalComments: 'none',
    charset: 'utf8',
    metafile: true,
    logLevel: 'warning',
    plugins: [lazyBuiltins, credentialsFromEnvironment, noEventStreams, quietPackages],
  });
  return result.metafile;
}

/** Bundles the service's functions into `dist`. */
export async function bundleAll(): Promise<void> {
  const meta = await bundle(functions, codeRoot);
  await mkdir(join(metafile, '..'), { recursive: true });
  await writeFile(metafile, JSON.stringify(meta));
}
