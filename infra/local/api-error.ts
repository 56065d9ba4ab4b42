/** An AWS error answer: `code` is the exception's name as the SDK shows it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further members of the answer, e.g. CancellationReasons. */
    readonly detail: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  static unsupported(what: string): ApiError {
    return new ApiError('UnsupportedOperation', `The laptop host does not support ${what}.`, 501);
  }
}
