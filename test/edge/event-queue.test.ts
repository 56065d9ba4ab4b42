import { eventQueueHandler, type HeardEvent } from '../../shared/edge/event-queue';

const event = (id: string): HeardEvent => ({
  id,
  type: 'cancellation.closed',
  tenant: 't1',
  orderId: 'ord_1',
  data: { cancellation: { id: 'can_1' } },
});
/** A message as the bus puts it into a queue. */
const message = (id: string, detail: object = event(id)) => ({
  messageId: id,
  body: JSON.stringify({ version: '0', source: 'order-cancellation', 'detail-type': 'cancellation.closed', detail }),
});

let heard: string[];
beforeEach(() => {
  heard = [];
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => jest.restoreAllMocks());

async function failedOf(records: readonly object[]): Promise<readonly string[]> {
  const handler = eventQueueHandler({
    ports: () => ({ refused: 'evt_bad' }),
    handle: ({ id }, { refused }) => {
      heard.push(id);
      return id === refused ? Promise.reject(new Error('not now')) : Promise.resolve();
    },
  });
  const { batchItemFailures } = await handler({ Records: records } as never, {} as never);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

describe('A batch of messages', () => {
  test('is heard message by message, in its order', async () => {
    expect(await failedOf([message('evt_1'), message('evt_2')])).toEqual([]);
    expect(heard).toEqual(['evt_1', 'evt_2']);
  });

  test('gives back the one that failed, and no other', async () => {
    expect(await failedOf([message('evt_1'), message('evt_bad'), message('evt_2')])).toEqual(['evt_bad']);
    expect(heard).toEqual(['evt_1', 'evt_bad', 'evt_2']);
  });

  test.each([
    ['no JSON', { messageId: 'evt_x', body: '{' }],
    ['no event', { messageId: 'evt_x', body: '{}' }],
    ['an event without its tenant', message('evt_x', { ...event('evt_x'), tenant: undefined })],
  ])('gives back what is %s, and does not act on it', async (_what, broken) => {
    expect(await failedOf([message('evt_1'), broken, message('evt_2')])).toEqual(['evt_x']);
    expect(heard).toEqual(['evt_1', 'evt_2']);
  });

  test('says in the log what failed, without what the message said', async () => {
    await failedOf([message('evt_bad')]);
    const said = (console.error as jest.Mock).mock.calls.flat().join();
    expect(said).toContain('message_failed');
    expect(said).toContain('evt_bad');
    expect(said).not.toContain('ord_1');
  });
});
