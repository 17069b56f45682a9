// What the pages do beyond links and forms: keys, the live feed, theme without a reload. Every page works without it.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const typing = (element) => element && (element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName));

document.documentElement.classList.add("script");

/* Theme: the link works by itself; here it changes in place and is remembered by the same cookie. */
function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function turnTheme() {
  const theme = dark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  document.cookie = `assay_theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax`;
}

/* Moving through rows: the focus is the selection, so Enter opens and screen readers follow. */
function move(step) {
  const rows = $$("[data-row] .go");
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.closest("[data-row]").contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

let going = 0; // when g was pressed: the next key names a page

const keys = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => $("[data-filter]")?.focus(),
  g: () => { going = Date.now(); },
  t: turnTheme,
  l: () => $("[data-live]")?.click(),
  "?": () => $("#help")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const focus = document.activeElement;
  if (typing(focus)) {
    if (event.key === "Escape") focus.blur();
    return;
  }
  if ($("dialog[open]")) return;
  if (going && Date.now() - going < 1200 && event.key !== "g") {
    going = 0;
    const page = $(`[data-go="${CSS.escape(event.key)}"]`);
    if (page) { event.preventDefault(); page.click(); return; }
  }
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-toggle]")) { event.preventDefault(); turnTheme(); }
  else if (event.target.closest("[data-help]")) $("#help")?.showModal();
  else if (event.target.matches("dialog")) event.target.close();
});

/* Filters apply as they change; the address always says what is shown. */
const filters = $("form.filters[method=get]");
if (filters) {
  let waiting = 0;
  const apply = () => { clearTimeout(waiting); filters.requestSubmit(); };
  filters.addEventListener("change", (event) => { if (event.target.type !== "search") apply(); });
  filters.addEventListener("submit", () => {
    for (const field of filters.elements) if (field.name && field.value === "") field.disabled = true;
  });
  addEventListener("pageshow", () => { for (const field of filters.elements) field.disabled = false; });
}

/* The live feed. The stream only says that something new was decided; the server draws what the filters let through, so
   there is one rendering and one language. At most one request is under way, and at most one a second. */
const feed = $("#feed");
const live = $("[data-live]");
if (feed && live && "EventSource" in window && !feed.hasAttribute("data-still")) {
  let stream = null;
  let timer = 0; // a refresh is due
  let busy = false; // a refresh is under way
  let again = false; // something came meanwhile
  let last = 0;

  const say = (state) => {
    live.dataset.state = state;
    live.setAttribute("aria-pressed", String(state === "on"));
    $("span", live).textContent = live.dataset[state];
  };

  function soon() {
    if (busy || document.hidden) again = true;
    else if (!timer) timer = setTimeout(refresh, Math.max(0, 1000 - (Date.now() - last)));
  }

  async function refresh() {
    timer = 0;
    again = false;
    busy = true;
    last = Date.now();
    try {
      const address = new URL(location.href);
      address.searchParams.set("fragment", "1");
      const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      say("lost");
    }
    busy = false;
    if (again) soon();
  }

  function show(fresh) {
    const before = new Set($$("[data-row]", feed).map((row) => row.dataset.row));
    const chosen = document.activeElement?.closest("#feed [data-row]")?.dataset.row;
    feed.replaceChildren(...fresh.body.childNodes);
    for (const row of $$("[data-row]", feed)) {
      if (!before.has(row.dataset.row)) row.classList.add("fresh");
      if (row.dataset.row === chosen) $(".go", row).focus({ preventScroll: true });
    }
  }

  function open() {
    stream = new EventSource(live.dataset.live);
    stream.onopen = () => say("on");
    stream.onerror = () => say("lost");
    stream.onmessage = soon;
    stream.addEventListener("decision", soon);
  }

  live.hidden = false;
  live.addEventListener("click", () => {
    if (stream) { stream.close(); stream = null; say("off"); }
    else { open(); soon(); }
  });
  document.addEventListener("visibilitychange", () => { if (again && stream) soon(); });
  open();
}

/* Files to be examined: each is sent as it is, watched as it goes, and its result put in place. */
function send(form, file) {
  const item = $("[data-job]").content.firstElementChild.cloneNode(true);
  $("[data-jobs]").prepend(item);
  $("[data-name]", item).textContent = file.name;
  const doing = $("[data-doing]", item);
  const over = async (text, job) => {
    $("[data-progress]", item).remove();
    doing.textContent = text;
    if (!job) return;
    const answer = await fetch(`${form.dataset.result}${job}?fragment=1`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    $("[data-shown]", item).replaceChildren(...page.body.childNodes);
  };
  fetch(`${form.dataset.check}?name=${encodeURIComponent(file.name)}`, {
    method: "POST", body: file, headers: { "X-CSRF-Token": form.dataset.csrf },
  }).then(async (answer) => {
    const told = await answer.json();
    if (!answer.ok) { over([told.error.message, told.error.hint].filter(Boolean).join(" · ")); return; }
    const events = new EventSource(`${form.dataset.check}/${told.id}/events`);
    events.addEventListener("progress", (event) => {
      const { status, doing: what = "", steps = 0, examined = 0 } = JSON.parse(event.data);
      doing.textContent = [what || status, steps ? `${steps}` : "", examined ? `${examined}` : ""].filter(Boolean).join(" · ");
    });
    for (const end of ["done", "failed"]) {
      events.addEventListener(end, () => { events.close(); over("", told.id); });
    }
  }).catch((error) => over(String(error)));
}

$("[data-check]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  for (const file of event.target.elements.files.files) send(event.target, file);
  event.target.reset();
});

/* Lanes of days: what was in the middle stays there when the zoom changes. */
for (const lanes of $$("[data-lanes]")) {
  const seen = $(".day-scroll", lanes);
  let middle = 0.5;
  seen.addEventListener("scroll", () => { middle = (seen.scrollLeft + seen.clientWidth / 2) / seen.scrollWidth; }, { passive: true });
  lanes.addEventListener("change", (event) => {
    const kept = middle;
    if (event.target.matches("[data-zoom]")) seen.scrollLeft = kept * seen.scrollWidth - seen.clientWidth / 2;
  });
}
