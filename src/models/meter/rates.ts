/**
 * METER's learning rates: what is new learns faster than what the towers already know (section 4.1 of the paper). The
 * released recipes use 5 for both in pre-training; heads 50 for VQA and 10 for NLVR2 and visual entailment.
 */
export interface RateFactors {
  /** Of the blocks that join both streams, and what leads into and out of them. */
  fusion?: number;
  head?: number;
}

/** Rules for the optimiser; what they do not match (towers, the modality table, ranking) learns at the base rate. */
export const rateRules = ({ fusion = 5, head = 5 }: RateFactors = {}): { match: RegExp; rate: number }[] => [
  { match: /^(textBlocks|pictureBlocks|projectText|projectPicture|textPooler|picturePooler)\./, rate: fusion },
  { match: /^(fill|match|classifier)\./, rate: head },
];
