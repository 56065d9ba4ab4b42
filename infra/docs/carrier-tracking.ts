import type { CarrierName } from '../../shared/domain/carrier';
import easypost from '../../shared/domain/carriers/tracking/easypost.json';
import sfExpress from '../../shared/domain/carriers/tracking/sf_express.json';
import shipengine from '../../shared/domain/carriers/tracking/shipengine.json';
import ups from '../../shared/domain/carriers/tracking/ups.json';
import type { TrackingRow } from './carriers-page';

/** The tables of tracking words: the compiler names one that is missing here. */
export const carrierTracking: Readonly<Record<CarrierName, readonly TrackingRow[]>> = {
  easypost,
  shipengine,
  ups,
  sf_express: sfExpress,
};
