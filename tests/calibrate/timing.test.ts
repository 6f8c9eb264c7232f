/** Turns, clocks and percentiles, on a clock that is set by hand. */
import { describe, expect, test } from "vitest";
import { interleaved, median, tenth } from "../../src/cli/measure/timing.ts";

const options = { warmups: 2, seconds: 1, least: 4, most: 10, shortest: 0.001 };

describe("interleaved", () => {
  test("takes turns, after the warm-ups of each", async () => {
    let now = 0;
    const order: string[] = [];
    const item = (name: string, seconds: number) => ({ run: async () => void (order.push(name), (now += seconds)) });
    const times = await interleaved([item("a", 0.1), item("b", 0.3)], { ...options, clock: () => [now] });
    expect(times.map((each) => each.length)).toEqual([4, 4]);
    expect(order.slice(4).join("")).toBe("abababab");
    for (const each of times[1]) expect(each).toBeCloseTo(0.3);
  });

  test("what is short is run several times for each time", async () => {
    let now = 0;
    let runs = 0;
    const times = await interleaved([{ run: async () => void (runs++, (now += 0.0001)) }], { ...options, clock: () => [now] });
    expect(times[0].length).toBe(10);
    expect(runs).toBe(2 + 10 * 10);
    for (const each of times[0]) expect(each).toBeCloseTo(0.0001);
  });

  test("of several clocks the one that counted less", async () => {
    let wall = 0;
    let processor = 0;
    const times = await interleaved([{ run: async () => void ((wall += 0.5), (processor += 0.2)) }], { ...options, clock: () => [wall, processor] });
    for (const each of times[0]) expect(each).toBeCloseTo(0.2);
  });

  test("says how far it is, to the end", async () => {
    let now = 0;
    const said: number[] = [];
    await interleaved([{ run: async () => void (now += 1) }], { ...options, clock: () => [now], progress: (done) => void said.push(done) });
    expect(said).toEqual([...said].sort((a, b) => a - b));
    expect(said.at(-1)).toBe(1);
  });
});

test("percentiles lie between neighbours", () => {
  expect(tenth([3, 1, 2])).toBeCloseTo(1.2);
  expect(median([4, 1, 3, 2])).toBeCloseTo(2.5);
  expect(tenth([7])).toBe(7);
});
