/** What `npm run NAME -- ARGUMENTS` runs, once the packages are there: programs for node, one after the other. */

const tsx = (file, ...args) => ['--import', 'tsx', file, ...args];
const cdk = (...args) => ['node_modules/aws-cdk/bin/cdk', ...args];
/** `--stage NAME` is `-c stage=NAME` in the CDK's own words. */
const stageOf = (args) =>
  args.flatMap((each, place) =>
    each === '--stage' ? ['-c', `stage=${args[place + 1]}`] : args[place - 1] === '--stage' ? [] : [each],
  );

export const commands = {
  start: (args) => [tsx('infra/local/start.ts', ...args)],
  demo: (args) => [tsx('infra/local/demo/walk.ts', ...args)],
  conformance: (args) => [tsx('infra/local/conformance.ts', ...args)],
  replay: (args) => [tsx('bench/replay/replay.ts', ...args)],
  faults: (args) => [tsx('test/faults/main.ts', ...args)],
  bench: (args) => [tsx('bench/bench.ts', ...args)],
  mutation: (args) => [tsx('test/mutation/mutation.ts', ...args)],
  law: (args) => [tsx('infra/law/law.ts', ...args)],
  test: (args) => [['node_modules/jest/bin/jest.js', ...args]],
  check: () => [
    ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
    ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
    ['node_modules/typescript/bin/tsc', '--project', '.'],
  ],
  // Both kinds of stage, each under validation and both rule packs: a finding that is not answered for fails here.
  synth: (args) =>
    args.length > 0
      ? [cdk('synth', '--quiet', ...stageOf(args))]
      : [
          cdk('synth', '--quiet', '-c', 'stage=laptop'),
          cdk('synth', '--quiet', '-c', 'stage=production.example', '--output', 'dist/production.example'),
        ],
  deploy: (args) => [cdk('deploy', ...stageOf(args))],
  diff: (args) => [cdk('diff', ...stageOf(args))],
};
