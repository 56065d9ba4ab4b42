/** Leads from a carrier's own shipment id to ours. */
export interface ShipmentFinder {
  find(
    tenant: string,
    connectionId: string,
    providerShipmentRef: string,
  ): Promise<{ orderId: string; shipmentId: string } | undefined>;
}
