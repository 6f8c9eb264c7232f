/** Figures as the page writes them. */
export { binaryBytes, grouped, seconds, short } from "../src/compiler/analyse/format-figures.ts";
