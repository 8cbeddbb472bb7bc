/** OPT's tensor names in Hugging Face's files; some leave out the `model.` in front. */
import type { NameRule, NameRules } from '../../checkpoint/index.ts';
import type { OptConfig } from '../../nn/index.ts';

/** The decoder under `<ours>`, whose published names start with `<theirs>`: `''`, or `language_model.` in BLIP-2. */
export const optRules = (ours: string, theirs: string): NameRule[] => {
  const decoder = `${theirs}model.decoder`;
  return [
    [`${ours}.{words|positions}`, `${decoder}.{embed_tokens|embed_positions}`],
    [`${ours}.{projectIn|projectOut}`, `${decoder}.{project_in|project_out}`],
    [`${ours}.blocks.{i}.norm1`, `${decoder}.layers.{i}.self_attn_layer_norm`],
    [`${ours}.blocks.{i}.attn.{q|k|v|out}`, `${decoder}.layers.{i}.self_attn.{q_proj|k_proj|v_proj|out_proj}`],
    [`${ours}.blocks.{i}.norm2`, `${decoder}.layers.{i}.final_layer_norm`],
    [`${ours}.blocks.{i}.mlp.{up|down}`, `${decoder}.layers.{i}.{fc1|fc2}`],
    [`${ours}.norm`, `${decoder}.final_layer_norm`],
    [`${ours}.head`, `${theirs}lm_head`],
  ];
};

/** `facebook/opt-*`. */
export const optNames = ({ tied }: OptConfig): NameRules => ({
  rules: optRules('text', ''),
  // A file without an output matrix shares the word table.
  fallbacks: { 'text.head.weight': 'model.decoder.embed_tokens.weight' },
  prefixes: ['model.'],
  // The tied copy of the word table.
  ignore: tied ? ['lm_head.weight'] : [],
});
