/** What every carrier promises to the flows, whatever it speaks; what only one of them has is in its own test. */
import { recordOfCarrier, type CarrierName } from '../../shared/domain/carrier';
import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import type { Carrier, Interception, InterceptionWish, Label, ParcelPosition } from '../../shared/ports/carrier';
import type { Connection } from '../../shared/ports/connections';
import type { StandIn } from '../../infra/local/stand-in';
import { list, record, type Json } from '../../infra/local/json';
import { mount, type Mounted } from '../support/mounted-stand-in';

export interface CarrierUnderTest {
  carrier: (options: { timeoutMs: number }) => Carrier;
  standIn: () => StandIn;
  /** The account that the stand-in knows, without its address. */
  account: Omit<Connection, 'baseUrl'>;
  /** How this carrier numbers its parcels. */
  refs: { one: string; unknown: string };
  /** A shipment is named by the number on its parcel. */
  numberIsRef?: true;
  /** Where troubles strike: the beginnings of the paths of its calls. */
  places: { void: string; read: string; intercept?: string };
  /** Words of a scan, and where they say that the parcel is, in the order of a journey. */
  journey: readonly (readonly [word: string, position: ParcelPosition])[];
  /** How a void is refused, and by which word we hear of it. */
  refusals: readonly (readonly [how: Json, word: string])[];
  /** The carrier does not tell of a void when it is asked where a parcel is: asking again is harmless, and tells. */
  voidNotTold?: true;
  /** Whoever knows a number can track it, whosever parcel it is. */
  trackedByAnybody?: true;
  /** A party that a 401 is no statement about the label of. */
  notLetIn: typeof PermanentFault | typeof TransientFault;
  interception?: InterceptionUnderTest;
}

export interface InterceptionUnderTest {
  /** Words of the way between hand-over and delivery, in the middle of which a parcel can be stopped. */
  onItsWay: readonly string[];
  /** Words of a parcel that can no longer, or not yet, be stopped. */
  tooLate: string;
  fee?: { amount: number; currency: string };
  refusal: readonly [how: Json, word: string];
  /** Whether the carrier tells of the wish when it is asked where a parcel is. */
  told: boolean;
}

const GATEWAY = { answer: 'garbage', status: 404 };

export function carrierSuite(name: CarrierName, under: CarrierUnderTest): void {
  describe(`${name} keeps the promises of a carrier`, () => {
    const carrier = under.carrier({ timeoutMs: 5_000 });
    const hurried = under.carrier({ timeoutMs: 500 });
    let party: Mounted;
    let connection: Connection;
    beforeEach(async () => {
      party = await mount(under.standIn());
      connection = { ...under.account, baseUrl: party.baseUrl };
      const number = under.numberIsRef ? { tracking_code: under.refs.one } : {};
      await party.control('seed', { seed: [{ shipment: under.refs.one, ...number }] });
      // Whoever needs a token has it before anything goes wrong.
      await carrier.query(label());
    });
    afterEach(() => party.close());

    const label = (ref = under.refs.one): Label => ({ connection, providerShipmentRef: ref });
    /** A minute after the one before: carriers tell whole seconds. */
    const scan = async (status: string): Promise<void> => {
      party.clock.moveTo(party.clock.now() + 60_000);
      await party.control('scan', { shipment: under.refs.one, status });
    };
    const line = async () => record(list(record(await party.control('ledger'))['shipments'])[0]);
    const trouble = (place: string, wish: object) => party.control('faults', { path: place, ...wish });

    describe('voids a label', () => {
      test('and tells that it did; doing it twice is harmless', async () => {
        expect((await carrier.query(label()))?.void).toBe('none');
        expect((await carrier.voidLabel(label())).outcome).toBe('accepted');
        expect((await carrier.voidLabel(label())).outcome).toBe('accepted');
        expect((await carrier.query(label()))?.void).toBe(under.voidNotTold ? 'none' : 'accepted');
      });

      test('unless the parcel was scanned, which is an answer and no fault', async () => {
        const [scanned = ''] = under.journey.find(([, position]) => position === 'in_transit') ?? [];
        await scan(scanned);
        const { outcome, word } = await carrier.voidLabel(label());
        expect([outcome, word.length > 0]).toEqual(['refused', true]);
        expect((await carrier.query(label()))?.void).not.toBe('accepted');
      });

      test.each(under.refusals)('or refuses: %j is heard as %s', async (how, word) => {
        await party.control('behaviours', how);
        expect(await carrier.voidLabel(label())).toEqual({ outcome: 'refused', word });
      });

      test('and what was void stays void through a crash', async () => {
        await carrier.voidLabel(label());
        await party.restart(under.standIn());
        expect((await carrier.voidLabel(label())).outcome).toBe('accepted');
      });

      test('once, also when the answer is lost: asking again tells', async () => {
        await trouble(under.places.void, { answer: 'hang-up', applied: true });
        await expect(carrier.voidLabel(label())).rejects.toBeInstanceOf(UnknownOutcome);
        if (!under.voidNotTold) expect((await carrier.query(label()))?.void).toBe('accepted');
        expect((await carrier.voidLabel(label())).outcome).toBe('accepted');
      });
    });

    describe('names its troubles', () => {
      test.each([
        ['too many requests', { answer: 'status', status: 429, body: {} }, TransientFault],
        ['a 500', { answer: 'status', status: 500, body: {} }, UnknownOutcome],
        ['a 503 in HTML', { answer: 'garbage', status: 503 }, UnknownOutcome],
        ['garbage', { answer: 'garbage' }, UnknownOutcome],
        ['a gateway in between', GATEWAY, UnknownOutcome],
        ['a redirect', { answer: 'status', status: 302, body: {}, headers: { location: '/' } }, UnknownOutcome],
        ['an answer about nothing', { answer: 'status', status: 200, body: {} }, UnknownOutcome],
        ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
      ])('%s when it was asked to do something', async (_name, wish, fault) => {
        await trouble(under.places.void, wish);
        await expect(carrier.voidLabel(label())).rejects.toBeInstanceOf(fault);
      });

      test.each([
        ['too many requests', { answer: 'status', status: 429, body: {} }],
        ['a 503', { answer: 'status', status: 503, body: {} }],
        ['garbage', { answer: 'garbage' }],
        ['a gateway in between', GATEWAY],
        ['a closed connection', { answer: 'hang-up' }],
      ])('%s when it was asked where a parcel is: ask again', async (_name, wish) => {
        await trouble(under.places.read, wish);
        await expect(carrier.query(label())).rejects.toBeInstanceOf(TransientFault);
      });

      test('an answer after the time was up is lost', async () => {
        await hurried.query(label());
        await trouble(under.places.void, { delayMs: 1_000 });
        await expect(hurried.voidLabel(label())).rejects.toBeInstanceOf(UnknownOutcome);
        await trouble(under.places.read, { delayMs: 1_000 });
        await expect(hurried.query(label())).rejects.toBeInstanceOf(TransientFault);
      });

      test('a party that cannot be reached was sent nothing', async () => {
        const nowhere = { ...label(), connection: { ...connection, baseUrl: 'http://127.0.0.1:9' } };
        await expect(carrier.voidLabel(nowhere)).rejects.toBeInstanceOf(TransientFault);
      });

      test('who is not let in has done nothing', async () => {
        const wrong = { ...label(), connection: { ...connection, apiKey: 'wrong' } };
        await expect(carrier.voidLabel(wrong)).rejects.toBeInstanceOf(under.notLetIn);
        expect((await carrier.query(label()))?.void).toBe('none');
      });

      test('plain http to another machine would carry the key there', async () => {
        const open = { ...label(), connection: { ...connection, baseUrl: 'http://carrier.example' } };
        await expect(carrier.voidLabel(open)).rejects.toThrow(/must be https/);
      });
    });

    describe('tells where a parcel is', () => {
      test('from the label to the door, and never a word that nobody knows as a success', async () => {
        expect((await carrier.query(label()))?.position).toBe('label_created');
        for (const [word, position] of under.journey) {
          await scan(word);
          expect([word, (await carrier.query(label()))?.position]).toEqual([word, position]);
        }
        await scan('WORD_OF_TOMORROW');
        expect((await carrier.query(label()))?.position).toBe('exception');
      });

      test('under the number on the parcel', async () => {
        const { tracking_code: code } = await line();
        expect((await carrier.query(label()))?.trackingCode).toBe(code);
      });

      test('unless there is none: no view, and nothing to void', async () => {
        expect(await carrier.query(label(under.refs.unknown))).toBeUndefined();
        await expect(carrier.voidLabel(label(under.refs.unknown))).rejects.toBeInstanceOf(PermanentFault);
      });

      test("unless it is another account's", async () => {
        await party.control('accounts', { ...under.account, id: 'con_theirs', apiKey: 'theirs' });
        const theirs = { ...connection, id: 'con_theirs', apiKey: 'theirs' };
        const foreign = { ...label(), connection: theirs };
        if (under.trackedByAnybody) expect((await carrier.voidLabel(foreign)).outcome).toBe('refused');
        else {
          expect(await carrier.query(foreign)).toBeUndefined();
          await expect(carrier.voidLabel(foreign)).rejects.toBeInstanceOf(PermanentFault);
        }
        expect((await carrier.query(label()))?.void).toBe('none');
      });

      test('and no name of a parcel leads to another call', async () => {
        const paths = (): string[] => party.exchanges.map(({ request }) => decodeURIComponent(request.path));
        const before = paths().length;
        await carrier.query(label('../../v1/else?x=')).catch(() => undefined);
        for (const path of paths().slice(before)) expect(path.split('/').slice(0, 3)).not.toContain('else');
        expect((await line())['voided'] ?? false).toBe(false);
      });
    });

    const { interception } = under;
    if (interception === undefined) {
      test('stops no parcel on its way, and the record says no other', () => {
        expect(carrier.interception).toBeUndefined();
        expect([null, 'nothing']).toContain(recordOfCarrier(name).facts.interception.value);
      });
      return;
    }

    describe('stops a parcel on its way', () => {
      const offered = carrier.interception as Interception;
      const wish = (key = 'k'.repeat(32)): InterceptionWish => ({ ...label(), key });
      const travel = async (): Promise<void> => {
        for (const word of interception.onItsWay) await scan(word);
      };
      const state = async (): Promise<unknown> => (await line())['interception'];

      test('as the record says', () => {
        expect(recordOfCarrier(name).facts.interception.value).toContain('return');
        const address = recordOfCarrier(name).facts.interception.value?.split(' ').includes('address');
        expect(offered.redirect !== undefined).toBe(address);
      });

      test('says beforehand whether it can be, and for how much', async () => {
        await travel();
        const quote = await offered.quote(label());
        expect([quote.eligible === 'no', quote.fee]).toEqual([false, interception.fee]);
        await scan(interception.tooLate);
        expect((await offered.quote(label())).eligible).toBe('no');
        expect(await state()).toBeNull();
      });

      test('takes the wish, once for one key', async () => {
        await travel();
        expect((await offered.request(wish())).outcome).toBe('accepted');
        expect(['accepted', 'requested']).toContain((await offered.request(wish())).outcome);
        expect(await state()).toBe('accepted');
        if (interception.told) expect((await carrier.query(label()))?.interception).toBe('accepted');
      });

      test('refuses with HTTP 200, which is an answer', async () => {
        await travel();
        const [how, word] = interception.refusal;
        await party.control('behaviours', how);
        expect(await offered.request(wish())).toEqual({ outcome: 'refused', word });
        expect(await state()).toBeNull();
      });

      test('refuses what has arrived', async () => {
        await travel();
        await scan(interception.tooLate);
        expect((await offered.request(wish())).outcome).toBe('refused');
      });

      test('whose answer is lost: it is not asked for twice', async () => {
        await travel();
        await trouble(under.places.intercept ?? '', { answer: 'hang-up', applied: true });
        await expect(offered.request(wish())).rejects.toBeInstanceOf(UnknownOutcome);
        expect(['accepted', 'requested']).toContain((await offered.request(wish())).outcome);
        expect(await state()).toBe('accepted');
      });

      test('that may be refused later', async () => {
        await travel();
        await party.control('behaviours', { call: 'intercept', then: 'refused', afterMs: 3_600_000 });
        expect((await offered.request(wish())).outcome).toBe('accepted');
        party.clock.moveTo(party.clock.now() + 3_600_001);
        await party.idle();
        expect(await state()).toBe('refused');
        expect((await carrier.query(label()))?.interception).not.toBe('accepted');
      });

      test('that may be delivered all the same', async () => {
        await travel();
        await party.control('behaviours', { call: 'intercept', then: interception.tooLate, afterMs: 3_600_000 });
        await offered.request(wish());
        party.clock.moveTo(party.clock.now() + 3_600_001);
        await party.idle();
        expect((await carrier.query(label()))?.position).toBe('delivered');
      });

      test.each([
        ['too many requests', { answer: 'status', status: 429, body: {} }, TransientFault],
        ['a 500', { answer: 'status', status: 500, body: {} }, UnknownOutcome],
        ['garbage', { answer: 'garbage' }, UnknownOutcome],
        ['an answer about nothing', { answer: 'status', status: 200, body: {} }, UnknownOutcome],
      ])('names its troubles: %s', async (_name, failing, fault) => {
        await travel();
        await trouble(under.places.intercept ?? '', failing);
        await expect(offered.request(wish())).rejects.toBeInstanceOf(fault);
      });

      test('and of an unknown parcel knows nothing', async () => {
        await expect(offered.request({ ...wish(), providerShipmentRef: under.refs.unknown })).rejects.toBeInstanceOf(
          PermanentFault,
        );
      });
    });
  });
}
