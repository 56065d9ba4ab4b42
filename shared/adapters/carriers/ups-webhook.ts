import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { CarrierWebhook } from '../../ports/carrier';
import { member, text } from '../json-members';
import { signedJson } from '../payments/signed-json';
import { eventIdOf } from './event-id';
import { isKnownSecret } from './known-secret';
import { positionOf } from './ups-words';

/**
 * Track Alert: a header `credential` that the shop has chosen with its subscription.
 * https://github.com/UPS-API/api-documentation/blob/73660bf/UPSTrackAlert.yaml (webhooks, TrackingEvent)
 *
 * Nothing of the message is signed, and no time: whoever has the credential can say what he likes and say it again. So it
 * has to be long, of this connection alone, and replaced now and then; a parcel is asked for before a void is doubted.
 */
export const upsWebhook: CarrierWebhook = {
  read(connection, rawBody, headers) {
    const credential = headers['credential'];
    if (credential === undefined || credential === '') throw new SignatureInvalid('ups: no credential');
    if (!isKnownSecret('ups', connection.webhookSecrets, credential)) {
      throw new SignatureInvalid('ups: not the credential of this connection');
    }
    const event = signedJson('ups', rawBody);
    const trackingCode = text(event, 'trackingNumber');
    if (trackingCode === undefined) throw new PermanentFault('ups: an event that names no parcel');
    const status = member(event, 'activityStatus');
    const at = [text(event, 'gmtActivityDate'), text(event, 'gmtActivityTime')];
    return {
      eventId: eventIdOf(trackingCode, text(status, 'type'), text(status, 'code'), ...at),
      type: `TrackingEvent ${text(status, 'type') ?? ''}`,
      providerShipmentRef: trackingCode,
      trackingCode,
      position: positionOf(status, text(status, 'descriptionCode'), text(event, 'actualDeliveryDate') !== undefined),
      void: text(status, 'type') === 'MV' ? 'accepted' : undefined,
    };
  },
};
