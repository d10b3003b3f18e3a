/** Light or dark, as it was chosen last. */

const THEME_KEY = "duckflux-theme";

function rememberTheme() {
  const root = document.documentElement;
  const chosen = localStorage.getItem(THEME_KEY);
  if (chosen) root.dataset.theme = chosen;
  const keep = () => localStorage.setItem(THEME_KEY, root.dataset.theme);
  new MutationObserver(keep).observe(root, { attributeFilter: ["data-theme"] });
}

function switchTheme() {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = isDark ? "light" : "dark";
}

rememberTheme();
