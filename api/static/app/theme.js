// Light or dark, decided before the first paint: a classic script, loaded in the head, without imports.
// "auto" follows the system; a choice is kept in this browser and told to its other tabs.
(() => {
  const KEY = "nobrains.theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function kept() {
    try {
      return localStorage.getItem(KEY) || "auto";
    } catch {
      return "auto"; // storage forbidden
    }
  }

  function apply() {
    const theme = window.nobrainsTheme.chosen === "auto" ? (dark.matches ? "dark" : "light") : window.nobrainsTheme.chosen;
    if (document.documentElement.dataset.bsTheme === theme) return;
    document.documentElement.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("theme", { detail: theme }));
  }

  window.nobrainsTheme = {
    chosen: kept(),
    choose(theme) {
      this.chosen = theme;
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // it holds until the page is closed
      }
      apply();
    },
  };
  dark.addEventListener("change", apply);
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    window.nobrainsTheme.chosen = kept();
    apply();
  });
  apply();
})();
