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
  const shown = element("p", { id: "store", role: "status" });
  const update = async () => {
    // That the server does not answer is said elsewhere.
    const status = document.hidden ? null : await getJson("/api/durable").catch(() => null);
    if (status !== null) {
      shown.classList.toggle("problem", Boolean(status.problem));
      setText(shown, storeText(status));
    }
    setTimeout(update, STATUS_MILLISECONDS);
  };
  update();
  return shown;
}
