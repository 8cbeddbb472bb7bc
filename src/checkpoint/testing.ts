/** What the fixtures that PyTorch wrote hold, in safetensors and in its own formats alike. */
const quarters = [0, 0.25, 0.5, 0.75, 1, 1.25];
const integers = [-3, -2, -1, 0, 1, 2];

/** Name, dtype, shape and numbers of one tensor of every kind. */
export const storedTensors: readonly [name: string, dtype: string, shape: number[], values: number[]][] = [
  ['f32', 'float32', [2, 3], quarters],
  ['f16', 'float16', [6], quarters],
  ['bf16', 'bfloat16', [6], quarters],
  ['f64', 'float64', [6], quarters],
  ['i64', 'int64', [6], integers],
  ['i32', 'int32', [6], integers],
  ['i8', 'int8', [6], integers],
  ['u8', 'uint8', [6], [0, 1, 2, 3, 4, 5]],
  ['bool', 'bool', [3], [1, 0, 1]],
  ['scalar', 'float32', [], [1.5]],
  ['empty', 'float32', [0, 4], []],
];
