/** Says how the store of durable runs stands, where there is something to say. */

const STATUS_MILLISECONDS = 2000;

function countText(count, text) {
  return `${count} ${count === 1 ? "run" : "runs"} ${text}`;
}

function storeText({ problem, waiting, unfollowed }) {
  if (problem) return `Durable runs: ${problem}. Trying again.`;
  const parts = [];
  if (waiting) parts.push(countText(waiting, waiting === 1 ? "waits for a worker" : "wait for a worker"));
  if (unfollowed) parts.push(countText(unfollowed, "not shown yet: too many go on at once"));
  return parts.length ? `Durable runs: ${parts.join(", ")}.` : "";
}

/** An element that follows the status. */
function storeStatus() {
  const shown = element("p", { id: "store", class: "problem", role: "status" });
  const update = async () => {
    if (!document.hidden) setText(shown, await getJson("/api/durable").then(storeText, (error) => error.message));
    setTimeout(update, STATUS_MILLISECONDS);
  };
  update();
  return shown;
}
