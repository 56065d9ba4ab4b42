/** The queues of the world in memory are bounded as the template bounds them. */
import { functions } from '../../../infra/functions';
import { assembly } from '../../../infra/local/assembly';
import { readAssembly } from '../../../infra/local/template/assembly-reader';
import { buildModel } from '../../../infra/local/template/model';
import { bounds } from '../world/listeners';

const listeners = functions.filter(({ trigger }) => trigger.kind === 'event');

test('there is a queue for each listener, bounded as in the world', async () => {
  const model = buildModel(readAssembly(await assembly()), 'http://127.0.0.1');
  const queues = model
    .ofType('AWS::SQS::Queue')
    .map(({ properties }) => properties as unknown as Queue)
    .filter(({ RedrivePolicy }) => RedrivePolicy !== undefined);
  expect(
    queues.map(({ VisibilityTimeout, RedrivePolicy }) => [VisibilityTimeout, RedrivePolicy?.maxReceiveCount]),
  ).toEqual(listeners.map(({ timeoutSeconds }) => [bounds.hiddenFor * timeoutSeconds, bounds.mostReceived]));
});

interface Queue {
  readonly VisibilityTimeout?: number;
  readonly RedrivePolicy?: { readonly maxReceiveCount: number };
}
