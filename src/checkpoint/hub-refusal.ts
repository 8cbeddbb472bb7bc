/** The words for a hub that says no. */
import { DownloadError, nearest } from '../core/errors.ts';
import type { HubResponse } from './hub-http.ts';
import type { HubSettings } from './hub-settings.ts';

export interface Asked {
  id: string;
  revision: string;
  /** Absent when the model itself was asked for. */
  file?: string;
  /** Names of models that exist, for "did you mean". */
  known: readonly string[];
}

/** What a status that is no success means for the person who asked. */
export function explainRefusal(
  { status, header }: HubResponse,
  { id, revision, file, known }: Asked,
  { endpoint, token }: HubSettings,
): DownloadError {
  const host = new URL(endpoint).host;
  const code = header('x-error-code');
  if (code === 'GatedRepo')
    return new DownloadError(
      `${id} is open only to those who accept its conditions; accept them at ${endpoint}/${id} and ` +
        (token ? 'use a token (HF_TOKEN) of that account' : 'set HF_TOKEN to a token of that account'),
    );
  if (code === 'RevisionNotFound')
    return new DownloadError(`${id} has no revision ${revision} on ${host}; use a branch, a tag or a full commit`);
  if (status === 404 && file) return new DownloadError(`${id} has no file ${file} on ${host}; check the name`);
  if (status === 403)
    return new DownloadError(
      `${host} refuses ${id} to ${token ? 'this token' : 'visitors'}; set HF_TOKEN to one that may read it`,
    );
  if (status === 401 && token && code !== 'RepoNotFound')
    return new DownloadError(`${host} does not accept the token; set HF_TOKEN to a valid one, or unset it`);
  // The hub answers 401 to strangers also when a model does not exist, so as not to tell private names.
  if (status === 401 || status === 404) {
    const near = nearest(id, known);
    const guess = near.length ? `did you mean ${near.join(' or ')}?` : 'check the spelling (owner/name)';
    return new DownloadError(
      `${host} knows no model ${id}; ${guess} If it is private, ${token ? 'this token may not read it' : 'set HF_TOKEN'}`,
    );
  }
  return new DownloadError(`${host} answers ${status} for ${file ?? id}; try again later or check HF_ENDPOINT`);
}
