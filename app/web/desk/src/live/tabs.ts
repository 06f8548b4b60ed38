// One tab of a browser leads (Web Locks): it does what must happen once, and the others listen and ask (BroadcastChannel).

export interface Tabs<M> {
  /** Whether this tab leads. */
  leading(): boolean;
  /** Tell the other tabs. */
  tell(message: M): void;
  /** Give the lead to the next tab, if there is one. */
  resign(): void;
}

/**
 * Takes part under a name. `lead` runs once this tab leads; `hear` gets what other tabs tell.
 * Without Web Locks (a page that is not served securely) every tab leads for itself.
 */
export function join<M>(name: string, lead: () => void, hear: (message: M) => void): Tabs<M> {
  let leads = false;
  let release: () => void = () => {};
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : null;
  if (channel) channel.onmessage = (event: MessageEvent<M>) => hear(event.data);
  const take = () => {
    leads = true;
    lead();
  };
  if (navigator.locks) {
    void navigator.locks.request(name, () => {
      take();
      return new Promise<void>((resolve) => (release = resolve));
    });
  } else {
    queueMicrotask(take);
  }
  return { leading: () => leads, tell: (message) => channel?.postMessage(message), resign: () => release() };
}
