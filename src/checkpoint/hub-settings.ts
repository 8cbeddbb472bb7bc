/** Where the hub and its cache are: the environment variables of Hugging Face's own libraries, with their meanings. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** Address of the hub without a slash at the end. */
  readonly endpoint: string;
  /** Folder that holds `models--owner--name`. */
  readonly cache: string;
  readonly token?: string;
  /** Never use the network. */
  readonly offline: boolean;
  readonly proxy: { readonly http?: string; readonly https?: string; readonly except?: string };
}

/**
 * Reads `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE`, `HTTP_PROXY`,
 * `HTTPS_PROXY`, `NO_PROXY` and their older names.
 * @throws UsageError naming the variable that cannot be used; a token is never shown
 */
export function hubSettings(env: Environment): HubSettings {
  const first = (...names: string[]) => names.map((name) => env[name]?.trim()).find(Boolean);
  const path = (...names: string[]) => {
    const value = first(...names);
    return value && expand(value, env);
  };
  const home = path('HF_HOME') ?? join(path('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface');
  return {
    endpoint: address(first('HF_ENDPOINT') ?? 'https://huggingface.co'),
    cache: path('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub'),
    token: token(
      first('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN') ?? readToken(path('HF_TOKEN_PATH') ?? join(home, 'token')),
    ),
    offline: isTrue(first('HF_HUB_OFFLINE') ?? first('TRANSFORMERS_OFFLINE')),
    proxy: {
      http: first('http_proxy', 'HTTP_PROXY'),
      https: first('https_proxy', 'HTTPS_PROXY'),
      except: first('no_proxy', 'NO_PROXY'),
    },
  };
}

const isTrue = (value: string | undefined) => /^(1|on|yes|true)$/i.test(value ?? '');

const expand = (path: string, env: Environment) =>
  path
    .replace(/^~(?=$|[/\\])/, homedir())
    .replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain, braced) => env[plain ?? braced] ?? whole);

function address(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`HF_ENDPOINT is ${value}, which is no web address; give one such as https://huggingface.co`);
  return url.href.replace(/\/+$/, '');
}

function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    // Most people have no token file; without a token, public models still load.
    return undefined;
  }
}

function token(value: string | undefined): string | undefined {
  if (value && !/^[\x21-\x7e]+$/.test(value))
    throw new UsageError('HF_TOKEN holds characters that no token has; copy it again from the settings of the hub');
  return value;
}
