/**
 * What is worked out once for a graph and kept with it, in a property that a copy (`{ ...graph }`) does not take over.
 *
 * Not a WeakMap: while that is old, V8's collections of young objects keep whatever its values lead to, and with every edit of a file a graph
 * more would stay until the next full collection.
 */
export function once<K extends object, V>(name: string, work: (of: K) => V): (of: K) => V {
  const key = Symbol(name);
  return (of) => {
    const known = (of as { [key]?: { readonly value: V } })[key];
    if (known) return known.value;
    const value = work(of);
    Object.defineProperty(of, key, { value: { value } });
    return value;
  };
}
