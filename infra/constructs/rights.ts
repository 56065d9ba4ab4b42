import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Grant, TableName } from '../functions';
import type { Stage } from '../stages/stage';
import type { AnnouncedEvents } from './event-bus';
import type { Secrets } from './secrets';
import type { Tables } from './tables';

/** What a function may do, and the variable that tells it to what. One cannot be had without the other. */
export interface Right {
  /** None: there is only something to know. */
  actions: readonly string[];
  resources: readonly string[];
  environment: Readonly<Record<string, string>>;
}

export type MachineName = 'order-cancellation' | 'unwind-order';

const tableVariables: Readonly<Record<TableName, string>> = {
  orders: 'ORDERS_TABLE',
  stock: 'STOCK_TABLE',
  views: 'VIEWS_TABLE',
};

/** Physical name of a machine. Explicit, so that its ARN is known before the machine, which names the functions. */
export function machineName(machine: MachineName, stage: Stage): string {
  return `${machine}-${stage.name}`;
}

/** Turns the words of the function list into IAM statements on the resources of this stack. */
export class Rights {
  constructor(
    private readonly scope: Construct,
    private readonly stage: Stage,
    private readonly resources: { tables: Tables; secrets: Secrets; events: AnnouncedEvents },
  ) {}

  of(grant: Grant): Right {
    const { tables, secrets, events } = this.resources;
    switch (grant.to) {
      case 'table':
        return {
          actions: grant.actions.map((action) => `dynamodb:${action}`),
          resources: [tables.named(grant.table).tableArn],
          environment: { [tableVariables[grant.table]]: tables.named(grant.table).tableName },
        };
      case 'index':
        return {
          actions: ['dynamodb:Query'],
          resources: [`${tables.named(grant.table).tableArn}/index/${grant.index}`],
          environment: { [tableVariables[grant.table]]: tables.named(grant.table).tableName },
        };
      case 'connections':
        return {
          actions: ['secretsmanager:GetSecretValue'],
          resources: secrets.connections.map((secret) => secret.secretArn),
          environment: { CONNECTION_SECRETS_PREFIX: secrets.connectionPrefix, ...this.connectionIds() },
        };
      case 'stock-systems': {
        const own = this.stage.connections.map(({ provider }) => provider === 'stock_system');
        if (!own.includes(true)) return { actions: [], resources: [], environment: {} };
        return {
          actions: ['secretsmanager:GetSecretValue'],
          resources: secrets.connections.filter((_secret, place) => own[place]).map((secret) => secret.secretArn),
          environment: { CONNECTION_SECRETS_PREFIX: secrets.connectionPrefix, ...this.connectionIds() },
        };
      }
      case 'connection-ids':
        return { actions: [], resources: [], environment: this.connectionIds() };
      case 'signing-secret':
        return {
          actions: ['secretsmanager:GetSecretValue'],
          resources: [secrets.signing.secretArn],
          environment: { SIGNING_SECRET: secrets.signing.secretArn },
        };
      case 'event-bus':
        return {
          actions: ['events:PutEvents'],
          resources: [events.bus.eventBusArn],
          environment: { EVENT_BUS: events.bus.eventBusName },
        };
      case 'run-unwind':
        return this.onMachine('unwind-order', 'states:StartSyncExecution');
      case 'start-story':
        return this.onMachine('order-cancellation', 'states:StartExecution');
      case 'answer-story':
        return this.onMachine('order-cancellation', 'states:SendTaskSuccess');
    }
  }

  machineArn(machine: MachineName): string {
    return Stack.of(this.scope).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: machineName(machine, this.stage),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** Which connections there are: `id=provider=tenant`, with commas. Few enough for a variable, as for a role's policy. */
  private connectionIds(): Readonly<Record<string, string>> {
    const { connections } = this.stage;
    return { CONNECTION_IDS: connections.map(({ id, provider, tenant }) => `${id}=${provider}=${tenant}`).join(',') };
  }

  private onMachine(machine: MachineName, action: string): Right {
    const arn = this.machineArn(machine);
    const variable = machine === 'unwind-order' ? 'UNWIND_ARN' : 'STORY_ARN';
    return { actions: [action], resources: [arn], environment: { [variable]: arn } };
  }
}
