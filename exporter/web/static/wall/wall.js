/* The wall in the browser of a television: tells the time, turns the pages, takes over new figures in place,
   and says so when it no longer hears from the exporter. Without it the page still reloads itself.
   Written for browsers from about 2018 on. */
(() => {
  "use strict";
  const body = document.body, root = document.documentElement;
  const $ = (selector) => document.querySelector(selector);
  const asked = new URLSearchParams(location.search);
  const seconds = Number((asked.get("every") || "15").replace(",", "."));
  const every = (seconds >= 5 && seconds <= 3600 ? seconds : 15) * 1000;
  const wanted = (asked.get("pages") || "").split(",").map((name) => name.trim()).filter(Boolean);
  const beat = Number(body.dataset.beat) * 1000;
  const build = body.dataset.build;
  const PATIENCE = 3; // beats without a word, after which the exporter counts as gone
  const RETRY = 60000; // after which a refused stream is asked for again
  const FORGOTTEN = 600000; // after which a page that somebody stopped turns again
  const zone = Number(body.dataset.zone) * 1000; // how far the province's time is ahead of UTC

  // The television's own clock may be wrong: time is the server's, carried on by a monotonic clock.
  let told = Number(body.dataset.now), heard = performance.now();
  const now = () => told + performance.now() - heard;

  const pad = (number) => String(number).padStart(2, "0");
  const stamp = (ms) => {
    const d = new Date(ms + zone);
    return `${pad(d.getUTCDate())}/${pad(d.getUTCMonth() + 1)}/${d.getUTCFullYear()} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`;
  };
  const age = (ms) => {
    const s = Math.max(Math.floor(ms / 1000), 0);
    const [size, name] = s >= 172800 ? [86400, "ngày"] : s >= 3600 ? [3600, "giờ"] : s >= 60 ? [60, "phút"] : [1, "giây"];
    return `${String(Math.floor(s / size)).replace(/\B(?=(\d{3})+$)/g, ".")} ${name}`;
  };
  // Nothing is written that already stands there: what does not change does not flicker.
  const say = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };

  // Which page is shown.
  let shown = null, turnAt = performance.now() + every, paused = false, pausedAt = 0;
  const all = () => Array.from(document.querySelectorAll("#pages > .page"));
  const rotation = () => {
    if (body.classList.contains("grey")) return all().slice(0, 1);
    const named = all().filter((page) => wanted.some((name) => page.dataset.page === name
      || (name === "xa" && page.classList.contains("communes"))));
    return named.length ? named : all();
  };
  const show = (page, moved) => {
    all().forEach((other) => { other.hidden = other !== page; other.classList.toggle("turned", moved && other === page); });
    const pages = rotation();
    shown = page ? { id: page.dataset.page, part: all().filter((p) => p.dataset.page === page.dataset.page).indexOf(page) } : null;
    say($("#turn"), pages.length > 1 ? `${paused ? "dừng ở trang" : "trang"} ${pages.indexOf(page) + 1}/${pages.length}` : "");
  };
  const current = () => {
    const pages = rotation();
    const same = shown ? pages.filter((page) => page.dataset.page === shown.id) : [];
    return same[shown ? Math.min(shown.part, same.length - 1) : 0] || pages[0];
  };
  const hold = (still) => {
    paused = still;
    pausedAt = performance.now();
    turnAt = pausedAt + every;
    show(current(), false);
  };
  const turn = (step) => {
    const pages = rotation();
    if (pages.length) show(pages[(pages.indexOf(current()) + step + pages.length) % pages.length], pages.length > 1);
    turnAt = performance.now() + every;
  };

  // What the figures are like.
  let lost = false, kept = null;
  const figures = () => $("#wall").dataset;
  const grey = (heading, sentence, since, further, facts) => {
    const notice = $(".province .notice");
    if (notice && notice.dataset.of !== heading) {
      if (kept === null) kept = { grey: body.classList.contains("grey"), notice: notice.innerHTML };
      notice.dataset.of = heading;
      say(notice.querySelector(".what"), heading);
      say(notice.querySelector(".long span"), sentence);
      say(notice.querySelector(".next"), further);
      notice.querySelector(".since").dataset.since = String(since);
      const rows = notice.querySelector("tbody");
      rows.textContent = "";
      facts.forEach(([label, value]) => {
        const row = rows.insertRow(), head = document.createElement("th");
        head.scope = "row";
        head.textContent = label;
        row.appendChild(head);
        row.insertCell().textContent = value;
      });
    }
    if (!body.classList.contains("grey")) { body.classList.add("grey"); show(current(), false); }
  };
  const colour = () => {
    const notice = $(".province .notice");
    if (kept === null) return;
    if (notice) { notice.innerHTML = kept.notice; delete notice.dataset.of; }
    body.classList.toggle("grey", kept.grey);
    kept = null;
    show(current(), false);
  };
  const NOT_JUDGED = "Các con số màu xám là số nhận được lần cuối, không dùng để đánh giá; tên đơn vị tạm không nêu. ";
  const judge = () => {
    const time = now(), silent = performance.now() - heard, { late, old, over } = figures();
    const element = $("#age");
    if (element && element.dataset.stamp) {
      say(element.querySelector("b"), age(time - element.dataset.stamp));
      const bad = (old && time >= Number(old)) || (kept ? kept.grey : body.classList.contains("grey") && !lost);
      const tone = bad ? "old" : late && time >= Number(late) ? "late" : silent > PATIENCE * beat ? "none" : "new";
      if (!element.classList.contains(tone)) element.className = `age ${tone}`;
    }
    say($("#clock"), stamp(time));
    lost = silent > PATIENCE * beat;
    if (lost) {
      grey("Mất kết nối với máy chủ", "Màn hình không nhận được số liệu đã", told,
        `${NOT_JUDGED}Trang tự cập nhật khi nối lại được.`, [["Nhận được lần cuối", stamp(told)]]);
    } else if (over && time > Number(over) + PATIENCE * beat && !(kept ? kept.grey : body.classList.contains("grey"))) {
      grey("Số liệu đã quá hạn", "Không có số liệu mới đã", Number(element.dataset.stamp),
        `${NOT_JUDGED}Trang tự cập nhật khi có số liệu.`, []);
    } else if (kept !== null && !(over && time > Number(over) + PATIENCE * beat)) colour();
    document.querySelectorAll(".since[data-since]").forEach((since) => say(since, age(time - since.dataset.since)));
  };

  // What the server says.
  let fetching = false;
  const get = (path, then) => {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), beat);
    return fetch(path, { signal: stop.signal, cache: "no-store" })
      .then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); return answer.text(); })
      .then(then).catch(() => undefined).then(() => clearTimeout(timer));
  };
  const take = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const wall = fresh.querySelector("#wall");
    if (!wall) return;
    if (fresh.body.dataset.build !== build) { location.reload(); return; }
    kept = null;
    const place = document.importNode(wall, true);
    body.dataset.id = fresh.body.dataset.id;
    body.classList.toggle("grey", fresh.body.classList.contains("grey"));
    // In one step, with the page that is shown: nobody sees it happen.
    body.replaceChild(place, $("#wall"));
    show(current(), false);
    judge();
  };
  const update = () => {
    if (fetching) return;
    fetching = true;
    get(location.pathname + location.search, take).then(() => { fetching = false; });
  };
  const hear = (text) => {
    let state;
    try { state = JSON.parse(text); } catch (error) { return; }
    told = state.now;
    heard = performance.now();
    if (state.id !== body.dataset.id || state.build !== build) update(); else judge();
  };

  let stream = null, refusedAt = null, pollAt = 0;
  const listen = () => {
    if (!window.EventSource) return;
    if (stream) stream.close();
    refusedAt = null;
    stream = new EventSource("/wall/events");
    stream.addEventListener("state", (event) => hear(event.data));
    stream.onerror = () => { if (stream.readyState === EventSource.CLOSED) refusedAt = performance.now(); };
  };
  const tick = () => {
    const time = performance.now();
    judge();
    if (paused && time >= pausedAt + FORGOTTEN) hold(false);
    if (!paused && time >= turnAt) turn(1);
    if (refusedAt !== null && time >= refusedAt + RETRY) listen();
    // No stream, or a silent one: ask instead.
    if (time - heard > beat * 1.5 && time >= pollAt) {
      pollAt = time + beat;
      get("/wall/state", hear);
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") turn(event.key === "ArrowRight" ? 1 : -1);
    else if (event.key === " " || event.key === "Enter") hold(!paused); else return;
    event.preventDefault();
  });
  root.classList.add("live");
  show(current(), false);
  judge();
  listen();
  setInterval(tick, 1000);
})();
