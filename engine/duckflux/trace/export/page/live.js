/** Follows a run that goes on: asks the editor again and again what is new, and draws it, at most once a frame. */

const PAUSE = 250;
const PAUSE_WITHOUT_SERVER = 2000;

const gathered = [];

function askForNews() {
  if (host && data.known) host.postMessage({ known: data.known });
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
