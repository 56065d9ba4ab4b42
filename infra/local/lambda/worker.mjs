/**
 * One execution environment of one function: loads the deployed bundle and runs one event at a time.
 * Plain JavaScript, because a worker thread starts without the compiler of the main thread.
 */
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';

const { file, exportName, clockOffset, keepLog, jsonLog, region, account, namesInvocations } = workerData;
const offset = new Float64Array(clockOffset);
const RealDate = Date;
const inherited = process.emitWarning;

/** Handlers take the time from `Date`; it follows the host's clock, while timers keep to real time. */
class HostDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offset[0]);
    else super(...parts);
  }
  static now() {
    return Math.floor(RealDate.now() + offset[0]);
  }
  static [Symbol.hasInstance](value) {
    return value instanceof RealDate;
  }
}
Object.defineProperty(HostDate, 'name', { value: 'Date' });
globalThis.Date = new Proxy(HostDate, { apply: () => new HostDate().toString() });
HostDate.prototype.constructor = globalThis.Date;

// The SDK warns in every worker that its next year wants a newer Node.
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).includes('AWS SDK for JavaScript')) inherited.call(process, warning, ...rest);
};

let requestId = '';
let logBytes = 0;
let log = '';

function write(line) {
  logBytes += Buffer.byteLength(line);
  if (log.length < keepLog) log += line;
}

for (const [method, level] of [
  ['trace', 'TRACE'],
  ['debug', 'DEBUG'],
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
]) {
  console[method] = (...args) => {
    const timestamp = new HostDate().toISOString();
    if (!jsonLog) return write(`${timestamp}\t${requestId}\t${level}\t${format(...args)}\n`);
    const message = args.length === 1 && typeof args[0] === 'object' ? args[0] : format(...args);
    return write(`${JSON.stringify({ timestamp, level, requestId, message })}\n`);
  };
}
// What console.dir and direct writers print goes the same way.
process.stdout.write = (chunk) => (write(String(chunk)), true);
process.stderr.write = (chunk) => (write(String(chunk)), true);

if (namesInvocations) {
  const http = process.getBuiltinModule('node:http');
  const plain = http.request;
  http.request = (...args) => {
    const outgoing = plain(...args);
    outgoing.setHeader('x-laptop-invocation', requestId);
    return outgoing;
  };
}

function shapeOf(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: format(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function contextOf(call) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: `arn:aws:lambda:${region}:${account}:function:${process.env.AWS_LAMBDA_FUNCTION_NAME}`,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: call.requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, call.deadline - RealDate.now()),
  };
}

let handler;
const initStarted = performance.now();
try {
  const bundle = await import(pathToFileURL(file).href);
  handler = bundle[exportName];
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`index.${exportName} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    });
  }
  const init = performance.eventLoopUtilization();
  parentPort.postMessage({ ready: true, initMs: performance.now() - initStarted, busyMs: init.active });
} catch (error) {
  parentPort.postMessage({ ready: false, error: shapeOf(error) });
  throw error;
}

parentPort.on('message', async (call) => {
  requestId = call.requestId;
  process.env._X_AMZN_TRACE_ID = `Root=1-${call.requestId.replaceAll('-', '').slice(0, 32)}`;
  const before = performance.eventLoopUtilization();
  let answer;
  try {
    const result = await handler(JSON.parse(call.event), contextOf(call));
    answer = { payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    const shape = shapeOf(error);
    write(`${new HostDate().toISOString()}\t${requestId}\tERROR\tInvoke Error\t${JSON.stringify(shape)}\n`);
    answer = { error: shape };
  }
  const busyMs = performance.eventLoopUtilization(before).active;
  parentPort.postMessage({ requestId, ...answer, logBytes, log, busyMs });
  logBytes = 0;
  log = '';
});
