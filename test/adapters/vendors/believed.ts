import { PermanentFault, SignatureInvalid } from '../../../shared/domain/faults';

/**
 * Whether a reader has believed the signature of what it was given. What it makes of the content after that is another
 * matter: random bytes say nothing, and are still signed.
 */
export function believed(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SignatureInvalid) return false;
    if (error instanceof PermanentFault) return true;
    throw error;
  }
}
