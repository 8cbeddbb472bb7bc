/** Which token plays which part: padding, beginning, end and so on, from configuration files or by its usual name. */
import { spell, type TokenizerConfig, type TokenSpelling } from './json.ts';

export const roles = ['pad', 'bos', 'eos', 'cls', 'sep', 'unk', 'mask'] as const;
export type Role = (typeof roles)[number];

/** The id of each role; undefined where the vocabulary has no such token. */
export type SpecialIds = Partial<Record<Role, number>>;

/** Usual names, tried in order when no configuration file names the token. */
const usualNames: Record<Role, string[]> = {
  pad: ['[PAD]', '<pad>'],
  bos: ['<s>', '<|startoftext|>', '<|endoftext|>'],
  eos: ['</s>', '<|endoftext|>'],
  cls: ['[CLS]'],
  sep: ['[SEP]'],
  unk: ['[UNK]', '<unk>', '<|endoftext|>'],
  mask: ['[MASK]', '<mask>'],
};

/** Ids by role. `config` is `special_tokens_map.json` and `tokenizer_config.json` together. */
export function specialIds(id: (token: string) => number | undefined, config: TokenizerConfig): SpecialIds {
  const named = (role: Role) => {
    const token = config[`${role}_token`] as TokenSpelling | null | undefined;
    return token == null ? undefined : id(spell(token));
  };
  const usual = (role: Role) => {
    // CLIP pads with its end token; RoBERTa's first and last tokens also serve as BERT's two.
    if (role === 'pad' && id('<|startoftext|>') !== undefined) return id('<|endoftext|>');
    if (role === 'cls' && id('<mask>') !== undefined) return id('<s>');
    if (role === 'sep' && id('<mask>') !== undefined) return id('</s>');
    return usualNames[role].map(id).find((found) => found !== undefined);
  };
  return Object.fromEntries(roles.map((role) => [role, named(role) ?? usual(role)]));
}
