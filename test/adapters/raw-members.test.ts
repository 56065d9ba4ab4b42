import { dictionary, jsonValue, property, string } from 'fast-check';
import { rawMembers } from '../../shared/adapters/payments/raw-members';
import { holds } from '../support/property';

describe('the members of a JSON text as they were written', () => {
  test('are exactly the bytes between the signs', () => {
    const text = ' { "a" : {"b":[1, {"c":"}\\"\\\\"}]},"d":"x,\\u007by" , "e":-1.50e3,"f":null,"g":[ ] }\n';
    expect([...(rawMembers(text) ?? [])]).toEqual([
      ['a', '{"b":[1, {"c":"}\\"\\\\"}]}'],
      ['d', '"x,\\u007by"'],
      ['e', '-1.50e3'],
      ['f', 'null'],
      ['g', '[ ]'],
    ]);
  });

  test('say the same as the whole text, whatever it holds', () => {
    const members = dictionary(string(), jsonValue());
    holds(
      property(members, (value) => {
        for (const space of [0, 2]) {
          const text = JSON.stringify(value, undefined, space);
          const read = [...(rawMembers(text) ?? [])].map(([name, raw]) => [name, JSON.parse(raw)]);
          expect(read).toEqual(Object.entries(JSON.parse(text) as object));
        }
      }),
    );
  });

  test.each(['', '[]', 'null', '"a"', '1', '{', '{"a":1}{', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}'])(
    'are not read from %s',
    (text) => {
      expect(rawMembers(text)).toBeUndefined();
    },
  );
});
