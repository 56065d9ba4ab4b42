import { PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pascalCase } from '../functions';
import type { Stage } from '../stages/stage';
import { acknowledge, acknowledgeTracing } from './acknowledge';
import { machineName, type MachineName, type Rights } from './rights';
import type { ServiceFunction } from './service-function';
import { serviceLogGroup } from './service-log-group';
import { ServiceRole } from './service-role';

/** A state machine as its file says; its steps' ARNs go in under their state names, and it may call just those. */
class Machine extends Construct {
  readonly machine: StateMachine;

  constructor(
    scope: Construct,
    machine: MachineName,
    type: StateMachineType,
    stage: Stage,
    /** What the definition may name, with the right that naming it needs. */
    callable: ReadonlyMap<string, Callable>,
  ) {
    super(scope, pascalCase(machine));
    const definition = readFileSync(join(__dirname, '../../state-machines', `${machine}.asl.json`), 'utf8');
    const named = [...new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort();
    const name = machineName(machine, stage);
    const express = type === StateMachineType.EXPRESS;
    this.machine = new StateMachine(this, 'Machine', {
      role: new ServiceRole(this, 'Role', 'states'),
      stateMachineName: name,
      stateMachineType: type,
      // Without its layout, so that moving a brace in the file does not touch running machines.
      definitionBody: DefinitionBody.fromString(JSON.stringify(JSON.parse(definition))),
      definitionSubstitutions: Object.fromEntries(named.map((each) => [each, find(callable, each, machine).arn])),
      logs: {
        // Log delivery writes a resource policy per group unless the name starts so, and that policy has a size limit.
        destination: serviceLogGroup(this, 'Log', stage, `/aws/vendedlogs/states/${name}`),
        level: LogLevel.ERROR,
        // An Express run leaves no other trace; its data are ids. A Standard run keeps its own history.
        includeExecutionData: express,
      },
      tracingEnabled: true,
    });
    for (const each of named) find(callable, each, machine).allow(this.machine.role);
    acknowledgeTracing(this.machine.role);
    acknowledge(
      this.machine,
      'AwsSolutions-SF1',
      'Logging every state costs more than the run; the timeline in the orders table is the record.',
    );
  }
}

interface Callable {
  arn: string;
  allow(role: IRole): void;
}

function find(callable: ReadonlyMap<string, Callable>, name: string, machine: string): Callable {
  const found = callable.get(name);
  if (!found) throw new Error(`state-machines/${machine}.asl.json names \${${name}}, which is no step.`);
  return found;
}

/** The story holds the waits and calls the fan-out; both call the steps. */
export class Workflow extends Construct {
  readonly story: StateMachine;
  readonly unwind: StateMachine;

  constructor(scope: Construct, id: string, stage: Stage, rights: Rights, steps: readonly ServiceFunction[]) {
    super(scope, id);
    const callable = new Map(
      steps.map(({ definition, lambda }) => [
        pascalCase(definition.name),
        may('lambda:InvokeFunction', lambda.functionArn),
      ]),
    );
    this.unwind = new Machine(this, 'unwind-order', StateMachineType.EXPRESS, stage, callable).machine;
    const unwindOrder = may('states:StartSyncExecution', rights.machineArn('unwind-order'));
    const withUnwind = new Map([...callable, ['UnwindOrder', unwindOrder]]);
    this.story = new Machine(this, 'order-cancellation', StateMachineType.STANDARD, stage, withUnwind).machine;
    this.story.node.addDependency(this.unwind);
  }
}

function may(action: string, arn: string): Callable {
  return {
    arn,
    allow: (role) => void role.addToPrincipalPolicy(new PolicyStatement({ actions: [action], resources: [arn] })),
  };
}
