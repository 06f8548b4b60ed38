// A name that nothing else has; browsers have no randomUUID on a page that is not served securely.
export const unique = (): string => crypto.randomUUID?.() ?? String(Math.random());
