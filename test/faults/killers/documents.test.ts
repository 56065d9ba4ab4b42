/** Threads about the document that reverses an invoice: written twice, over too much, or with a number that is missing. */
import { cancel, DAY, useWorld, type End } from './story';

const world = useWorld();

const notes = ({ all }: End) => [...all.creditNotes].map(({ note }) => note).sort((a, b) => a.number - b.number);

describe('A credit note', () => {
  it('of a whole refund is one, although the provider tells of it as well, twice and early (magento/magento2#24149)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'webhooks', { send: 'before-reply', copies: 2 });
        return stage.place('north', '1001', { lines: [{ quantity: 2, tax: 399 }] });
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(end.statuses).toEqual(['closed']);
    expect(notes(end)).toMatchObject([{ number: 1, total: 2_399, lines: [{ net: 2_000, tax: 399 }] }]);
    expect(end.heard(end.placed).filter((type) => type === 'credit_note.issued')).toHaveLength(1);
  });

  it('is over its own cancellation, and not over those before it once more (shopware/shopware#11381)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 3, tax: 601 }, { id: 'b' }] }),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1', { a: 1 });
          await customer.pause(DAY);
          await cancel(customer, story.order, 'k2', { a: 1 });
          await customer.pause(DAY);
          await cancel(customer, story.order, 'k3');
        }),
    );
    expect(
      notes(end).map(({ number, lines }) => [number, ...lines.map(({ lineId, amount }) => `${lineId} ${amount}`)]),
    ).toEqual([
      [1, 'a 1201'],
      [2, 'a 1200'],
      [3, 'a 1200', 'b 1000'],
    ]);
  });

  it('whose job dies again and again is issued all the same, and no number is left out (getlago/lago-api#6257)', async () => {
    const end = await world.tell(
      async (stage) => [
        await stage.place('north', '1001', {}),
        await stage.place('north', '1002', { lines: [{ quantity: 3 }] }),
      ],
      (story) => {
        story.customer(async (customer) => void (await cancel(customer, story.order, 'k1')));
        story.customer(async (customer) => {
          await customer.pause(DAY);
          await cancel(customer, story.orders[1] ?? story.order, 'k2');
        }, 'neighbour');
      },
      { strikes: [{ label: 'invoke issue-credit-notes', kind: 'crash_before', times: 4 }] },
    );
    expect(notes(end).map(({ number, total }) => [number, total])).toEqual([
      [1, 2_000],
      [2, 3_000],
    ]);
  });
});
