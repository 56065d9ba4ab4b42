/** `npm run replay`: the real cancellations of a real shop, over HTTP, judged to the penny. */
import { command } from './command';

// What is to be seen on stderr is progress, not which Node the SDK will want next year.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

void command(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
