const { writeSync } = require('node:fs');

/**
 * Last line of a run in the plain form that any log reader can count: "N passed, N failed, N skipped".
 * Written when the process ends, because Jest itself may still speak after its reporters, of handles left open.
 */
class ClosingLine {
  onRunComplete(_contexts, result) {
    // A file that could not even be run has no failed test to show for it.
    const broken = result.testResults.filter(
      (suite) => suite.testExecError || (suite.failureMessage && suite.numFailingTests === 0),
    ).length;
    const failed = result.numFailedTests + broken;
    const skipped = result.numPendingTests + result.numTodoTests;
    process.once('exit', () => writeSync(1, `${result.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`));
  }
}
module.exports = ClosingLine;
