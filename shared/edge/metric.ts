/** One metric in CloudWatch's embedded format: a log line that becomes a number. */
export function metric(name: string, value: number, now: string): void {
  console.info(
    JSON.stringify({
      _aws: {
        Timestamp: Date.parse(now),
        CloudWatchMetrics: [
          { Namespace: 'OrderCancellation', Dimensions: [[]], Metrics: [{ Name: name, Unit: 'Count' }] },
        ],
      },
      [name]: value,
    }),
  );
}
