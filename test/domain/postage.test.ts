import { postageAfter, type Postage, type PostageWord } from '../../shared/domain/postage';

test.each<[Postage | undefined, 'none' | PostageWord | undefined, Postage | undefined]>([
  [undefined, undefined, undefined],
  [undefined, 'none', undefined],
  [undefined, 'submitted', 'submitted'],
  [undefined, 'refunded', 'refunded'],
  ['submitted', 'submitted', undefined],
  ['submitted', 'none', undefined],
  ['submitted', 'refunded', 'refunded'],
  ['submitted', 'rejected', 'rejected'],
  ['rejected', 'submitted', undefined],
  ['rejected', 'refunded', 'refunded'],
  ['overdue', 'submitted', undefined],
  ['overdue', 'refunded', 'refunded'],
  ['overdue', 'rejected', 'rejected'],
  ['untold', 'none', undefined],
  ['untold', 'submitted', 'submitted'],
  ['untold', 'refunded', 'refunded'],
  ['refunded', 'submitted', undefined],
  ['refunded', 'rejected', undefined],
])('postage that is %s and told of as %s becomes %s', (known, told, expected) =>
  expect(postageAfter(known, told)).toBe(expected),
);
