/** Schedule expressions and input transformers, as plain functions. */
import { applyInput } from '../../../infra/local/events/input';
import { parseSchedule } from '../../../infra/local/events/schedule-expression';
import { UnsupportedResource } from '../../../infra/local/unsupported';

const at = (text: string): number => Date.parse(text);

describe('a schedule expression', () => {
  it.each([
    ['rate(5 minutes)', '2026-03-01T00:07:00Z', '2026-03-01T00:10:00Z'],
    ['rate(1 day)', '2026-03-01T00:07:00Z', '2026-03-02T00:00:00Z'],
    ['cron(0 10 * * ? *)', '2026-03-01T10:00:00Z', '2026-03-02T10:00:00Z'],
    ['cron(15 12 ? * MON-FRI *)', '2026-03-06T13:00:00Z', '2026-03-09T12:15:00Z'],
    // Sunday is 1 on AWS: 2 is Monday.
    ['cron(0 8 ? * 2 *)', '2026-03-01T00:00:00Z', '2026-03-02T08:00:00Z'],
    ['cron(0/10 * ? * * *)', '2026-03-01T00:01:00Z', '2026-03-01T00:10:00Z'],
    ['cron(0 0 1 1 ? 2028)', '2026-03-01T00:00:00Z', '2028-01-01T00:00:00Z'],
    ['at(2026-05-01T10:00:00)', '2026-03-01T00:00:00Z', '2026-05-01T10:00:00Z'],
  ])('%s after %s falls due at %s', (expression, after, due) => {
    const next = parseSchedule(expression)(at(after), at('2026-03-01T00:00:00Z'));
    expect(new Date(next ?? 0).toISOString()).toBe(new Date(due).toISOString());
  });

  it('keeps to its time zone over the change to summer time', () => {
    const next = parseSchedule('cron(0 9 * * ? *)', 'Europe/Berlin');
    expect(new Date(next(at('2026-03-28T09:00:00Z'), 0) ?? 0).toISOString()).toBe('2026-03-29T07:00:00.000Z');
  });

  it('at() falls due once', () => {
    expect(parseSchedule('at(2026-05-01T10:00:00)')(at('2026-05-01T10:00:00Z'), 0)).toBeUndefined();
  });

  it.each(['rate(0 minutes)', 'every day', 'cron(0 10 * * ?)', 'cron(0 10 ? * 6L *)'])(
    '%s is refused',
    (expression) => {
      expect(() => parseSchedule(expression)).toThrow(UnsupportedResource);
    },
  );
});

describe('the input of a target', () => {
  const event = { time: '2026-03-01T00:00:00Z', detail: { id: 'o"1', lines: [{ sku: 'A' }], total: 12 } };
  const transform = (template: string): string =>
    applyInput(
      {
        transformer: {
          paths: { id: '$.detail.id', sku: '$.detail.lines[0].sku', total: '$.detail.total', none: '$.nope' },
          template,
        },
      },
      event,
      'arn:aws:events:x:1:rule/r',
    );

  it('is JSON outside quotes and escaped text inside', () => {
    expect(transform('{"id":<id>,"note":"order <id> of <sku>","total":<total>}')).toBe(
      '{"id":"o\\"1","note":"order o\\"1 of A","total":12}',
    );
  });

  it('is plain text where the template is none', () => {
    expect(transform('order <sku> costs <total>')).toBe('order A costs 12');
  });

  it('may be a part of the event, or a constant', () => {
    expect(applyInput({ inputPath: '$.detail.lines' }, event, '')).toBe('[{"sku":"A"}]');
    expect(applyInput({ input: '{"a":1}' }, event, '')).toBe('{"a":1}');
  });
});
