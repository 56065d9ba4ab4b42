import type { CarrierName } from '../../shared/domain/carrier';

/** What somebody has to do before a carrier is asked for anything: the connection's secret, and what the carrier is told. */
export interface CarrierSetup {
  /** What stands in the secret under this name. */
  apiKey: string;
  /** What each entry of the list is. */
  webhookSecrets: string;
  settings: readonly CarrierSetting[];
  /** What an order's shipment names as `providerShipmentRef`. */
  shipment: string;
  /** What to change for a test account. */
  trial: string;
  /** What vouches for a message. */
  signedBy: string;
  /** Events that are heard, in the carrier's words. */
  events: readonly string[];
  how: string;
  guide: string;
  /** What becomes of a message that does not arrive. */
  missed: string;
  rotation: string;
}

export interface CarrierSetting {
  name: string;
  required: boolean;
  says: string;
}

const missed =
  'Nobody lists what was missed. A parcel is asked for before anything is repeated, or a void is doubted; where it is besides that stays unknown.';
const missedButPostage = `${missed} What became of the postage of a void label is asked for daily.`;
const returnAddress = (name: string, says: string): CarrierSetting => ({
  name,
  required: false,
  says: `Where returned parcels go: ${says}. All six are needed before a parcel can be brought back.`,
});

/** How each carrier is set up: the compiler names one that is missing here. */
export const carrierSetup: Readonly<Record<CarrierName, CarrierSetup>> = {
  easypost: {
    apiKey: 'A production API key.',
    webhookSecrets: 'The secret that was chosen with the webhook.',
    settings: [],
    shipment: 'the id of the shipment (`shp_...`)',
    trial: 'A test API key; the address is the same.',
    signedBy:
      'An HMAC over the bytes, without a time: an old message can be sent again, so what it names is asked for.',
    events: ['tracker.created', 'tracker.updated', 'refund.successful'],
    how: 'Add a webhook with this address and a secret.',
    guide: 'https://docs.easypost.com/guides/webhooks-guide',
    missed: missedButPostage,
    rotation: 'There is one signature only: messages are signed with the new secret as soon as it is set.',
  },
  shipengine: {
    apiKey: 'An API key of the account.',
    webhookSecrets:
      'The value of the header `x-connection-secret`, a long random text of your own: ShipEngine signs for all of its customers with one key.',
    settings: [],
    shipment: 'the id of the label (`se-...`)',
    trial: 'A sandbox key (`TEST_...`); the address is the same.',
    signedBy:
      "RSA-SHA256 over time stamp and bytes, under a key that is fetched from the connection's address, within 300 seconds; and the header above.",
    events: ['API_TRACK', 'TRACK_EVENT_V2'],
    how: 'Add a webhook for the event `track` with this address and the custom header `x-connection-secret`. Messages about a tracking number that belongs to no label of yours are ignored.',
    guide: 'https://docs.shipstation.com/apis/docs/guides/webhooks-validation',
    missed: missedButPostage,
    rotation:
      'Put the new value beside the old one, then change the header at ShipEngine. Its own key it replaces itself.',
  },
  ups: {
    apiKey: 'The client secret of the app.',
    webhookSecrets:
      'The credential that is named with each subscription: a long random text, of this connection alone.',
    settings: [
      { name: 'clientId', required: true, says: 'The client id of the app.' },
      {
        name: 'contactName',
        required: false,
        says: 'Who asks for an interception; needed before a parcel can be stopped.',
      },
      { name: 'contactPhone', required: false, says: 'His number with its prefix, `+14107495070`; needed likewise.' },
    ],
    shipment: 'the 1Z number of the parcel',
    trial: '`baseUrl` `https://wwwcie.ups.com`.',
    signedBy:
      'The credential in a header, compared in constant time. Nothing of the message is signed, so whoever has the credential is believed.',
    events: ['TrackingEvent'],
    how: 'Subscribe each number at Track Alert with this address and the credential, again after 14 days.',
    guide: 'https://developer.ups.com/api/reference/trackalertenhanced/product-info',
    missed,
    rotation: 'Put the new credential beside the old one and subscribe with it; the old one can go after 14 days.',
  },
  sf_express: {
    apiKey: 'The checkword.',
    webhookSecrets: 'The checkword once more: it signs pushes as well.',
    settings: [
      { name: 'partnerId', required: true, says: "The customer's code." },
      {
        name: 'monthlyCard',
        required: false,
        says: 'The monthly card that pays for interceptions; else the sender pays.',
      },
      returnAddress('returnProvince', 'province'),
      returnAddress('returnCity', 'city'),
      returnAddress('returnCounty', 'county'),
      returnAddress('returnAddress', 'street and number'),
      returnAddress('returnContact', 'who receives them'),
      returnAddress('returnPhone', 'telephone'),
    ],
    shipment: 'the number under which the shop placed the order at SF',
    trial: '`baseUrl` `https://sfapi-sbox.sf-express.com`.',
    signedBy: '`msgDigest` over message and time stamp, within an hour. A push without it is not taken.',
    events: ['RoutePushService'],
    how: 'Have routes pushed to this address as forms with `msgData`, `timestamp` and `msgDigest`.',
    guide: 'https://www.showdoc.com.cn/hnqiao/9157102515696868',
    missed,
    rotation: 'Put the new checkword beside the old one, replace `apiKey`, and take the old one out.',
  },
};
