import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import digests from '../../../shared/domain/law/digests.json';
import { gapsOf } from '../../../shared/domain/law/fields';
import { isZone } from '../../../shared/domain/law/local-date';
import jurisdictions from '../../../shared/domain/law/jurisdictions.json';
import { recordFiles, recordsFor, statutoryRecords, type Contract } from '../../../shared/domain/law/records';

const chosen = (contract: Contract): string[] => recordsFor(contract).map(({ id, version }) => `${id}.${version}`);

describe('a contract is judged by', () => {
  test.each<[string, Contract, string[]]>([
    ['the EU, in a member state', { market: 'DE', contractDate: '2026-11-22' }, ['eu-crd-withdrawal.2']],
    ['the EU itself', { market: 'EU', contractDate: '2026-11-22' }, ['eu-crd-withdrawal.2']],
    ['the last day of a version', { market: 'FR', contractDate: '2026-06-18' }, ['eu-crd-withdrawal.1']],
    ['the first day of the next', { market: 'FR', contractDate: '2026-06-19' }, ['eu-crd-withdrawal.2']],
    [
      'its local date, a minute before midnight',
      { market: 'DE', contractDate: '2026-06-18T21:59:59.999Z' },
      ['eu-crd-withdrawal.1'],
    ],
    [
      'its local date, at midnight',
      { market: 'DE', contractDate: '2026-06-18T22:00:00.000Z' },
      ['eu-crd-withdrawal.2'],
    ],
    [
      'both versions, where the zone would tell and is not named',
      { market: 'PT', contractDate: '2026-06-18T23:30:00.000Z' },
      ['eu-crd-withdrawal.1', 'eu-crd-withdrawal.2'],
    ],
    [
      'the one of its zone',
      { market: 'PT', contractDate: '2026-06-18T23:30:00.000Z', zone: 'Atlantic/Azores' },
      ['eu-crd-withdrawal.1'],
    ],
    [
      'both versions, where the member state is not named',
      { market: 'EU', contractDate: '2026-06-18T21:30:00.000Z' },
      ['eu-crd-withdrawal.1', 'eu-crd-withdrawal.2'],
    ],
    ['the day before the law began: nothing', { market: 'DE', contractDate: '2014-06-12' }, []],
    [
      'the seven days before the implementing regulation',
      { market: 'CN', contractDate: '2024-06-30T15:59:59.999Z' },
      ['cn-seven-day-return.1'],
    ],
    ['and with it', { market: 'CN', contractDate: '2024-06-30T16:00:00.000Z' }, ['cn-seven-day-return.2']],
    ['the UK', { market: 'GB', contractDate: '2026-11-22' }, ['uk-ccr-cancellation.1']],
    ['the US', { market: 'US', contractDate: '2026-11-22T03:00:00.000Z' }, ['us-mitor-delay.1']],
    ['South Korea', { market: 'KR', contractDate: '2026-11-22' }, ['kr-ecommerce-withdrawal.1']],
    ['Brazil', { market: 'BR', contractDate: '2026-11-22' }, ['br-cdc-regret.1']],
    ['Japan', { market: 'JP', contractDate: '2026-11-22' }, ['jp-default-return.1']],
    ['India', { market: 'IN', contractDate: '2026-11-22' }, ['in-ecommerce-fee.1']],
    ['Australia', { market: 'AU', contractDate: '2026-11-22' }, ['au-change-of-mind.1']],
    ['nothing that is recorded', { market: 'CH', contractDate: '2026-11-22' }, []],
    ['nothing, where the market is no place', { market: 'toString', contractDate: '2026-11-22T03:00:00.000Z' }, []],
  ])('%s: %p', (_what, contract, records) => expect(chosen(contract)).toEqual(records));

  test('a zone that there is not is a mistake of the caller', () => {
    const contract = { market: 'DE', contractDate: '2026-06-18T22:00:00.000Z', zone: 'Europe/Atlantis' };
    expect(() => recordsFor(contract)).toThrow('Not a zone of the IANA database: Europe/Atlantis');
  });
});

test('the places have zones that exist, and the union has twenty-seven members', () => {
  const zones = Object.values(jurisdictions).flatMap((place) => ('zones' in place ? place.zones : []));
  expect(zones.filter((zone) => !isZone(zone))).toEqual([]);
  expect(jurisdictions.EU.members).toHaveLength(27);
  expect(jurisdictions.EU.members.filter((member) => !Object.hasOwn(jurisdictions, member))).toEqual([]);
});

describe('what was published', () => {
  const published: Readonly<Record<string, string>> = digests;
  const folder = join(__dirname, '..', '..', '..', 'shared', 'domain', 'law', 'records');

  test('is every file of the folder, and only those', () => {
    expect(recordFiles.map(({ file }) => file)).toEqual(readdirSync(folder).toSorted());
    expect(Object.keys(published).toSorted()).toEqual(recordFiles.map(({ file }) => file));
  });

  test.each(recordFiles)('$file stays as it was', ({ file, json }) => {
    // Of what it says, not of its layout.
    const digest = createHash('sha256').update(JSON.stringify(json)).digest('hex');
    const told =
      published[file] === digest
        ? 'as published'
        : `"${file}": "${digest}" is not what was published. Undo the change and publish it as the next ` +
          'version, which says in "replaces" what it corrects. Only a version that is new gets this line in ' +
          'shared/domain/law/digests.json.';
    expect(told).toBe('as published');
  });
});

test('what nobody has verified is a gap, and what the law leaves out is none', () => {
  const gaps = Object.fromEntries(statutoryRecords().map((one) => [`${one.id}.${one.version}`, gapsOf(one)]));
  expect(gaps['eu-crd-withdrawal.2']).toEqual(
    expect.arrayContaining(['/window/lastDayRolls', '/exceptions/12/condition', '/ux/label/nl']),
  );
  expect(gaps['eu-crd-withdrawal.1']).not.toContain('/ux/label');
  expect(gaps['kr-ecommerce-withdrawal.1']).toContain('/window/firstDay');
  expect(gaps['au-change-of-mind.1']).not.toContain('/window');
});
