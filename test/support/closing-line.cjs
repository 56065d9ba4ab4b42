/** Last line of a run in the plain form that any log reader can count: "N passed, N failed, N skipped". */
class ClosingLine {
  onRunComplete(_contexts, result) {
    const brokenSuites = result.testResults.filter((suite) => suite.testExecError || suite.failureMessage && suite.numFailingTests === 0).length;
    const skipped = result.numPendingTests + result.numTodoTests;
    // Jest's own summary goes to stderr; give it the time of one tick so that this line is the last.
    setImmediate(() => process.stdout.write(`${result.numPassedTests} passed, ${result.numFailedTests + brokenSuites} failed, ${skipped} skipped\n`));
  }
}
module.exports = ClosingLine;
