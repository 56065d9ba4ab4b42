import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Unmodelled } from '../world/tables/refusals';
import type { Subject } from './subject';

/** An answer, or how it was refused: what two implementations have to agree in. */
export interface Answer {
  readonly output?: Record<string, unknown>;
  readonly error?: string;
  /** The item for which a condition failed. */
  readonly item?: unknown;
  readonly reasons?: readonly { readonly code: string | undefined; readonly item?: unknown }[];
}

interface Refused {
  readonly name: string;
  readonly Item?: Parameters<typeof unmarshall>[0];
  readonly CancellationReasons?: readonly {
    readonly Code?: string;
    readonly Item?: Parameters<typeof unmarshall>[0];
  }[];
}

export async function answerOf(subject: Subject, command: { readonly input: object }): Promise<Answer> {
  try {
    const { $metadata: _metadata, ...output } = await subject.send(command);
    return { output: present(output) };
  } catch (error) {
    if (error instanceof Unmodelled) throw error;
    const { name, Item, CancellationReasons: reasons } = error as Refused;
    return {
      error: name,
      ...(Item === undefined ? {} : { item: unmarshall(Item) }),
      ...(reasons === undefined
        ? {}
        : {
            reasons: reasons.map((reason) => ({
              code: reason.Code,
              ...(reason.Item === undefined ? {} : { item: unmarshall(reason.Item) }),
            })),
          }),
    };
  }
}

const present = (output: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined));
