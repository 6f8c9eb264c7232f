// Draws a network by its blocks. What to draw comes from the extension; a click goes back to it.
"use strict";
(() => {
  const vscode = acquireVsCodeApi();
  const saved = vscode.getState() ?? {};
  let by = saved.by ?? "macs";
  let chosen = saved.model;
  let networks = [];
  let levels = [];
  let before = false;
  const open = new Set(saved.open ?? []);

  const keep = () => vscode.setState({ by, model: chosen, open: [...open] });
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const short = (value) => {
    for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
    return String(value);
  };
  /** As in the gutter. */
  const colour = (share) => levels.findLast(([least]) => share >= least)?.[1] ?? "transparent";

  function draw() {
    const root = document.getElementById("network");
    root.replaceChildren();
    const network = networks.find(({ model }) => model === chosen) ?? networks[0];
    if (!network) {
      root.append(make("p", "empty", "There is no network here that can be drawn. Open a .lwm file without errors."));
      return;
    }
    const header = make("header");
    if (networks.length > 1) {
      const select = make("select");
      select.setAttribute("aria-label", "model");
      for (const { model } of networks) {
        const option = make("option", "", model);
        option.selected = model === network.model;
        select.append(option);
      }
      select.addEventListener("change", () => {
        chosen = select.value;
        keep();
        draw();
      });
      header.append(select);
    }
    for (const [metric, label] of [["macs", "MACs"], ["params", "params"]]) {
      const button = make("button", "", label);
      button.setAttribute("aria-pressed", String(by === metric));
      button.addEventListener("click", () => {
        by = metric;
        keep();
        draw();
      });
      header.append(button);
    }
    header.append(make("div", "total", `${network.model}: ${short(network.params)} params, ${short(network.macs)} MACs${before ? " (before the mistake)" : ""}`));
    root.append(header, list(network, network.parts));
  }

  function list(network, parts) {
    const ul = make("ul");
    for (const part of parts) ul.append(item(network, part));
    return ul;
  }

  function item(network, part) {
    const li = make("li");
    const row = make("div", "part");
    const share = network[by] > 0 ? part[by] / network[by] : 0;
    row.style.borderLeftColor = colour(share);
    const key = `${network.model}/${part.path}`;
    const fold = make("button", "fold", part.parts.length === 0 ? "" : open.has(key) ? "▾" : "▸");
    fold.disabled = part.parts.length === 0;
    fold.setAttribute("aria-expanded", String(open.has(key)));
    fold.setAttribute("aria-label", `parts of ${part.path}`);
    fold.addEventListener("click", () => {
      if (!open.delete(key)) open.add(key);
      keep();
      draw();
    });
    const go = make("button", "go");
    go.append(make("span", "", part.name), make("span", "what", part.what && part.what !== part.name ? part.what : ""));
    go.disabled = !part.range;
    go.title = `${part.path}: ${part.macs.toLocaleString("en")} MACs, ${part.params.toLocaleString("en")} params`;
    go.addEventListener("click", () => vscode.postMessage({ kind: "reveal", range: part.range }));
    row.append(fold, go, make("span", "share", share >= 0.0005 ? `${(100 * share).toFixed(1)} %` : ""), make("span", "shape", `[${part.shape.join(", ")}]`));
    li.append(row);
    if (open.has(key) && part.parts.length > 0) li.append(list(network, part.parts));
    return li;
  }

  window.addEventListener("message", ({ data }) => {
    if (data.kind !== "networks") return;
    ({ networks, levels, before } = data);
    draw();
  });
  vscode.postMessage({ kind: "ready" });
})();
