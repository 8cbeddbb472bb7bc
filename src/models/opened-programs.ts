/** The programs of a loaded model: each is compiled when it is first asked for, and all are released together. */
import type { Program } from '../runtime/index.ts';

export class OpenedPrograms {
  readonly #programs = new Map<string, Promise<Program>>();

  /** The program of this name; `compile` is called once for it. */
  open(name: string, compile: () => Promise<Program>): Promise<Program> {
    const known = this.#programs.get(name) ?? compile();
    this.#programs.set(name, known);
    return known;
  }

  async release(): Promise<void> {
    const programs = await Promise.all(this.#programs.values());
    this.#programs.clear();
    await Promise.all(programs.map((program) => program.release()));
  }
}
