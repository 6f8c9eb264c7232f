/** Light or dark: as the system says, until the switch says otherwise. */
const KEY = "lwm-theme";

export function theme(by: HTMLElement): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = stored();
  const show = (): void => {
    const dark = chosen ? chosen === "dark" : system.matches;
    document.documentElement.style.colorScheme = chosen ?? "light dark";
    by.textContent = dark ? "Light" : "Dark";
    by.setAttribute("aria-label", dark ? "Light colours" : "Dark colours");
  };
  by.addEventListener("click", () => {
    chosen = by.textContent === "Light" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // a browser that stores nothing forgets it
    }
    show();
  });
  system.addEventListener("change", show);
  show();
}

function stored(): "light" | "dark" | undefined {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : undefined;
  } catch {
    return undefined;
  }
}
