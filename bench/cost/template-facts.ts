import { list, record, text } from '../../infra/local/json';
import { readAssembly } from '../../infra/local/template/assembly-reader';
import { buildModel, type Model } from '../../infra/local/template/model';

/** What the synthesized template says that the bill depends on. Names are those that a trace uses. */
export interface TemplateFacts {
  functions: ReadonlyMap<string, { memoryMb: number; architecture: 'arm64' | 'x86_64'; traced: boolean }>;
  /** Functions that read a change feed. */
  consumers: ReadonlySet<string>;
  /** Functions that read a queue behind the event bus. */
  listeners: ReadonlySet<string>;
  /** The views: on these paths nobody but such a function reads or writes them. */
  consumerTables: ReadonlySet<string>;
  apiKind: 'HTTP' | 'REST';
  standardMachines: ReadonlySet<string>;
  expressMachines: ReadonlySet<string>;
  /** Bytes of one line of the front door's log; 0: it keeps none. */
  accessLogBytes: number;
}

export function readTemplate(assembly: string): TemplateFacts {
  const model = buildModel(readAssembly(assembly), 'http://127.0.0.1');
  const functions = model.ofType('AWS::Lambda::Function').map(({ name, properties }) => {
    const memoryMb = Number(properties['MemorySize'] ?? 128);
    const architecture = list(properties['Architectures'])[0] === 'arm64' ? 'arm64' : 'x86_64';
    const traced = record(properties['TracingConfig'])['Mode'] === 'Active';
    return [name, { memoryMb, architecture, traced }] as const;
  });
  const machines = (type: string): Set<string> =>
    new Set(
      model
        .ofType('AWS::StepFunctions::StateMachine')
        .filter(({ properties }) => (properties['StateMachineType'] ?? 'STANDARD') === type)
        .map(({ name }) => name),
    );
  const [stage] = model.ofType('AWS::ApiGatewayV2::Stage');
  return {
    functions: new Map(functions),
    consumers: fedFrom(model, 'dynamodb'),
    listeners: fedFrom(model, 'sqs'),
    consumerTables: new Set(
      model
        .ofType('AWS::DynamoDB::GlobalTable')
        .map(({ name }) => name)
        .filter((name) => /views/i.test(name)),
    ),
    apiKind: model.ofType('AWS::ApiGateway::RestApi').length > 0 ? 'REST' : 'HTTP',
    standardMachines: machines('STANDARD'),
    expressMachines: machines('EXPRESS'),
    // The names of the fields stand for their values: they are about as long.
    accessLogBytes: (text(record(stage?.properties['AccessLogSettings'])['Format']) ?? '').length,
  };
}

/** Functions that are given batches from a source of that service. */
function fedFrom(model: Model, service: 'dynamodb' | 'sqs'): Set<string> {
  const names = new Set(model.ofType('AWS::Lambda::Function').map(({ name }) => name));
  return new Set(
    model
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ properties }) => String(properties['EventSourceArn']).startsWith(`arn:aws:${service}:`))
      .map(({ properties }) => String(properties['FunctionName']).replace(/^.*:function:/, ''))
      .filter((name) => names.has(name)),
  );
}
