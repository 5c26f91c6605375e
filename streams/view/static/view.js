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
  const source = new EventSource("/api/v1/changes");
  source.addEventListener("change", soon);
  source.addEventListener("hello", () => { heard.textContent = calm; soon(); });
  source.addEventListener("error", () => { heard.textContent = heard.dataset.lost; });
  window.setInterval(soon, 15000);
})();
