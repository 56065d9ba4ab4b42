import { KeptTokens, type Token } from '../../shared/adapters/kept-tokens';
import type { Connection } from '../../shared/ports/connections';

const connection: Connection = { id: 'con_1', tenant: 't1', provider: 'ups', apiKey: 'one', webhookSecrets: [] };
let now: number;
let asked: string[];
let answers: (() => Promise<Token>)[];
const tokens = (): KeptTokens =>
  new KeptTokens(
    ({ apiKey }) => {
      asked.push(apiKey);
      return answers.shift()?.() ?? Promise.resolve({ text: `token ${asked.length}`, until: now + 3_600_000 });
    },
    () => now,
  );
beforeEach(() => {
  now = 0;
  asked = [];
  answers = [];
});

describe('a token', () => {
  test('is kept until a minute before its end', async () => {
    const kept = tokens();
    expect(await kept.of(connection)).toBe('token 1');
    now = 3_540_000 - 1;
    expect(await kept.of(connection)).toBe('token 1');
    now += 1;
    expect(await kept.of(connection)).toBe('token 2');
  });

  test('is asked for once by those who ask at the same time, also for the second one', async () => {
    const kept = tokens();
    const three = () => Promise.all([1, 2, 3].map(() => kept.of(connection)));
    expect(await three()).toEqual(['token 1', 'token 1', 'token 1']);
    now = 3_600_000;
    expect(await three()).toEqual(['token 2', 'token 2', 'token 2']);
  });

  test('of a rotated secret is another one', async () => {
    const kept = tokens();
    await kept.of(connection);
    await kept.of({ ...connection, apiKey: 'two' });
    expect(asked).toEqual(['one', 'two']);
  });

  test('that was refused is dropped, and its successor stays', async () => {
    const kept = tokens();
    const first = await kept.of(connection);
    await kept.drop(connection, first);
    expect(await kept.of(connection)).toBe('token 2');
    await kept.drop(connection, first);
    expect(await kept.of(connection)).toBe('token 2');
  });

  test('that could not be had is not remembered', async () => {
    const kept = tokens();
    answers = [() => Promise.reject(new Error('down'))];
    await expect(Promise.all([kept.of(connection), kept.of(connection)])).rejects.toThrow('down');
    expect(await kept.of(connection)).toBe('token 2');
  });
});
