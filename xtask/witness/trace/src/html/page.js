// What the page does. No library: the run is in the page as columns (see mod.rs), drawn on a canvas.
"use strict";
(() => {
  const D = JSON.parse(document.getElementById("data").textContent);
  const C = D.calls, M = D.messages;
  const byId = (id) => document.getElementById(id);
  const canvas = byId("diagram"), ctx = canvas.getContext("2d");
  const calls = C.row.length, messages = M.sent.length, rows = D.rows.length;
  const errors = new Set(C.error), counts = new Map(C.count);
  const stuckRanks = new Set(D.stuck.map((edge) => edge[0]));
  const HEAD = 26, TAIL = 14;
  const left = 96, right = D.stuck.length > 0 ? 150 : 24;

  // Numbers as people read them; the same rules as in words.rs.
  const duration = (ns) => {
    if (ns < 1e3) return `${Math.round(ns)} ns`;
    const [value, unit] = ns < 999500 ? [ns / 1e3, "µs"] : ns < 999500000 ? [ns / 1e6, "ms"] : [ns / 1e9, "s"];
    const text = value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
    return `${text.includes(".") ? text.replace(/\.?0+$/, "") : text} ${unit}`;
  };
  const size = (bytes) => {
    if (bytes < 1e3) return `${bytes} B`;
    const [value, unit] = bytes < 999950 ? [bytes / 1e3, "kB"] : bytes < 999950000 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
    return `${value.toFixed(1).replace(/\.0$/, "")} ${unit}`;
  };
  const plural = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u00a0");

  // Rows: first and last call of each, and the place of each on the canvas.
  const first = new Int32Array(rows + 1);
  for (let row = 0, call = 0; row <= rows; row++) {
    while (call < calls && C.row[call] < row) call++;
    first[row] = call;
  }
  const bar = Math.max(7, Math.min(24, Math.floor(420 / Math.max(rows, 1))));
  const gap = Math.max(3, Math.min(56, Math.floor(460 / Math.max(D.ranks, 1)) - bar));
  const top = [];
  const firstRow = new Map();
  let bottom = HEAD + gap / 2;
  D.rows.forEach(([rank], row) => {
    if (row > 0) bottom += bar + (D.rows[row - 1][0] === rank ? 2 : gap);
    if (!firstRow.has(rank)) firstRow.set(rank, row);
    top.push(bottom);
  });
  const height = Math.ceil((rows ? bottom + bar : bottom + 20) + gap / 2 + 6);

  // Messages of each call, to light both ends.
  const ofCall = new Map();
  for (let m = 0; m < messages; m++) {
    for (const call of [M.from_call[m], M.to_call[m]]) {
      if (call < 0) continue;
      if (!ofCall.has(call)) ofCall.set(call, []);
      ofCall.get(call).push(m);
    }
  }
  const meetingOf = new Map();
  D.meetings.forEach(([who], k) => who.forEach((call) => meetingOf.set(call, k)));
  const lastCame = D.meetings.map(([who]) => who.reduce((last, call) => Math.max(last, C.from[call]), 0));

  // From time to place, 0 to 1; in steps along the moments that came with the page.
  const span = Math.max(D.end, 1);
  let stepped = D.stepped;
  const below = (list, value) => { // how many of the ascending list are less
    let low = 0, high = list.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (list[mid] < value) low = mid + 1; else high = mid;
    }
    return low;
  };
  const between = (xs, ys, x) => {
    const next = below(xs, x);
    if (next === 0) return ys[0];
    if (next >= xs.length) return ys[ys.length - 1];
    const share = (x - xs[next - 1]) / (xs[next] - xs[next - 1] || 1);
    return ys[next - 1] + share * (ys[next] - ys[next - 1]);
  };
  const placeOf = (time) => stepped ? between(D.steps[0], D.steps[1], time) : time / span;
  const timeAt = (place) => stepped ? between(D.steps[1], D.steps[0], place) : place * span;
  const from = new Float64Array(calls), to = new Float64Array(calls);
  const waitFrom = new Float64Array(calls), waitTo = new Float64Array(calls);
  const sent = new Float64Array(messages), received = new Float64Array(messages);
  const layOut = () => {
    for (let call = 0; call < calls; call++) {
      from[call] = placeOf(C.from[call]);
      to[call] = C.to[call] < 0 ? Infinity : placeOf(C.to[call]);
      waitFrom[call] = C.wait_from[call] < 0 ? NaN : placeOf(C.wait_from[call]);
      waitTo[call] = C.to[call] < 0 ? Infinity : placeOf(C.wait_to[call]);
    }
    for (let m = 0; m < messages; m++) {
      sent[m] = placeOf(M.sent[m]);
      received[m] = M.received[m] < 0 ? NaN : placeOf(M.received[m]);
    }
  };

  // What is in sight: from `lo` to `hi` of 0 to 1.
  let lo = 0, hi = 1, width = 800, showMessages = true;
  let hovered = -1, focused = -1, pinned = -1;
  const least = () => Math.max(1e-12, 20 / span / (stepped ? 1e3 : 1));
  const plot = () => Math.max(1, width - left - right);
  const x = (place) => left + (place - lo) / (hi - lo) * plot();
  const look = (newLo, newHi) => {
    let wide = Math.min(1, Math.max(Math.min(least(), 1), newHi - newLo));
    let start = Math.min(1 - wide, Math.max(0, newLo));
    lo = start; hi = start + wide;
    draw();
  };
  const zoom = (factor, at = (lo + hi) / 2) => {
    const wide = Math.min(1, Math.max(Math.min(least(), 1), (hi - lo) * factor));
    const share = (at - lo) / (hi - lo);
    look(at - share * wide, at + (1 - share) * wide);
  };
  const move = (share) => { const by = (hi - lo) * share; look(lo + by, hi + by); };

  let paint = {};
  const readColours = () => {
    // A canvas does not know custom properties: let an element resolve them.
    const probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
    for (const name of ["bg", "fg", "dim", "line", "lane", "red", "lost", "meet", "focus"]) {
      probe.style.color = `var(--${name})`;
      paint[name] = getComputedStyle(probe).color;
    }
    probe.remove();
  };
  let hatch = null, marked = [];
  // Marks that tell the classes apart without their colours; the same as in the SVG.
  const marks = {
    "receive": (t) => { t.moveTo(0, 4); t.lineTo(8, 4); },
    "send-receive": (t) => { t.fillStyle = "#44BB99"; t.fillRect(0, 4, 8, 4); },
    "probe": (t) => t.arc(4, 4, 2, 0, 7),
    "wait": (t) => { t.moveTo(4, 0); t.lineTo(4, 8); },
    "test": (t) => { t.moveTo(4, 0); t.lineTo(4, 8); t.moveTo(0, 4); t.lineTo(8, 4); },
    "collective": (t) => { t.fillStyle = "rgba(0,0,0,.4)"; t.fillRect(3, 3, 2.5, 2.5); },
    "one-sided": (t) => { t.moveTo(0, 8); t.lineTo(8, 0); },
    "file": (t) => t.rect(2, 2, 4, 4),
    "compute": (t) => { t.moveTo(0, 6); t.lineTo(8, 6); },
  };
  const makeMarked = () => {
    marked = D.classes.map(([name, , colour]) => {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const t = tile.getContext("2d");
      t.fillStyle = colour;
      t.fillRect(0, 0, 8, 8);
      t.strokeStyle = "rgba(0,0,0,.33)";
      t.lineWidth = 1.5;
      t.beginPath();
      marks[name]?.(t);
      t.stroke();
      return ctx.createPattern(tile, "repeat");
    });
  };
  const makeHatch = () => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const t = tile.getContext("2d");
    t.fillStyle = "rgba(255,255,255,.72)";
    t.fillRect(0, 0, 8, 8);
    t.strokeStyle = "#222222";
    t.lineWidth = 1.6;
    for (const shift of [-8, 0, 8]) {
      t.beginPath();
      t.moveTo(shift, 8);
      t.lineTo(shift + 8, 0);
      t.stroke();
    }
    hatch = ctx.createPattern(tile, "repeat");
  };

  let pending = false;
  const draw = () => {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => { pending = false; paintAll(); });
  };
  const font = (px, weight = "") => { ctx.font = `${weight} ${px}px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif`; };

  const ticks = () => {
    const list = [];
    if (stepped) {
      let last = -Infinity, before = null;
      const [times, places] = D.steps;
      for (let k = Math.max(0, below(places, lo) - 1); k < times.length && places[k] <= hi; k++) {
        const at = x(places[k]);
        if (places[k] < lo || at - last < 84) continue;
        const plain = times[k] === 0 ? "0" : duration(times[k]);
        const same = before && before.plain === plain;
        list.push([at, same ? `+${duration(times[k] - before.time)}` : plain]);
        before = { plain, time: times[k] };
        last = at;
      }
      return list;
    }
    const begin = lo * span, end = hi * span;
    const wanted = (end - begin) * 90 / plot();
    let step = 1;
    for (let k = 0; step < wanted; k++) step *= [2, 2.5, 2][k % 3];
    // Far in, three digits do not tell neighbours apart: then from the left edge on.
    const far = begin / step > 900;
    const origin = far ? Math.ceil(begin / step) * step : 0;
    for (let t = Math.ceil(begin / step) * step; t <= end; t += step) {
      const text = far ? (t === origin ? duration(t) : `+${duration(t - origin)}`) : t === 0 ? "0" : duration(t);
      list.push([x(t / span), text]);
    }
    return list;
  };

  const tornEdge = (a, y, b) => {
    ctx.beginPath();
    ctx.moveTo(a, y);
    ctx.lineTo(b - 4, y);
    ctx.lineTo(b, y + bar / 3);
    ctx.lineTo(b - 4, y + 2 * bar / 3);
    ctx.lineTo(b, y + bar);
    ctx.lineTo(a, y + bar);
    ctx.closePath();
  };

  let drawnCalls = 0, mergedCalls = 0, drawnMessages = 0, hiddenMessages = 0;
  const drawCall = (call, y) => {
    const open = C.to[call] < 0;
    const a = Math.max(left - 2, x(from[call]));
    const end = width - right + TAIL;
    const b = open ? end : Math.min(end, Math.max(a + 1.5, x(to[call])));
    const compute = D.classes[C.class[call]][0] === "compute";
    const bad = errors.has(call) || (open && stuckRanks.has(D.rows[C.row[call]][0]));
    // Marks need room to be seen.
    ctx.fillStyle = b - a < 6 ? D.classes[C.class[call]][2] : marked[C.class[call]];
    ctx.globalAlpha = counts.has(call) ? 0.75 : 1;
    const [yy, h] = compute ? [y + bar / 4, bar / 2] : [y, bar];
    if (open) { tornEdge(a, y, b); ctx.fill(); } else ctx.fillRect(a, yy, b - a, h);
    if (!Number.isNaN(waitFrom[call])) {
      const wa = Math.max(a, x(waitFrom[call])), wb = Math.min(b, x(waitTo[call]));
      if (wb - wa > 1) {
        ctx.fillStyle = hatch;
        if (open) { tornEdge(wa, y, b); ctx.fill(); } else ctx.fillRect(wa, y, wb - wa, bar);
      }
    }
    ctx.globalAlpha = 1;
    if (b - a > 4 || bad) {
      ctx.strokeStyle = bad ? paint.red : "rgba(0,0,0,.5)";
      ctx.lineWidth = bad ? 2.5 : 1;
      if (open) { tornEdge(a, y, b); ctx.stroke(); } else ctx.strokeRect(a + .5, yy + .5, Math.max(1, b - a - 1), h - 1);
    }
    if (bar >= 12 && b - a > 16) {
      const name = D.functions[C.function[call]].replace(/^MPI_/, "");
      const line = C.line[call] && !counts.has(call) ? `${name} :${C.line[call]}` : name;
      font(bar >= 18 ? 12 : 10);
      for (const text of [line, name, D.classes[C.class[call]][1]]) {
        const wide = ctx.measureText(text).width;
        if (wide + 8 > b - a) continue;
        ctx.fillStyle = D.classes[C.class[call]][2];
        ctx.fillRect(a + 3, y + bar / 2 - 7, wide + 3, 14);
        ctx.fillStyle = "#111111";
        ctx.fillText(text, a + 4.5, y + bar / 2 + 4);
        break;
      }
    }
  };

  const arrowHead = (ax, ay, bx, by) => {
    const angle = Math.atan2(by - ay, bx - ax), r = 8;
    ctx.beginPath();
    ctx.moveTo(bx, by);
    ctx.lineTo(bx - r * Math.cos(angle - .42), by - r * Math.sin(angle - .42));
    ctx.lineTo(bx - r * Math.cos(angle + .42), by - r * Math.sin(angle + .42));
    ctx.fill();
  };
  const messageEnds = (m) => {
    const a = top[M.from_row[m]], b = top[M.to_row[m]];
    const ya = b > a ? a + bar : a, yb = b > a ? b : b < a ? b + bar : b;
    return [x(sent[m]), ya, M.received[m] < 0 ? x(sent[m]) + 14 : x(received[m]), yb];
  };
  const drawMessage = (m, heads, lit) => {
    let [ax, ay, bx, by] = messageEnds(m);
    const lost = M.received[m] < 0;
    if (lost) by = ay + (by >= ay && M.to_row[m] !== M.from_row[m] ? 1 : -1) * Math.min(40, Math.max(bar / 3, Math.abs(by - ay) / 2));
    ctx.strokeStyle = ctx.fillStyle = lit ? paint.focus : lost ? paint.lost : paint.fg;
    ctx.lineWidth = lit ? 3 : heads ? 1.4 : .6;
    if (lost) ctx.setLineDash([5, 3]);
    ctx.beginPath();
    ctx.moveTo(ax, ay);
    if (ay === by) ctx.bezierCurveTo(ax, ay - 16, bx, ay - 16, Math.max(bx, ax + 8), by); else ctx.lineTo(bx, by);
    ctx.stroke();
    ctx.setLineDash([]);
    if (lost) {
      ctx.lineWidth = 2;
      ctx.beginPath();
      ctx.moveTo(bx - 4, by - 4); ctx.lineTo(bx + 4, by + 4);
      ctx.moveTo(bx - 4, by + 4); ctx.lineTo(bx + 4, by - 4);
      ctx.stroke();
    } else if (heads || lit) arrowHead(ax, ay, bx, by);
  };

  // Many messages: lines without heads, in one stroke; those that would cover one another to the
  // pixel are one.
  const drawCrowd = (seen) => {
    const taken = new Set(), lost = [];
    ctx.strokeStyle = paint.fg;
    ctx.lineWidth = .6;
    ctx.globalAlpha = seen.length < 3000 ? .5 : .3;
    ctx.beginPath();
    for (const m of seen) {
      if (M.received[m] < 0) { lost.push(m); continue; }
      const [ax, ay, bx, by] = messageEnds(m);
      const pixels = (Math.max(-1, ax | 0) + 1) * 16384 + Math.min(16383, Math.max(0, bx | 0));
      const key = (M.from_row[m] * rows + M.to_row[m]) * 268435456 + pixels;
      if (taken.has(key)) { hiddenMessages++; continue; }
      taken.add(key);
      ctx.moveTo(ax, ay);
      ctx.lineTo(bx, by);
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
    // They are what one looks for; but a million of them would be one brown block.
    for (const m of lost.slice(0, 2000)) drawMessage(m, true, false);
    hiddenMessages += Math.max(0, lost.length - 2000);
  };

  const drawMeeting = (k, lit) => {
    const [who, missing] = D.meetings[k];
    if (who.length === 0) return;
    const last = lastCame[k];
    const at = placeOf(last);
    if (at < lo || at > hi) return;
    ctx.strokeStyle = lit ? paint.focus : paint.meet;
    ctx.globalAlpha = lit ? 1 : .65;
    ctx.lineWidth = 3;
    ctx.beginPath();
    [...who].sort((a, b) => C.row[a] - C.row[b]).forEach((call, n) => {
      const moment = Math.min(Math.max(last, C.from[call]), C.to[call] < 0 ? Infinity : C.to[call]);
      const px = x(placeOf(moment)), py = top[C.row[call]] + bar / 2;
      if (n === 0) ctx.moveTo(px, py); else ctx.lineTo(px, py);
    });
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = paint.red;
    ctx.lineWidth = 2;
    ctx.setLineDash([3, 2]);
    for (const rank of missing) {
      ctx.beginPath();
      ctx.arc(x(at), top[firstRow.get(rank)] + bar / 2, bar / 2.5, 0, 7);
      ctx.stroke();
    }
    ctx.setLineDash([]);
  };

  const drawStuck = () => {
    const begin = width - right + TAIL + 4;
    const middle = (rank) => top[firstRow.get(rank)] + bar / 2;
    ctx.strokeStyle = ctx.fillStyle = paint.red;
    ctx.lineWidth = 2.5;
    for (const [a, b] of D.stuck) {
      const side = b >= a ? 1 : -1;
      const reach = Math.min(.95, .2 + .25 * Math.max(1, Math.abs(a - b))) * (side > 0 ? 1 : .85) * 62;
      const ya = middle(a) + side * 4, yb = middle(b) - side * 4, out = begin + reach * 4 / 3;
      ctx.beginPath();
      ctx.moveTo(begin, ya);
      ctx.bezierCurveTo(out, ya, out, yb, begin + 6, yb);
      ctx.stroke();
      arrowHead(begin + 12, yb, begin, yb);
    }
    font(bar >= 12 ? 12 : 10, "600");
    const pitch = bar + gap;
    if (pitch >= 11) for (const rank of stuckRanks) {
      const whom = D.stuck.filter((edge) => edge[0] === rank).map((edge) => edge[1]);
      const text = `→ ${whom.slice(0, 3).join(", ")}${whom.length > 3 ? " …" : ""}`;
      ctx.fillText(text, begin + 72, middle(rank) + 4);
    }
  };

  const outline = (call, colour, wide) => {
    const a = Math.max(left - 2, x(from[call])), end = width - right + TAIL;
    const b = C.to[call] < 0 ? end : Math.min(end, Math.max(a + 3, x(to[call])));
    if (b < left || a > end) return;
    ctx.strokeStyle = colour;
    ctx.lineWidth = wide;
    ctx.strokeRect(a - 2, top[C.row[call]] - 2, b - a + 4, bar + 4);
  };

  const paintAll = () => {
    const ratio = window.devicePixelRatio || 1;
    width = canvas.clientWidth || 800;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; canvas.style.height = `${height}px`; }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = paint.bg;
    ctx.fillRect(0, 0, width, height);
    drawnCalls = mergedCalls = drawnMessages = hiddenMessages = 0;

    // Lanes, axis, names.
    const end = width - right;
    ctx.fillStyle = paint.lane;
    for (let rank = 0; rank < D.ranks; rank += 2) {
      const a = firstRow.get(rank), b = firstRow.has(rank + 1) ? firstRow.get(rank + 1) - 1 : rows - 1;
      ctx.fillRect(left, top[a] - gap / 2, end - left, top[b] + bar - top[a] + gap);
    }
    font(12);
    ctx.lineWidth = 1;
    ctx.textAlign = "center";
    for (const [at, text] of ticks()) {
      ctx.strokeStyle = paint.line;
      ctx.beginPath();
      ctx.moveTo(at, HEAD - 6);
      ctx.lineTo(at, height);
      ctx.stroke();
      ctx.fillStyle = paint.dim;
      ctx.fillText(text, Math.min(at, width - 24), 14);
    }
    ctx.textAlign = "left";
    const px = Math.max(9, Math.min(14, bar + gap - 1));
    const every = Math.max(1, Math.ceil(px / (bar + gap)));
    for (let row = 0; row < rows; row++) {
      const [rank, thread, depth] = D.rows[row], y = top[row] + bar / 2;
      ctx.strokeStyle = paint.line;
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(end, y);
      ctx.stroke();
      if (firstRow.get(rank) === row) {
        if (rank % every) continue;
        ctx.fillStyle = D.colours[rank % D.colours.length];
        const chip = Math.min(11, px - 2);
        ctx.fillRect(8, y - chip / 2, chip, chip);
        ctx.strokeStyle = paint.dim;
        ctx.strokeRect(8, y - chip / 2, chip, chip);
        ctx.fillStyle = paint.fg;
        font(px);
        ctx.fillText(`rank ${rank}`, 26, y + px * .35);
      } else if (depth === 0 && bar >= 9) {
        ctx.fillStyle = paint.dim;
        font(10);
        ctx.fillText(`thread ${thread}`, 34, y + 3.5);
      }
    }

    ctx.save();
    ctx.beginPath();
    ctx.rect(left - 2, HEAD - 8, end - left + TAIL + 4, height);
    ctx.clip();
    for (let k = 0; k < D.meetings.length; k++) drawMeeting(k, false);
    // Calls: what shares a pixel is drawn once and counted.
    for (let row = 0; row < rows; row++) {
      let low = first[row], high = first[row + 1];
      while (low < high) {
        const mid = (low + high) >> 1;
        if (to[mid] < lo) low = mid + 1; else high = mid;
      }
      let painted = -Infinity, blockFrom = -1, block = 0, blockClass = 0;
      const flush = () => {
        if (block === 0) return;
        ctx.fillStyle = D.classes[blockClass][2];
        ctx.globalAlpha = .75;
        ctx.fillRect(blockFrom, top[row], Math.max(1, painted - blockFrom), bar);
        ctx.globalAlpha = 1;
        mergedCalls += block;
        block = 0;
      };
      for (let call = low; call < first[row + 1] && from[call] <= hi; call++) {
        const a = x(from[call]), b = x(to[call]);
        if (b - a < 1.5 && !errors.has(call)) {
          if (block > 0 && (a - painted > 1 || blockClass !== C.class[call] && painted - blockFrom >= 1)) flush();
          if (block === 0) { blockFrom = a; blockClass = C.class[call]; }
          block++;
          painted = Math.max(painted, a + 1, b);
          continue;
        }
        flush();
        drawCall(call, top[row]);
        drawnCalls++;
        painted = b;
      }
      flush();
    }
    if (showMessages) {
      const seen = [];
      const until = below(sent, hi);
      for (let m = 0; m < until; m++) {
        if ((Number.isNaN(received[m]) ? sent[m] : received[m]) >= lo) seen.push(m);
      }
      const heads = seen.length <= 400;
      const taken = new Set();
      if (heads) for (const m of seen) drawMessage(m, true, false);
      else drawCrowd(seen);
      drawnMessages = seen.length - hiddenMessages;
    }
    const chosen = [pinned, focused, hovered].filter((call, n, all) => call >= 0 && all.indexOf(call) === n);
    for (const call of chosen) {
      for (const m of ofCall.get(call) || []) {
        drawMessage(m, true, true);
        for (const other of [M.from_call[m], M.to_call[m]]) if (other >= 0) outline(other, paint.focus, 2);
      }
      if (meetingOf.has(call)) drawMeeting(meetingOf.get(call), true);
      outline(call, call === pinned ? paint.focus : paint.fg, call === pinned ? 3 : 2);
    }
    ctx.restore();
    if (D.stuck.length) drawStuck();

    const parts = [`In sight: ${duration(timeAt(hi) - timeAt(lo))}`, `${plural(drawnCalls, "call")} drawn one by one`];
    if (mergedCalls) parts.push(`${number(mergedCalls)} too short at this zoom, merged`);
    if (showMessages && messages) parts.push(plural(drawnMessages, "message"));
    if (hiddenMessages) parts.push(`${number(hiddenMessages)} more that lie on those`);
    if (stepped) parts.push("steps: order kept, time not to scale");
    byId("status").textContent = calls || messages ? parts.join(" · ") : "No call was recorded.";
  };

  // What is told of a call.
  const peerText = (peer) => peer === -1 ? "any" : peer === -2 ? "none" : String(peer);
  const facts = (call) => {
    const [rank, thread] = D.rows[C.row[call]];
    const list = [["rank", String(rank)]];
    if (thread > 0) list.push(["thread", String(thread)]);
    if (C.file[call] >= 0) list.push(["place", `${D.files[C.file[call]]}:${C.line[call]}`]);
    if (C.peer[call] !== null) list.push(["peer", peerText(C.peer[call])]);
    if (C.tag[call] !== null) list.push(["tag", String(C.tag[call])]);
    if (C.bytes[call] !== null) list.push(["size", size(C.bytes[call])]);
    if (C.communicator[call] >= 0) list.push(["communicator", D.communicators[C.communicator[call]]]);
    list.push(["at", duration(C.from[call])]);
    list.push(["took", C.to[call] < 0 ? "never came back" : duration(C.to[call] - C.from[call])]);
    if (C.wait_from[call] >= 0) list.push(["waited", duration(C.wait_to[call] - C.wait_from[call])]);
    if (counts.has(call)) list.push(["calls", number(counts.get(call))]);
    for (const m of (ofCall.get(call) || []).slice(0, 4)) {
      const what = `${size(M.bytes[m])}, tag ${M.tag[m]}`;
      const from = D.rows[M.from_row[m]][0], to = D.rows[M.to_row[m]][0];
      const way = M.received[m] < 0 ? "never received" : `${duration(Math.max(0, M.received[m] - M.sent[m]))} on its way`;
      list.push(["message", `rank ${from} to rank ${to}, ${what}, ${way}`]);
    }
    const whom = C.to[call] < 0 ? D.stuck.filter((edge) => edge[0] === rank).map((edge) => edge[1]) : [];
    if (whom.length) list.push(["waits forever for", `rank ${whom.join(", ")}`]);
    if (errors.has(call)) list.push(["error", "yes"]);
    return list;
  };
  let told = -2;
  const tell = () => {
    const call = hovered >= 0 ? hovered : focused >= 0 ? focused : pinned;
    const key = call * 4 + (call === pinned ? 1 : 0);
    if (key === told) return;
    told = key;
    const box = byId("detail");
    box.classList.toggle("pinned", call >= 0 && call === pinned);
    box.replaceChildren();
    if (call < 0) {
      const p = document.createElement("p");
      p.className = "quiet";
      p.textContent = "Point at a call, or move to the diagram and use the arrow keys.";
      box.append(p);
      return;
    }
    const title = document.createElement("strong");
    title.textContent = D.functions[C.function[call]] + (call === pinned ? " (pinned)" : "");
    const dl = document.createElement("dl");
    for (const [term, text] of facts(call)) {
      const div = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = term;
      dd.textContent = text;
      if (term === "error" || term.startsWith("waits forever") || text === "never came back") dd.className = "bad";
      div.append(dt, dd);
      dl.append(div);
    }
    box.append(title, dl);
  };
  const choose = (changes) => {
    if ("hovered" in changes) hovered = changes.hovered;
    if ("focused" in changes) focused = changes.focused;
    if ("pinned" in changes) pinned = changes.pinned;
    tell();
    draw();
  };

  // The call under the mouse: in the row, the nearest that is at most two pixels away.
  const callAt = (px, py) => {
    const row = top.findIndex((y) => py >= y - 1 && py <= y + bar + 1);
    if (row < 0 || px < left - 2) return -1;
    let low = first[row], high = first[row + 1];
    const place = lo + (px - left) / plot() * (hi - lo);
    while (low < high) {
      const mid = (low + high) >> 1;
      if (from[mid] <= place) low = mid + 1; else high = mid;
    }
    let best = -1, distance = 2.5;
    for (const call of [low - 1, low]) {
      if (call < first[row] || call >= first[row + 1]) continue;
      const away = Math.max(0, x(from[call]) - px, px - Math.max(x(from[call]) + 1.5, Math.min(x(to[call]), width)));
      if (away < distance) { best = call; distance = away; }
    }
    return best;
  };

  // Mouse and touch.
  const pointers = new Map();
  let dragged = 0;
  const local = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop]; };
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const [px] = local(event);
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return move((event.deltaX || event.deltaY) / plot());
    const notches = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
    zoom(Math.exp(Math.max(-300, Math.min(300, notches)) * .002), lo + (px - left) / plot() * (hi - lo));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, local(event));
    dragged = 0;
    // A pointer that a script makes up cannot be captured.
    try { canvas.setPointerCapture(event.pointerId); } catch { /* dragging ends at the edge then */ }
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = local(event);
    const before = pointers.get(event.pointerId);
    if (!before) return choose({ hovered: callAt(px, py) });
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const apart = (at) => Math.max(20, Math.abs(at[0] - other[0]));
      zoom(apart(before) / apart([px, py]), lo + (other[0] - left) / plot() * (hi - lo));
      dragged = 99;
    } else {
      dragged += Math.abs(px - before[0]);
      if (dragged > 3) move((before[0] - px) / plot());
    }
    pointers.set(event.pointerId, [px, py]);
  });
  const release = (event) => {
    if (!pointers.delete(event.pointerId) || dragged > 3 || event.type !== "pointerup") return;
    const call = callAt(...local(event));
    choose({ pinned: call === pinned ? -1 : call, focused: call });
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => choose({ hovered: -1 }));

  // Keyboard.
  const reveal = (call) => {
    const wide = hi - lo, end = Math.min(1, to[call]);
    if (from[call] < lo || from[call] > hi - wide * .05) look(from[call] - wide * .3, from[call] + wide * .7);
    else if (end > hi && end - from[call] < wide) look(end - wide * .95, end + wide * .05);
    choose({ focused: call, hovered: -1 });
  };
  const step = (by) => {
    if (calls === 0) return;
    if (focused < 0) {
      let call = 0;
      while (call + 1 < calls && to[call] < lo) call++;
      return reveal(call);
    }
    const next = focused + by;
    if (next >= first[C.row[focused]] && next < first[C.row[focused] + 1]) reveal(next);
  };
  const otherRow = (by) => {
    if (focused < 0) return step(0);
    for (let row = C.row[focused] + by; row >= 0 && row < rows; row += by) {
      if (first[row] === first[row + 1]) continue;
      const list = from.subarray(first[row], first[row + 1]);
      const next = below(list, from[focused]);
      return reveal(first[row] + Math.min(next, list.length - 1));
    }
  };
  const jump = () => {
    for (const m of ofCall.get(focused) || []) {
      const other = M.from_call[m] === focused ? M.to_call[m] : M.from_call[m];
      if (other >= 0) return reveal(other);
    }
  };
  const toggleSteps = () => {
    if (!D.steps) return;
    const [begin, end] = [timeAt(lo), timeAt(hi)];
    const whole = lo <= 0 && hi >= 1;
    stepped = !stepped;
    byId("steps").setAttribute("aria-pressed", String(stepped));
    layOut();
    if (whole) look(0, 1); else look(placeOf(begin), placeOf(end));
  };
  const toggleMessages = () => {
    showMessages = !showMessages;
    byId("messages").setAttribute("aria-pressed", String(showMessages));
    draw();
  };
  const keys = {
    "+": () => zoom(.6, focused >= 0 && from[focused] >= lo && from[focused] <= hi ? from[focused] : undefined), "=": () => keys["+"](),
    "-": () => zoom(1 / .6), "0": () => look(0, 1), "Home": () => look(0, hi - lo), "End": () => look(1 - (hi - lo), 1),
    "ArrowLeft": () => step(-1), "ArrowRight": () => step(1), "ArrowUp": () => otherRow(-1), "ArrowDown": () => otherRow(1),
    "j": jump, "s": toggleSteps, "m": toggleMessages,
    "Enter": () => choose({ pinned: focused === pinned ? -1 : focused }), " ": () => keys.Enter(),
    "Escape": () => choose({ pinned: -1, focused: -1, hovered: -1 }),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.shiftKey && key.startsWith("Arrow")) {
      move(key === "ArrowLeft" ? -.25 : key === "ArrowRight" ? .25 : 0);
    } else if (keys[key]) keys[key](); else return;
    event.preventDefault();
  });
  byId("in").onclick = () => zoom(.6);
  byId("out").onclick = () => zoom(1 / .6);
  byId("left").onclick = () => move(-.25);
  byId("right").onclick = () => move(.25);
  byId("all").onclick = () => look(0, 1);
  byId("steps").onclick = toggleSteps;
  byId("steps").hidden = !D.steps;
  byId("steps").setAttribute("aria-pressed", String(stepped));
  byId("messages").onclick = toggleMessages;

  // The table, a page of it at a time.
  const PAGE = 100;
  const order = Array.from({ length: calls }, (_, call) => call).sort((a, b) => C.from[a] - C.from[b] || a - b);
  let listed = order, page = 0;
  const fillTable = () => {
    const body = byId("rows");
    body.replaceChildren();
    for (const call of listed.slice(page * PAGE, (page + 1) * PAGE)) {
      const [rank, thread] = D.rows[C.row[call]];
      const tr = document.createElement("tr");
      const th = document.createElement("th");
      th.scope = "row";
      th.textContent = rank;
      tr.append(th);
      for (const text of [thread, D.functions[C.function[call]] + (errors.has(call) ? " (error)" : ""),
        C.file[call] < 0 ? "" : `${D.files[C.file[call]]}:${C.line[call]}`,
        C.peer[call] === null ? "" : peerText(C.peer[call]), C.tag[call] ?? "",
        C.bytes[call] === null ? "" : size(C.bytes[call]), duration(C.from[call]),
        C.to[call] < 0 ? "never came back" : duration(C.to[call] - C.from[call]),
        C.wait_from[call] < 0 ? "" : duration(C.wait_to[call] - C.wait_from[call])]) {
        const td = document.createElement("td");
        td.textContent = text;
        tr.append(td);
      }
      body.append(tr);
    }
    const last = Math.min(listed.length, (page + 1) * PAGE);
    byId("range").textContent = listed.length ? `${number(page * PAGE + 1)} to ${number(last)} of ${number(listed.length)}` : "no calls";
    byId("earlier").disabled = page === 0;
    byId("later").disabled = last >= listed.length;
  };
  byId("earlier").onclick = () => { page--; fillTable(); };
  byId("later").onclick = () => { page++; fillTable(); };
  byId("rank").append(new Option("all", ""), ...Array.from({ length: D.ranks }, (_, rank) => new Option(rank, rank)));
  byId("rank").onchange = (event) => {
    const rank = event.target.value;
    listed = rank === "" ? order : order.filter((call) => D.rows[C.row[call]][0] === Number(rank));
    page = 0;
    fillTable();
  };

  for (const hidden of document.querySelectorAll("canvas, .tools")) hidden.hidden = false;
  readColours();
  makeHatch();
  makeMarked();
  layOut();
  fillTable();
  paintAll();
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); draw(); });
})();
