/** Execution: compiled programs on ONNX Runtime, behind one adapter a platform. */
export type { Device, Engine, OpenOptions } from './engine.ts';
export { type MatrixPeak, openMatrixPeak } from './matrix-peak.ts';
export { nodeEngine } from './node.ts';
export { type PartOptions, runInParts } from './parts.ts';
export { type CompileOptions, compile, evaluate, Program, type RunOptions } from './program.ts';
export type { Repacking } from './repacking.ts';
export { flopsOfRun, type OpenedProgram, type ProgramRun, type Watch } from './watch.ts';
