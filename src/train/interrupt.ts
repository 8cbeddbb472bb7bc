/** Ctrl-C as an abort signal. */

/**
 * A signal that SIGINT and SIGTERM abort, so that a run saves and stops. A second one ends the process at once.
 * `using stop = stopOnInterrupt()` gives the handlers back at the end of the scope.
 */
export function stopOnInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM'] as const;
  const stop = () => {
    release();
    controller.abort(new Error('interrupted'));
  };
  const release = () => {
    for (const name of names) process.off(name, stop);
  };
  for (const name of names) process.on(name, stop);
  return { signal: controller.signal, [Symbol.dispose]: release };
}
