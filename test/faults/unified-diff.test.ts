import { applyDiff } from './unified-diff';

const text = ['one', 'two', 'three', 'four', 'five', 'six'].join('\n');
const apply = async (hunk: string, to = text): Promise<string | undefined> =>
  (await applyDiff(`--- a/x.ts\n+++ b/x.ts\n${hunk}\n`, () => Promise.resolve(to))).get('x.ts');

test('lines are replaced where the diff says', async () =>
  expect(await apply('@@ -2,3 +2,3 @@\n two\n-three\n+3\n four')).toBe(text.replace('three', '3')));

test('a hunk that has moved is found again', async () =>
  expect(await apply('@@ -2,3 +2,3 @@\n two\n-three\n+3\n four', `zero\n\n${text}`)).toBe(
    `zero\n\n${text.replace('three', '3')}`,
  ));

test('of two places that fit the nearer one is taken', async () => {
  const twice = `${text}\n${text}`;
  expect(await apply('@@ -7,2 +7,2 @@\n one\n-two\n+2', twice)).toBe(`${text}\n${text.replace('two', '2')}`);
});

test('a line that is no longer so is named', async () =>
  expect(apply('@@ -2,3 +2,3 @@\n two\n-drei\n+3\n four')).rejects.toThrow('x.ts:3 is not: drei'));

test('a diff without files is refused', async () =>
  expect(applyDiff('nothing', () => Promise.resolve(''))).rejects.toThrow('changes no file'));
