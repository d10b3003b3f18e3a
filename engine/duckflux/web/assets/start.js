/** Shows the page that the address names. */

function showTop() {
  const { pathname } = location;
  const link = (href, text) => element("a", { href, ...(pathname === href ? { "aria-current": "page" } : {}) }, text);
  const theme = button({ "aria-label": "Light or dark" }, switchTheme, "◐");
  const links = element("nav", { "aria-label": "Pages" }, link("/", "Workflows"), link("/runs", "Runs"));
  if (document.body.dataset.isDurable === "true") find("top").after(storeStatus());
  find("top").append(element("strong", {}, "duckflux"), links, element("span", { class: "space" }), theme);
}

async function showPage(content) {
  const { pathname, search } = location;
  const canRun = document.body.dataset.canRun === "true";
  if (pathname.startsWith("/workflows/")) return showWorkflow(content, decodeURIComponent(pathname.slice("/workflows/".length)), canRun);
  if (pathname === "/compare") return showComparison(content, new URLSearchParams(search));
  if (pathname !== "/runs") return showWorkflows(content, canRun);
  content.replaceChildren(element("h1", {}, "Runs"));
  followRuns(showHistory(content));
  return undefined;
}

showTop();
showPage(find("content")).catch((error) => {
  find("content").replaceChildren(element("h1", {}, "This page can't be shown"), element("p", { class: "problem", role: "alert" }, error.message));
});
