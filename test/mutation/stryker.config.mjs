/** What `npm run mutation` changes and who has to notice. */

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['shared/domain/**/*.ts'],
  testRunner: 'jest',
  jest: { configFile: 'test/mutation/jest.config.cjs' },
  plugins: ['@stryker-mutator/jest-runner'],
  // Each change meets only the tests that come by it.
  coverageAnalysis: 'perTest',
  // The tables (transitions, refusals, currencies, the default policy) are the domain's rules as much as its functions
  // are. They are read when a module loads, so each of their changes meets every test; that is worth its minutes.
  ignoreStatic: false,
  // A change that is never done counts as noticed; one that only waits for a busy machine must not.
  timeoutMS: 30_000,
  // What the tests of the domain read; the rest is not copied.
  ignorePatterns: ['/*', '!shared', '!test', '!infra', '!functions', '!state-machines', '!docs', '!*.json', '!*.cjs'],
  tempDirName: 'dist/mutation/work',
  reporters: ['json', 'html', 'progress'],
  jsonReporter: { fileName: 'dist/mutation/report.json' },
  htmlReporter: { fileName: 'dist/mutation/report.html' },
  thresholds: { high: 95, low: 90, break: 90 },
  logLevel: 'warn',
  allowConsoleColors: false,
};
