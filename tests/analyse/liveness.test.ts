import fc from "fast-check";
import { expect, test } from "vitest";
import { peak, type Held, type Step } from "../../src/compiler/analyse/liveness.ts";

const step = (inputs: number[], ...outputs: Held[]): Step => ({ inputs, outputs });

test("inputs and outputs of a step are alive together", () => {
  const found = peak([{ id: 0, bytes: 10 }], [step([0], { id: 1, bytes: 20 }), step([1], { id: 2, bytes: 5 })], [2]);
  expect(found).toEqual({ bytes: 30, step: 0, alive: [{ id: 0, bytes: 10 }, { id: 1, bytes: 20 }] });
});

test("a skip keeps its tensor alive", () => {
  const steps = [step([0], { id: 1, bytes: 8 }), step([1], { id: 2, bytes: 30 }), step([2], { id: 3, bytes: 8 }), step([1, 3], { id: 4, bytes: 8 })];
  expect(peak([{ id: 0, bytes: 1 }], steps, [4])).toMatchObject({ bytes: 46, step: 2 });
});

test("outputs stay until the end, what nobody reads for its step only, an input that nobody reads never", () => {
  const steps = [step([0], { id: 1, bytes: 7 }, { id: 2, bytes: 100 }), step([0], { id: 3, bytes: 7 })];
  expect(peak([{ id: 0, bytes: 1 }, { id: 9, bytes: 1000 }], steps, [1, 3])).toMatchObject({ bytes: 108, step: 0 });
  expect(peak([{ id: 0, bytes: 4 }], [], [0])).toEqual({ bytes: 4, step: -1, alive: [{ id: 0, bytes: 4 }] });
});

test("a view takes nothing and keeps what it shows", () => {
  const steps = [step([0], { id: 1, bytes: 50 }), step([1], { id: 2, bytes: 50, viewOf: 1 }), step([0], { id: 3, bytes: 10 }), step([2, 3], { id: 4, bytes: 1 })];
  expect(peak([{ id: 0, bytes: 5 }], steps, [4])).toMatchObject({ bytes: 65, step: 2, alive: [{ id: 0 }, { id: 1 }, { id: 3 }] });
});

test("a step that reads a tensor twice frees it once", () => {
  const steps = [step([0, 0], { id: 1, bytes: 10 }), step([1], { id: 2, bytes: 10 }), step([2], { id: 3, bytes: 10 })];
  expect(peak([{ id: 0, bytes: 10 }], steps, [3]).bytes).toBe(20);
});

/** Straight from the definition: at each step, every tensor that exists by then and is needed from then on. */
function naive(inputs: readonly Held[], steps: readonly Step[], kept: readonly number[]): number {
  let highest = 0;
  const readAt = (id: number, from: number) => kept.includes(id) || steps.some((s, i) => i >= from && s.inputs.includes(id));
  for (let i = 0; i < steps.length; i++) {
    let sum = 0;
    for (const { id, bytes } of inputs) if (readAt(id, i)) sum += bytes;
    for (let j = 0; j <= i; j++) for (const { id, bytes } of steps[j].outputs) if (j === i || readAt(id, i)) sum += bytes;
    highest = Math.max(highest, sum);
  }
  return highest;
}

test("agrees with the definition on random programs", () => {
  const programs = fc.array(fc.record({ reads: fc.array(fc.nat(), { maxLength: 3 }), makes: fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 2 }) }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(programs, fc.nat(), (program, keep) => {
      let next = 2;
      const steps = program.map(({ reads, makes }): Step => {
        const inputs = reads.map((r) => r % next);
        return { inputs, outputs: makes.map((bytes) => ({ id: next++, bytes })) };
      });
      const inputs = [{ id: 0, bytes: 3 }, { id: 1, bytes: 40 }];
      const found = peak(inputs, steps, [keep % next]);
      expect(found.bytes).toBe(Math.max(naive(inputs, steps, [keep % next]), found.step === -1 ? found.bytes : 0));
      expect(found.alive.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(found.bytes);
    }),
    { numRuns: 300 },
  );
});
