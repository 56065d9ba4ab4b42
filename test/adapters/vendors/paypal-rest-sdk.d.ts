/** Only what the tests ask it; the package has no types. */
declare module 'paypal-rest-sdk' {
  export const notification: {
    webhookEvent: {
      verify(
        headers: Record<string, string>,
        body: string | Buffer,
        webhookId: string,
        callback: (error: Error | null, verified: boolean) => void,
      ): void;
    };
  };
}
