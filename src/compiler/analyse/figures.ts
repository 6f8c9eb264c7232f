/** The figures of a network, in the order in which reports print them; artifacts carry them in their metadata. */
export const FIGURES = ["params", "buffers", "macs", "flops", "weights", "activations"] as const;

export type Figures = Readonly<Record<(typeof FIGURES)[number], number>>;

/** Those that are sums over the layers. */
export const SUMMED = ["params", "buffers", "macs", "flops", "weights"] as const;

export type LayerFigures = Pick<Figures, (typeof SUMMED)[number]>;

/** The figures alone of what has more to say. */
export function figuresOf({ params, buffers, macs, flops, weights, activations }: Figures): Figures {
  return { params, buffers, macs, flops, weights, activations };
}
