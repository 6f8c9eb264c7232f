/** Lists of classes by the names that `output …(labels="…")` uses. */
import { imagenet } from "./imagenet.ts";

const lists: Readonly<Record<string, readonly string[]>> = {
  imagenet,
  cifar10: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  digits: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  visual_wake_words: ["no person", "person"],
  speech_commands: ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown"],
  text_direction: ["0°", "180°"],
};

/** The class names of a list, or undefined where there is no such list. */
export function labels(list: string): readonly string[] | undefined {
  return Object.hasOwn(lists, list) ? lists[list] : undefined;
}

/** The lists by name, and how many classes each has. */
export const classLists: ReadonlyMap<string, number> = new Map(Object.entries(lists).map(([name, names]) => [name, names.length]));
