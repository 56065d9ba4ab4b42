import { compile, InvalidEventPattern } from '../../infra/local/event-pattern';

const change = {
  source: 'orders',
  'detail-type': 'Order cancelled',
  detail: {
    status: 'CANCELLED',
    total: 300,
    tags: ['late', 'paid'],
    note: null,
    lines: [{ sku: 'tent' }, { sku: 'peg' }],
  },
};

describe('a pattern matches', () => {
  test.each([
    ['the very value', { source: ['orders'] }, true],
    ['one of several values', { source: ['billing', 'orders'] }, true],
    ['all of its fields', { source: ['orders'], detail: { status: ['OPEN'] } }, false],
    ['one value of a list', { detail: { tags: ['paid'] } }, true],
    ['one object of a list', { detail: { lines: { sku: ['peg'] } } }, true],
    ['null only by null', { detail: { note: [null] } }, true],
    ['not the text of a number', { detail: { total: ['300'] } }, false],
    ['a number however it is written', { detail: { total: [300.0] } }, true],
    ['prefix', { source: [{ prefix: 'ord' }] }, true],
    ['prefix in any case', { source: [{ prefix: { 'equals-ignore-case': 'ORD' } }] }, true],
    ['suffix', { source: [{ suffix: 'ers' }] }, true],
    ['equals-ignore-case', { source: [{ 'equals-ignore-case': 'ORDERS' }] }, true],
    ['wildcard', { 'detail-type': [{ wildcard: 'Order *ed' }] }, true],
    ['wildcard with a star of its own', { source: [{ wildcard: 'ord\\*' }] }, false],
    ['numeric', { detail: { total: [{ numeric: ['>', 0, '<=', 300] }] } }, true],
    ['numeric not on text', { detail: { status: [{ numeric: ['>', 0] }] } }, false],
    ['exists', { detail: { total: [{ exists: true }], gone: [{ exists: false }] } }, true],
    ['exists only for values', { detail: [{ exists: true }] }, false],
    ['anything-but', { source: [{ 'anything-but': ['billing', 'stock'] }] }, true],
    ['anything-but an operator', { source: [{ 'anything-but': { prefix: 'ord' } }] }, false],
    ['anything-but needs something', { detail: { gone: [{ 'anything-but': 'x' }] } }, false],
    ['$or over fields', { $or: [{ source: ['billing'] }, { detail: { total: [300] } }] }, true],
    ['$or within a field', { detail: { $or: [{ status: ['OPEN'] }, { total: [1] }] } }, false],
  ])('%s', (_, pattern, expected) => {
    expect(compile(pattern)(change)).toBe(expected);
  });

  test.each([
    ['10.0.0.0/24', '10.0.0.255', true],
    ['10.0.0.0/24', '10.0.1.0', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['10.0.0.0/24', 'not an address', false],
  ])('cidr %s with %s: %s', (cidr, address, expected) => {
    expect(compile({ ip: [{ cidr }] })({ ip: address })).toBe(expected);
  });
});

test.each([
  [{}],
  [{ source: 'orders' }],
  [{ source: [] }],
  [{ source: {} }],
  [{ source: [['orders']] }],
  [{ source: [{ EXISTS: true }] }],
  [{ source: [{ prefix: 'a', suffix: 'b' }] }],
  [{ source: [{ prefix: 1 }] }],
  [{ source: [{ exists: 'yes' }] }],
  [{ source: [{ numeric: ['>', '1'] }] }],
  [{ source: [{ numeric: ['<', 5, '>', 1] }] }],
  [{ source: [{ wildcard: 'a**b' }] }],
  [{ source: [{ cidr: '10.0.0.0' }] }],
  [{ source: [{ 'anything-but': ['a', 1] }] }],
  [{ source: [{ 'anything-but': { suffix: '' } }] }],
  [{ source: [{ 'anything-but': { exists: true } }] }],
  ['source'],
])('%j is no pattern', (pattern) => {
  expect(() => compile(pattern)).toThrow(InvalidEventPattern);
});
