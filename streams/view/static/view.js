"use strict";
// The page is whole without this; with it, the living part is fetched again when something changed.
(() => {
  const live = document.getElementById("live");
  const heard = document.getElementById("heard");
  if (!live || !heard || !window.EventSource) return;
  const calm = heard.textContent;
  let waiting = false;
  let last = live.innerHTML;

  async function refresh() {
    waiting = false;
    try {
      const answer = await fetch(live.dataset.live, { headers: { Accept: "text/html" } });
      const text = await answer.text();
      if (text !== last && !live.contains(document.activeElement)) {
        live.innerHTML = text;
        last = text;
      }
    } catch {
      heard.textContent = heard.dataset.lost;
    }
  }
  function soon() {
    if (waiting) return;
    waiting = true;
    window.setTimeout(refresh, 500);
  }
  // A browser has six connections to a site in all: a page that nobody looks at gives its own back.
  let source = null;
  function listen() {
    if (source || document.hidden) return;
    source = new EventSource("/api/v1/changes");
    source.addEventListener("change", soon);
    source.addEventListener("hello", () => { heard.textContent = calm; soon(); });
    source.addEventListener("error", () => { heard.textContent = heard.dataset.lost; });
  }
  function leave() {
    if (source) source.close();
    source = null;
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", listen);
  listen();
  window.setInterval(() => { if (!document.hidden) soon(); }, 15000);
})();
