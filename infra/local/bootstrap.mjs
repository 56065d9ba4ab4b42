/**
 * First step of every `npm run` command, before any package is there: checks Node's version, installs what the lock
 * file says if it is missing or older, and hands over to the command's programs with the same arguments and signals.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from '../commands.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const wanted = [20, 19];

function nodeIsOldEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

/** npm writes this file at the end of every install. */
const installed = join(root, 'node_modules', '.package-lock.json');

function isInstalled() {
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return true;
  // A fresh checkout dates the lock file later without changing it: compare what is in it.
  try {
    const want = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
    const same = Object.entries(want).every(
      ([path, { version, optional }]) => !path || optional || have[path]?.version === version,
    );
    if (same) utimesSync(installed, new Date(), new Date());
    return same;
  } catch {
    return false;
  }
}

/** Runs a command to its end; signals go on to it. */
function run(command, args, options) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, ...options });
    const forward = (signal) => child.kill(signal);
    process.on('SIGTERM', forward);
    // A terminal sends Ctrl-C to both; from elsewhere only this process gets it.
    process.on('SIGINT', process.stdin.isTTY ? () => undefined : forward);
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      done(1);
    });
    child.on('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

async function main() {
  if (!nodeIsOldEnough()) {
    process.stderr.write(`This needs Node ${wanted.join('.')} or newer; it is running on ${process.versions.node}.\n`);
    return 1;
  }
  if (!isInstalled()) {
    process.stderr.write('Installing packages (npm ci) ...\n');
    const code = await run(
      process.platform === 'win32' ? 'npm.cmd' : 'npm',
      ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    if (code !== 0) {
      process.stderr.write('The packages could not be installed; see the lines above.\n');
      return code;
    }
  }
  const [command = 'start', ...rest] = process.argv.slice(2);
  const programs = Object.hasOwn(commands, command) ? commands[command](rest) : undefined;
  if (!programs) {
    process.stderr.write(`There is no command "${command}"; there are ${Object.keys(commands).join(', ')}.\n`);
    return 1;
  }
  for (const program of programs) {
    const code = await run(process.execPath, program, { stdio: 'inherit' });
    if (code !== 0) return code;
  }
  return 0;
}

process.exitCode = await main();
