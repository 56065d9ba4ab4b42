/** `npm run replay`: the real cancellations of a real shop, over HTTP, judged to the penny. */
import { command } from './command';

void command(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
