import type { ChangesRequest, NoticePage, ProviderNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { read, type PaypalLine } from './paypal-call';
import { disputeEventTypes, disputesOf } from './paypal-dispute';
import { noticeOf, refundEventTypes } from './paypal-notice';
import { lost } from './provider-call';

const EVENTS = '/v1/notifications/webhooks-events';

const types = [...refundEventTypes, ...disputeEventTypes] as const;

/** Ours; PayPal names no largest one, and a page may hold fewer. */
const PAGE_SIZE = '50';

/**
 * PayPal's list of the events that it has for the app's webhooks, those too that did not arrive:
 * https://developer.paypal.com/api/webhooks/v1/webhooks-events-list. It filters by one type of event only, so it is asked
 * for one type after the other: six reads where nothing has happened. An app that has subscribed no webhook to them has no
 * events. We fetch it over TLS from PayPal itself, so what it says of a dispute is believed, also that it is over.
 */
export async function changesSince(
  line: PaypalLine,
  { connection, since, after }: ChangesRequest,
): Promise<NoticePage> {
  const [, place = '0', rest = ''] = /^([0-5])\|(.*)$/.exec(after ?? '') ?? [];
  const { body } = await read(line, connection, `${EVENTS}?${rest === '' ? firstPage(Number(place), since) : rest}`);
  const events = member(body, 'events');
  if (!Array.isArray(events)) throw lost('paypal: answer not believed: not a list of events', 'read');
  const notices: ProviderNotice[] = [];
  const unreadable: string[] = [];
  for (const event of events as unknown[]) {
    try {
      const named = disputesOf(event) ?? noticeOf(connection.tenant, event) ?? [];
      notices.push(...[named].flat());
    } catch {
      unreadable.push(text(event, 'id') ?? 'without an id');
    }
  }
  const next = following(Number(place), events.length > 0 ? nextPage(body) : undefined);
  return { notices, unreadable, ...(next === undefined ? {} : { next }) };
}

function firstPage(place: number, since: string): string {
  const type = types[place] ?? types[0];
  // PayPal writes its times without fractions of a second.
  const start = since.replace(/\.\d+Z$/, 'Z');
  return new URLSearchParams({ page_size: PAGE_SIZE, start_time: start, event_type: type }).toString();
}

/** The rest of this type, else the next type, else nothing. */
function following(place: number, more: string | undefined): string | undefined {
  if (more !== undefined) return `${place}|${more}`;
  return place + 1 < types.length ? `${place + 1}|` : undefined;
}

/** Only the query of the link is taken: where it leads is ours to say, not the answer's. */
function nextPage(body: unknown): string | undefined {
  const links = member(body, 'links');
  if (!Array.isArray(links)) return undefined;
  const next: unknown = links.find((link: unknown) => text(link, 'rel') === 'next');
  const href = text(next, 'href');
  return href === undefined || !URL.canParse(href) ? undefined : new URL(href).searchParams.toString();
}
