import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hubSettings } from './hub-settings.ts';

const nowhere = { HF_HOME: '/nonexistent' };

test('the cache is where Hugging Face libraries have it', () => {
  const cache = (env: Record<string, string>) => hubSettings(env).cache;
  expect(cache({})).toBe(join(homedir(), '.cache/huggingface/hub'));
  expect(cache({ XDG_CACHE_HOME: '/x' })).toBe('/x/huggingface/hub');
  expect(cache({ XDG_CACHE_HOME: '/x', HF_HOME: '~/h' })).toBe(join(homedir(), 'h/hub'));
  expect(cache({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' })).toBe('/old');
  expect(cache({ HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '$DATA/new', DATA: '/d' })).toBe('/d/new');
});

test('the endpoint loses its last slash and must be a web address', () => {
  expect(hubSettings(nowhere).endpoint).toBe('https://huggingface.co');
  expect(hubSettings({ ...nowhere, HF_ENDPOINT: 'http://mirror:8080/hf/' }).endpoint).toBe('http://mirror:8080/hf');
  expect(() => hubSettings({ ...nowhere, HF_ENDPOINT: 'mirror' })).toThrow(/HF_ENDPOINT is mirror/);
  expect(() => hubSettings({ ...nowhere, HF_ENDPOINT: 'file:///etc' })).toThrow(/no web address/);
});

test('offline mode has the words of the Python library', () => {
  for (const word of ['1', 'ON', 'yes', 'True'])
    expect(hubSettings({ ...nowhere, HF_HUB_OFFLINE: word }).offline).toBe(true);
  for (const word of ['0', 'off', '']) expect(hubSettings({ ...nowhere, HF_HUB_OFFLINE: word }).offline).toBe(false);
  expect(hubSettings({ ...nowhere, TRANSFORMERS_OFFLINE: '1' }).offline).toBe(true);
});

test('tokens are trimmed, and a broken one is refused without being shown', () => {
  expect(hubSettings({ ...nowhere, HF_TOKEN: ' hf_a\n' }).token).toBe('hf_a');
  expect(hubSettings(nowhere).token).toBeUndefined();
  expect(() => hubSettings({ ...nowhere, HF_TOKEN: 'hf_a\nHost: evil' })).toThrow(
    /^HF_TOKEN holds characters(?!.*evil)/,
  );
});
