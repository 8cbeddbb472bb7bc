/** Requests to the hub: proxies, redirects that never take the token along, and patience with servers that stumble. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { DownloadError, reason } from '../core/errors.ts';
import type { HubSettings } from './hub-settings.ts';

/** The hub did not answer, or not usefully: a copy in the cache may still do. */
export class UnreachableError extends DownloadError {
  override name = 'UnreachableError';
}

export interface HubResponse {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData['body'];
}

export interface HubRequest {
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** `'same-origin'` stops at a redirect to another host and returns it. */
  follow?: 'all' | 'same-origin';
}

const mostRedirects = 10;
const retries = 3;
const firstPause = 500;
const redirects = [301, 302, 303, 307, 308];
const passing = [429, 500, 502, 503, 504];
/** Faults that another try in a second will not cure. */
const lasting = ['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'UND_ERR_INVALID_ARG'];

export class HubClient {
  readonly #settings: HubSettings;
  #dispatcher?: Promise<Dispatcher>;

  constructor(settings: HubSettings) {
    this.#settings = settings;
  }

  /**
   * Sends a request; answers with any status that is not worth another try.
   * @throws UnreachableError after the last try; the signal's reason when aborted
   */
  async send(url: string, request: HubRequest = {}): Promise<HubResponse> {
    const { signal } = request;
    for (let attempt = 0; ; attempt++) {
      const last = attempt === retries;
      let pause = firstPause * 2 ** attempt;
      try {
        const response = await this.#follow(url, request);
        if (!passing.includes(response.status)) return response;
        await response.body.dump();
        if (last) throw new UnreachableError(`${new URL(url).host} answers ${response.status}; try again later`);
        const asked = Number(response.header('retry-after'));
        if (asked > 0 && asked <= 60) pause = asked * 1000;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof DownloadError) throw error;
        if (last || lasting.includes((error as NodeJS.ErrnoException).code ?? ''))
          throw new UnreachableError(
            `${new URL(url).host} cannot be reached (${reason(error)}); check the network, HTTPS_PROXY and HF_ENDPOINT`,
          );
      }
      await wait(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  async #follow(
    start: string,
    { method = 'GET', headers = {}, signal, follow = 'all' }: HubRequest,
  ): Promise<HubResponse> {
    const { request } = await import('undici');
    let url = new URL(start);
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const {
        statusCode,
        headers: received,
        body,
      } = await request(url, {
        method,
        signal,
        dispatcher: await (this.#dispatcher ??= this.#connect()),
        headers: { 'user-agent': 'sightread', 'accept-encoding': 'identity', ...headers, ...this.#authorization(url) },
      });
      const header = (name: string) => [received[name] ?? []].flat()[0];
      const location = redirects.includes(statusCode) ? header('location') : undefined;
      const next = location === undefined ? undefined : new URL(location, url);
      if (!next || (follow === 'same-origin' && next.origin !== url.origin))
        return { status: statusCode, header, body };
      await body.dump();
      if (url.protocol === 'https:' && next.protocol !== 'https:')
        throw new DownloadError(
          `${url.host} leads to ${next.origin} without encryption, which is refused; check HF_ENDPOINT`,
        );
      url = next;
    }
    throw new DownloadError(`${new URL(start).host} redirects in circles; check HF_ENDPOINT`);
  }

  /** The token is for the hub alone: files come from other hosts, through links that carry their own permission. */
  #authorization(url: URL): Record<string, string> {
    const { token, endpoint } = this.#settings;
    return token && url.origin === new URL(endpoint).origin ? { authorization: `Bearer ${token}` } : {};
  }

  async #connect(): Promise<Dispatcher> {
    const { EnvHttpProxyAgent } = await import('undici');
    const { http = '', https = '', except = '' } = this.#settings.proxy;
    return new EnvHttpProxyAgent({
      httpProxy: http,
      httpsProxy: https,
      noProxy: except,
      connectTimeout: 15_000,
      headersTimeout: 60_000,
      bodyTimeout: 60_000,
    });
  }

  /** Ends kept connections, which would hold the process open. */
  async close(): Promise<void> {
    await (await this.#dispatcher)?.destroy();
  }
}
