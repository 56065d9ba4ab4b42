/**
 * The host meets something in the template that it cannot run. It stops instead of passing over it in
 * silence: a laptop that quietly does less than the cloud proves nothing.
 */
export class UnsupportedResource extends Error {
  override readonly name = 'UnsupportedResource';

  constructor(readonly what: readonly string[]) {
    super(`The laptop host does not support:\n${what.map((line) => `  - ${line}`).join('\n')}`);
  }
}
