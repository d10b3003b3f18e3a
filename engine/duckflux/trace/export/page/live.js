/** Follows a run that goes on: asks again and again what is new, and draws it, at most once a frame. */

const PAUSE = 250;
const PAUSE_WITHOUT_SERVER = 2000;

const gathered = [];

/** Asks for what is new beyond what is known; null where there is nobody to ask. A server's page sets its own. */
let askHost = host && ((known) => host.postMessage({ known }));

function askForNews() {
  if (askHost && data.known) askHost(data.known);
}

/** `news` is null while there is nobody to ask, false if there never will be any. */
function takeAnswer(news) {
  if (news === false) return;
  if (news) {
    data.known = news.known;
    takeNews(news);
  }
  setTimeout(askForNews, news ? PAUSE : PAUSE_WITHOUT_SERVER);
}

function takeNews(news) {
  if (gathered.push(news) === 1) requestAnimationFrame(drawNews);
}

function drawNews() {
  takeData(gathered.splice(0));
  refresh();
  updateDetails();
}
