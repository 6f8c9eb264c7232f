/**
 * How much memory tensors take at once when steps run in a given order.
 *
 * A tensor is alive from the step that makes it to the last one that reads it; a step's inputs and outputs are both alive while it runs.
 * Inputs of the network are alive from the start to their last reader, what it gives back until the end. Nothing is overwritten in place.
 */

/** A buffer: `id` is any small whole number. */
export interface Held {
  readonly id: number;
  readonly bytes: number;
  /** The tensor is another view of this one's memory: it takes none itself and keeps that one alive. */
  readonly viewOf?: number;
}

export interface Step {
  readonly inputs: readonly number[];
  readonly outputs: readonly Held[];
}

export interface Peak {
  readonly bytes: number;
  /** The first step at which it is reached; -1: before any. */
  readonly step: number;
  /** The buffers alive then, in order of creation; views are not listed. */
  readonly alive: readonly Held[];
}

/** @param kept what must remain after the last step */
export function peak(inputs: readonly Held[], steps: readonly Step[], kept: readonly number[]): Peak {
  const owners = ownersOf(steps);
  const owner = (id: number): number => owners[id] ?? id;
  const lastRead: number[] = [];
  for (let i = 0; i < steps.length; i++) for (const id of steps[i].inputs) lastRead[owner(id)] = i;
  for (const id of kept) lastRead[owner(id)] = steps.length;

  const bytes: number[] = [];
  let alive = 0;
  for (const input of inputs) {
    if (lastRead[input.id] === undefined) continue;
    bytes[input.id] = input.bytes;
    alive += input.bytes;
  }
  let highest = alive;
  let at = -1;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    for (const output of step.outputs) {
      if (output.viewOf !== undefined) continue;
      bytes[output.id] = output.bytes;
      alive += output.bytes;
    }
    if (alive > highest) {
      highest = alive;
      at = i;
    }
    for (const id of step.inputs) alive -= released(owner(id), i);
    for (const output of step.outputs) if (lastRead[owner(output.id)] === undefined) alive -= released(owner(output.id), i, true);
  }
  return { bytes: highest, step: at, alive: aliveAt(inputs, steps, lastRead, at) };

  /** The bytes that become free after step `i`, once. */
  function released(id: number, i: number, unread = false): number {
    if (!unread && lastRead[id] !== i) return 0;
    const size = bytes[id] ?? 0;
    bytes[id] = 0;
    return size;
  }
}

/** The tensor whose memory each view shows, by the view's id. */
function ownersOf(steps: readonly Step[]): readonly (number | undefined)[] {
  const owners: number[] = [];
  for (const step of steps) for (const { id, viewOf } of step.outputs) if (viewOf !== undefined) owners[id] = owners[viewOf] ?? viewOf;
  return owners;
}

function aliveAt(inputs: readonly Held[], steps: readonly Step[], lastRead: readonly (number | undefined)[], at: number): readonly Held[] {
  const alive = inputs.filter(({ id }) => (lastRead[id] ?? -2) >= at);
  for (let i = 0; i <= at; i++) {
    for (const output of steps[i].outputs) if (output.viewOf === undefined && (i === at || (lastRead[output.id] ?? -1) >= at)) alive.push(output);
  }
  return alive;
}
