const { createEmptyTestResult } = require('@jest/test-result');
const { default: circus } = require('jest-circus/runner');

/** What Jest takes for a file in which something was skipped; one without any test it takes for broken. */
const notNeeded = (testFilePath) => ({
  ...createEmptyTestResult(),
  testFilePath,
  numPendingTests: 1,
  testResults: [
    { ancestorTitles: [], failureMessages: [], fullName: 'not needed', status: 'pending', title: 'not needed' },
  ],
});

let noticed;

/**
 * Jest's own runner, until one file has noticed the change: the others need not run then. Jest can stop at the first
 * failure only when it is called from the command line, and most of the time would go there.
 */
module.exports = async function untilNoticed(globalConfig, config, environment, runtime, path, ...more) {
  // Stryker's number of the change it has made; absent while it looks which test comes by which place.
  const change = process.env.__STRYKER_ACTIVE_MUTANT__;
  if (change !== undefined && change === noticed) return notNeeded(path);
  const result = await circus(globalConfig, config, environment, runtime, path, ...more);
  if (change !== undefined && result.numFailingTests > 0) noticed = change;
  return result;
};
