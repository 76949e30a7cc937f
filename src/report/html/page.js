// Turns the data of a page into charts: one cursor and one zoom for all of them, by mouse and by keyboard.
// Without this script the page has everything in its tables.
(() => {
"use strict";

const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const shared = JSON.parse(byId("shared").textContent);
const live = byId("live");
const charts = [];

// ---- words ---------------------------------------------------------------------------------------

// At most so many significant figures, without zeros that say nothing.
function significant(value, figures) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const magnitude = Math.max(-12, Math.min(18, Math.floor(Math.log10(size) + 1e-12)));
  const decimals = Math.max(0, Math.min(15, figures - 1 - magnitude));
  const text = value.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function count(value) {
  if (Math.abs(value) < 1000) return significant(value, 4);
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
}

function seconds(value) {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 0.9995e-6) return significant(value * 1e9, 3) + " ns";
  if (size < 0.9995e-3) return significant(value * 1e6, 3) + " us";
  if (size < 0.9995) return significant(value * 1e3, 3) + " ms";
  if (size < 120) return significant(value, 3) + " s";
  return (value / 60).toFixed(2).replace(/\.?0+$/, "") + " min";
}

function bytes(value) {
  const size = Math.abs(value);
  const [scale, unit] = size >= 1e9 ? [1e9, "GB"] : size >= 1e6 ? [1e6, "MB"] : size >= 1e3 ? [1e3, "KB"] : [1, "B"];
  return significant(value / scale, 4) + " " + unit;
}

// A value with its unit, as the tables have it.
function said(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "seconds") return seconds(value);
  if (unit === "bytes") return bytes(value);
  if (unit === "ratio") return significant(value * 100, 4) + " %";
  if (unit === "per_second") return count(value) + "/s";
  return count(value);
}

const start = shared.start === null || shared.start === undefined ? null : Number(shared.start);

function clock(at) {
  const text = new Date((start + Math.floor(Math.max(0, at))) * 1000).toISOString().replace(".000Z", "Z");
  const sameDay = Math.floor((start + at) / 86400) === Math.floor(start / 86400);
  return sameDay ? text.slice(11) : text;
}

// The place of the cursor in words.
function place(chart, index) {
  if (chart.labels) return chart.name + " = " + chart.labels[index];
  const at = chart.x[index];
  return start === null ? seconds(at) : seconds(at) + " (" + clock(at) + ")";
}

// ---- colours -------------------------------------------------------------------------------------

const variable = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const colour = (index) => variable("--c" + (index % 9));

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// A colour on the background, as strong as this share.
function mixed(hex, share) {
  const under = channels(variable("--ground"));
  return "rgb(" + channels(hex).map((c, i) => Math.round(c * share + under[i] * (1 - share))).join(",") + ")";
}

// Lines are told apart by their dashes too.
const DASHES = [[], [9, 4], [2, 3], [11, 3, 2, 3], [5, 3], [14, 4], [2, 6], [7, 2, 2, 2]];

function dash(chart, index) {
  const column = chart.columns[index];
  if (column.role === "limit") return [6, 4];
  if (column.role === "stack") return [];
  const lines = chart.columns.filter((other) => other.role !== "limit" && other.role !== "stack");
  const among = lines.indexOf(column);
  return chart.stacked ? [3, 3] : DASHES[among % DASHES.length];
}

function stroke(column) {
  return column.role === "limit" ? variable("--limit") : colour(column.colour);
}

function fill(column) {
  if (column.role === "stack") return mixed(colour(column.colour), column.colour === 5 ? 0.45 : 0.85);
  if (column.role === "area") return mixed(colour(column.colour), 0.2);
  return undefined;
}

// ---- the data of a chart ---------------------------------------------------------------------------

function read(figure) {
  const data = JSON.parse(byId(figure.id + "-data").textContent);
  const setting = typeof data.x === "object" && !Array.isArray(data.x);
  const x = data.x === "levels" || data.x === "rates" ? shared[data.x] : setting ? data.x.at : data.x;
  const columns = data.columns.map((column) => {
    const values = Array.isArray(column.values) ? column.values : x.map(() => column.values);
    return Object.assign({}, column, { values, shown: true });
  });
  return {
    figure, x, columns,
    unit: data.unit,
    log: data.log,
    // Charts with one axis move together.
    group: setting ? "setting " + data.x.name : "time",
    name: setting ? data.x.name : "",
    labels: setting ? data.x.labels : null,
    even: setting && data.x.at.every((at, index) => at === index),
    logX: setting && data.x.log,
    own: Array.isArray(data.x),
    stacked: columns.some((column) => column.role === "stack"),
    title: figure.querySelector("h4").textContent,
    index: null,
  };
}

// What uPlot draws: stacked columns on top of each other, the highest first so that lower ones cover it.
function drawn(chart) {
  const stack = chart.columns.filter((column) => column.role === "stack");
  const sums = new Map();
  const base = chart.x.map(() => null);
  for (const column of stack) {
    if (column.shown) {
      column.values.forEach((value, at) => {
        if (value !== null) base[at] = (base[at] || 0) + value;
      });
    }
    sums.set(column, base.slice());
  }
  const order = stack.slice().reverse().concat(chart.columns.filter((column) => column.role !== "stack"));
  return { order, data: [chart.x].concat(order.map((column) => sums.get(column) || column.values)) };
}

// The range of the vertical axis over what is in view.
function range(chart, low, high) {
  if (chart.log) return low === null || !(low > 0) ? [0.001, 1] : uPlot.rangeLog(low, high, 10, true);
  let least = 0, most = high === null ? 0 : high;
  for (const column of chart.columns) {
    if (!column.shown || !column.high) continue;
    most = Math.max(most, ...column.high.filter((end) => end !== null));
    least = Math.min(least, ...column.low.filter((end) => end !== null));
  }
  least = Math.min(least, low === null ? 0 : low);
  return [least, most > least ? most + (most - least) * 0.06 : least + 1];
}

// ---- the axes --------------------------------------------------------------------------------------

const TIMES = [1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432800, 864000, 1728000, 4328000];

function instants(splits, step) {
  const last = splits[splits.length - 1];
  const two = (n) => String(n).padStart(2, "0");
  return splits.map((at) => {
    let text;
    if (step < 1) text = significant(at, 6) + " s";
    else if (last <= 120) text = at + " s";
    else if (step < 60) text = Math.floor(at / 60) + ":" + two(Math.round(at % 60));
    else if (last <= 10800) text = Math.round(at / 60) + " min";
    else text = Math.floor(at / 3600) + ":" + two(Math.round(at % 3600 / 60)) + " h";
    if (start === null) return text;
    const wall = clock(at);
    return text + "\n" + (step < 60 || wall.length > 9 ? wall.replace("Z", "") : wall.slice(0, 5));
  });
}

function axes(chart) {
  const ink = () => variable("--quiet");
  const line = { stroke: () => variable("--line"), width: 1 };
  const font = "12px system-ui, sans-serif";
  const across = { stroke: ink, grid: { show: false }, ticks: line, font, size: start !== null && !chart.labels ? 48 : 32 };
  if (chart.labels) {
    across.splits = () => chart.x;
    across.values = (plot, splits) => splits.map((at) => short(chart.labels[chart.x.indexOf(at)] || ""));
    across.label = chart.name;
    across.labelFont = font;
    across.labelSize = 20;
    across.filter = (plot, splits) => apart(plot, chart, splits);
  } else {
    across.incrs = TIMES;
    across.space = 80;
    across.values = (plot, splits, axis, space, step) => instants(splits, step);
  }
  const up = {
    stroke: ink, grid: line, ticks: line, font,
    values: (plot, splits) => splits.map((value) => value === null ? "" : said(value, chart.unit)),
    size: (plot, values) => {
      const need = 16 + 7.2 * Math.max(3, ...(values || []).map((text) => (text || "").length));
      // The axes of all charts stand below each other; a phone has no room for that.
      return chart.labels || plot.width < 520 ? need : Math.max(80, need);
    },
  };
  return [across, up];
}

const short = (text) => text.length > 16 ? text.slice(0, 15) + "…" : text;

// Labels of settings that do not touch.
function apart(plot, chart, splits) {
  let end = -1e9;
  return splits.map((at) => {
    const middle = plot.valToPos(at, "x");
    const half = 3.6 * short(chart.labels[chart.x.indexOf(at)] || "").length + 4;
    if (middle - half < end) return null;
    end = middle + half;
    return at;
  });
}

// ---- marks and intervals, drawn over the lines ------------------------------------------------------

function drawMarks(chart, plot) {
  if (chart.labels) return;
  const ctx = plot.ctx, ratio = uPlot.pxRatio;
  const { left, top, width, height } = plot.bbox;
  const right = left + width;
  // Marks whose badges would touch share a place: two badges, and the words of the first that is no alert.
  const places = [];
  for (const mark of shared.marks) {
    const x = plot.valToPos(mark.at, "x", true);
    if (x < left - 1 || x > right + 1) continue;
    const last = places[places.length - 1];
    if (last && x - last.x < 17 * ratio) last.marks.push({ mark, x });
    else places.push({ x, marks: [{ mark, x }] });
  }
  ctx.save();
  places.forEach((place, index) => {
    for (const { mark, x } of place.marks) {
      ctx.strokeStyle = variable("--mark");
      ctx.globalAlpha = 0.65;
      ctx.lineWidth = ratio;
      ctx.setLineDash(mark.kind === "timeline" ? [] : [2 * ratio, 3 * ratio]);
      ctx.beginPath();
      ctx.moveTo(x, top - 2 * ratio);
      ctx.lineTo(x, top + height);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    const y = (row) => top - (10 + 17 * row) * ratio;
    place.marks.slice(0, 2).forEach(({ mark, x }, row) => badge(ctx, mark, row === 0 ? x : place.x, y(row), ratio));
    const next = places[index + 1];
    const room = (next ? next.x - 10 * ratio : right) - place.x - 12 * ratio;
    const first = place.marks.find(({ mark }) => mark.kind !== "alert") || place.marks[0];
    const more = place.marks.length > 1 ? " (+" + (place.marks.length - 1) + ")" : "";
    label(ctx, first.mark.text, more, place.x + 11 * ratio, y(0), room, ratio);
  });
  ctx.restore();
}

function badge(ctx, mark, x, y, ratio) {
  const half = 8 * ratio;
  ctx.setLineDash([]);
  ctx.fillStyle = variable(mark.kind === "alert" ? "--c1" : "--mark");
  ctx.beginPath();
  if (mark.kind === "timeline") ctx.rect(x - half, y - half, 2 * half, 2 * half);
  else ctx.arc(x, y, half, 0, 2 * Math.PI);
  ctx.fill();
  ctx.fillStyle = mark.kind === "alert" ? "#000000" : variable("--ground");
  ctx.font = "bold " + 11 * ratio + "px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(mark.sign, x, y + 0.5 * ratio);
}

function label(ctx, text, more, x, y, room, ratio) {
  ctx.font = 11 * ratio + "px system-ui, sans-serif";
  ctx.textAlign = "left";
  ctx.fillStyle = variable("--quiet");
  const wide = (words) => ctx.measureText(words).width;
  let shown = text + more;
  if (wide(shown) > room) {
    let kept = text;
    while (kept.length > 4 && wide(kept + "…" + more) > room) kept = kept.slice(0, -2);
    if (kept.length <= 4) return;
    shown = kept.trimEnd() + "…" + more;
  }
  ctx.fillText(shown, x, y);
}

function drawIntervals(chart, plot) {
  const ctx = plot.ctx, ratio = uPlot.pxRatio;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const column of chart.columns) {
    if (!column.shown || !column.high) continue;
    ctx.strokeStyle = stroke(column);
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([]);
    chart.x.forEach((at, index) => {
      const low = column.low[index];
      if (low === null || column.values[index] === null) return;
      const x = plot.valToPos(at, "x", true), cap = 4 * ratio;
      // An interval without an upper end leaves the picture.
      const high = column.high[index] === null ? top : plot.valToPos(column.high[index], "y", true);
      const bottom = plot.valToPos(low, "y", true);
      ctx.beginPath();
      ctx.moveTo(x, high);
      ctx.lineTo(x, bottom);
      ctx.moveTo(x - cap, high);
      ctx.lineTo(x + cap, high);
      ctx.moveTo(x - cap, bottom);
      ctx.lineTo(x + cap, bottom);
      ctx.stroke();
    });
  }
  ctx.restore();
}

// ---- one cursor and one zoom for all charts of an axis -----------------------------------------------

function nearest(x, at) {
  let low = 0, high = x.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle; else high = middle;
  }
  return at - x[low] <= x[high] - at ? low : high;
}

let moving = false;

// Puts the cursor of all charts of the axis to one place; nowhere where there is none.
function move(group, at, source) {
  if (moving) return;
  moving = true;
  for (const chart of charts) {
    if (chart.group !== group) continue;
    chart.index = at === null ? null : nearest(chart.x, at);
    tell(chart);
    if (chart !== source) {
      const left = at === null ? -10 : chart.plot.valToPos(chart.x[chart.index], "x");
      const top = at === null ? -10 : chart.plot.over.clientHeight / 2;
      chart.plot.setCursor({ left, top }, false);
    }
  }
  moving = false;
}

// Marks in the interval that ends at the cursor.
function marksAt(chart) {
  if (chart.labels || chart.index === null) return [];
  const { min, max } = chart.plot.scales.x;
  const reach = (max - min) * 0.006;
  const at = chart.x[chart.index];
  const before = chart.index > 0 ? chart.x[chart.index - 1] : at;
  const from = Math.min(at - reach, before + 1e-12);
  return shared.marks.filter((mark) => mark.at >= from && mark.at <= at + reach);
}

// Writes the values at the cursor into the legend.
function tell(chart) {
  const index = chart.index;
  chart.values.forEach((out, column) => {
    out.textContent = index === null ? "" : said(chart.columns[column].values[index], chart.unit);
  });
  const marks = marksAt(chart).map((mark) => " · " + mark.sign + ": " + mark.text).join("");
  chart.place.textContent = index === null ? "" : place(chart, index) + marks;
}

function speak(chart) {
  if (chart.index === null) return;
  const words = chart.columns.filter((column) => column.shown).map((column) => {
    return column.name + " " + said(column.values[chart.index], chart.unit);
  });
  const marks = marksAt(chart).map((mark) => "mark " + mark.sign + ", " + mark.text);
  live.textContent = [place(chart, chart.index)].concat(words, marks).join("; ");
}

const whole = {};

function zoom(group, min, max) {
  const all = whole[group];
  const least = (all.max - all.min) * 1e-4;
  if (max - min < least) return;
  min = Math.max(all.min, min);
  max = Math.min(all.max, max);
  moving = true;
  for (const chart of charts) {
    if (chart.group === group) chart.plot.setScale("x", { min, max });
  }
  moving = false;
  all.zoomed = min > all.min || max < all.max;
  byId("reset").disabled = !Object.values(whole).some((axis) => axis.zoomed);
}

function reset() {
  for (const group of Object.keys(whole)) zoom(group, whole[group].min, whole[group].max);
  live.textContent = "Everything is in view.";
}

// Makes what is in view narrower or wider, about the cursor.
function scaleBy(chart, factor) {
  const { min, max } = chart.plot.scales.x;
  const at = chart.index === null ? (min + max) / 2 : chart.x[chart.index];
  const from = at - (at - min) * factor, to = at + (max - at) * factor;
  zoom(chart.group, from, to);
  const now = chart.plot.scales.x;
  if (!chart.labels) live.textContent = "In view: " + seconds(now.min) + " to " + seconds(now.max) + ".";
}

// ---- keys ------------------------------------------------------------------------------------------

function step(chart, by) {
  const { min, max } = chart.plot.scales.x;
  const from = chart.index === null ? (by > 0 ? nearest(chart.x, min) - 1 : nearest(chart.x, max) + 1) : chart.index;
  go(chart, Math.max(0, Math.min(chart.x.length - 1, from + by)));
}

function go(chart, index) {
  const at = chart.x[index];
  const { min, max } = chart.plot.scales.x;
  if (at < min || at > max) {
    const half = (max - min) / 2, all = whole[chart.group];
    const from = Math.max(all.min, Math.min(all.max - 2 * half, at - half));
    zoom(chart.group, from, from + 2 * half);
  }
  move(chart.group, at, null);
  speak(chart);
}

function toMark(chart, by) {
  const marks = shared.marks;
  const at = chart.index === null ? (by > 0 ? -1 : Infinity) : chart.x[chart.index];
  const places = marks.map((mark) => nearest(chart.x, mark.at));
  const next = by > 0
    ? places.find((index) => chart.x[index] > at)
    : places.slice().reverse().find((index) => chart.x[index] < at);
  if (next !== undefined) go(chart, next);
}

function onKey(chart, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const far = event.shiftKey ? 10 : 1;
  const { min, max } = chart.plot.scales.x;
  const keys = {
    ArrowRight: () => step(chart, far),
    ArrowLeft: () => step(chart, -far),
    Home: () => go(chart, nearest(chart.x, min)),
    End: () => go(chart, nearest(chart.x, max)),
    "+": () => scaleBy(chart, 0.5),
    "=": () => scaleBy(chart, 0.5),
    "-": () => scaleBy(chart, 2),
    Escape: reset,
    "0": reset,
    m: () => toMark(chart, 1),
    M: () => toMark(chart, -1),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

// ---- a chart on the page ---------------------------------------------------------------------------

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A line as it is drawn, for the legend.
function swatch(chart, index) {
  const column = chart.columns[index];
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 28 12");
  svg.setAttribute("aria-hidden", "true");
  const block = column.role === "stack" || column.role === "area";
  const shape = document.createElementNS(space, block ? "rect" : column.role === "dots" ? "circle" : "line");
  const places = block ? { x: 1, y: 1, width: 26, height: 10 }
    : column.role === "dots" ? { cx: 14, cy: 6, r: 4 } : { x1: 0, y1: 6, x2: 28, y2: 6 };
  for (const [name, value] of Object.entries(places)) shape.setAttribute(name, value);
  shape.setAttribute("stroke-dasharray", dash(chart, index).join(" "));
  svg.append(shape);
  const paint = () => {
    shape.style.stroke = stroke(column);
    shape.style.strokeWidth = block ? 1.5 : 2.5;
    shape.style.fill = column.role === "dots" ? stroke(column) : fill(column) || "none";
  };
  paint();
  return { svg, paint };
}

function legend(chart) {
  const list = element("ul", "legend");
  list.setAttribute("aria-label", "Lines of this chart; each button hides or shows one");
  chart.values = [];
  chart.paints = [];
  chart.columns.forEach((column, index) => {
    const item = element("li");
    const button = element("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    const { svg, paint } = swatch(chart, index);
    button.append(svg, element("span", "", column.name));
    const out = element("span", "value");
    out.setAttribute("aria-hidden", "true");
    button.append(out);
    button.addEventListener("click", () => toggle(chart, column, button));
    item.append(button);
    list.append(item);
    chart.values.push(out);
    chart.paints.push(paint);
  });
  return list;
}

function toggle(chart, column, button) {
  column.shown = !column.shown;
  button.setAttribute("aria-pressed", String(column.shown));
  const { order, data } = drawn(chart);
  const { min, max } = chart.plot.scales.x;
  moving = true;
  chart.plot.setData(data, false);
  chart.plot.setSeries(order.indexOf(column) + 1, { show: column.shown });
  chart.plot.setScale("x", { min, max });
  moving = false;
}

function line(chart, column) {
  const made = {
    label: column.name,
    stroke: () => stroke(column),
    fill: () => fill(column),
    width: column.role === "stack" ? 1 : column.role === "limit" ? 1.5 : 2,
    dash: dash(chart, chart.columns.indexOf(column)),
    points: { show: Boolean(chart.labels), size: 7, fill: () => stroke(column) },
    spanGaps: chart.own,
  };
  if (column.role === "step" || column.role === "stack") made.paths = uPlot.paths.stepped({ align: -1 });
  if (column.role === "limit") made.points = { show: false };
  if (column.role === "dots") {
    made.paths = () => null;
    made.points = { show: true, size: 6, fill: () => stroke(column) };
  }
  return made;
}

function build(figure) {
  const chart = read(figure);
  const box = element("div", "plot");
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-roledescription", "interactive chart");
  box.setAttribute("aria-label", chart.title + ". Arrow keys move the cursor and speak the values, Home and End " +
    "go to the ends, plus and minus zoom, M goes to the next mark, Escape shows everything.");
  chart.place = element("p", "place");
  chart.place.setAttribute("aria-hidden", "true");
  const caption = figure.querySelector("figcaption");
  caption.after(legend(chart), chart.place, box);
  const { order, data } = drawn(chart);
  const ends = chart.even ? [-0.5, chart.x.length - 0.5] : padded(chart);
  const axis = whole[chart.group] || (whole[chart.group] = { min: ends[0], max: ends[1], zoomed: false });
  axis.min = Math.min(axis.min, ends[0]);
  axis.max = Math.max(axis.max, ends[1]);
  const marked = !chart.labels && shared.marks.length > 0;
  chart.plot = new uPlot({
    width: Math.max(200, box.clientWidth),
    height: height(box),
    padding: [marked ? 40 : 12, 24, 0, 4],
    legend: { show: false },
    scales: {
      x: { time: false, distr: chart.logX ? 3 : 1, range: (plot, min, max) => [min, max] },
      y: { distr: chart.log ? 3 : 1, range: (plot, low, high) => range(chart, low, high) },
    },
    series: [{}].concat(order.map((column) => line(chart, column))),
    axes: axes(chart),
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => { reset(); return null; } },
      points: { size: 7 },
    },
    hooks: {
      draw: [(plot) => { drawIntervals(chart, plot); drawMarks(chart, plot); }],
      setCursor: [(plot) => {
        if (moving || !chart.plot) return;
        const left = plot.cursor.left;
        move(chart.group, left === undefined || left < 0 ? null : plot.posToVal(left, "x"), chart);
      }],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 4) return;
        const from = plot.posToVal(left, "x"), to = plot.posToVal(left + width, "x");
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        zoom(chart.group, from, to);
      }],
    },
  }, data, box);
  box.addEventListener("keydown", (event) => onKey(chart, event));
  charts.push(chart);
}

// A setting has room at both ends.
function padded(chart) {
  const first = chart.x[0], last = chart.x[chart.x.length - 1];
  if (!chart.labels) return [first, last > first ? last : first + 1];
  if (first === last) return [first - 1, first + 1];
  if (!chart.logX) return [first - (last - first) * 0.04, last + (last - first) * 0.04];
  const factor = Math.pow(last / first, 0.04);
  return [first / factor, last * factor];
}

const height = (box) => box.clientWidth < 520 ? 220 : 270;

function resize() {
  for (const chart of charts) {
    const box = chart.plot.root.parentElement;
    chart.plot.setSize({ width: Math.max(200, box.clientWidth), height: height(box) });
  }
}

// ---- buttons of the page ----------------------------------------------------------------------------

function tools() {
  const bar = element("div", "tools");
  const button = (id, text, name, act) => {
    const made = element("button", "", text);
    made.type = "button";
    made.id = id;
    if (name) made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    bar.append(made);
    return made;
  };
  if (charts.length > 0) {
    const first = () => charts.find((chart) => chart.index !== null) || charts[0];
    button("closer", "+", "Zoom in", () => scaleBy(first(), 0.5));
    button("wider", "−", "Zoom out", () => scaleBy(first(), 2));
    button("reset", "Show all", "", reset).disabled = true;
  }
  button("theme", "", "", () => setTheme(isDark() ? "light" : "dark"));
  byId("contents").append(bar);
}

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;

function setTheme(theme) {
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  const button = byId("theme");
  if (button) button.textContent = isDark() ? "Light" : "Dark";
  if (button) button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  repaint();
}

function repaint() {
  for (const chart of charts) {
    chart.paints.forEach((paint) => paint());
    chart.plot.redraw(false);
  }
}

// ---- tables that can be sorted ------------------------------------------------------------------------

function sortable(table) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = element("button", "sort", head.textContent);
    button.type = "button";
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(table, head, column));
  });
}

function sort(table, head, column) {
  const up = head.getAttribute("aria-sort") !== "ascending";
  table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const body = table.tBodies[0];
  const key = (row) => {
    const cell = row.cells[column];
    return cell.dataset.v !== undefined ? Number(cell.dataset.v) : cell.classList.contains("n") ? NaN : cell.textContent;
  };
  const order = (a, b) => {
    if (typeof a === "number" && typeof b === "number") {
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return up ? a - b : b - a;
    }
    const words = String(a).localeCompare(String(b), "en", { numeric: true });
    return up ? words : -words;
  };
  const rows = Array.from(body.rows).map((row) => [key(row), row]);
  rows.sort((a, b) => order(a[0], b[0]));
  body.append(...rows.map((row) => row[1]));
  live.textContent = "Sorted by " + head.textContent + ", " + (up ? "ascending" : "descending") + ".";
}

// ---- begin ----------------------------------------------------------------------------------------

root.classList.add("js");
document.querySelectorAll("figure.chart").forEach(build);
tools();
setTheme(null);
for (const group of Object.keys(whole)) zoom(group, whole[group].min, whole[group].max);
document.querySelectorAll("table.sortable").forEach(sortable);
system.addEventListener("change", () => setTheme(root.dataset.theme || null));
new ResizeObserver(resize).observe(document.querySelector("main"));
// Paper is light.
let screen;
addEventListener("beforeprint", () => { screen = root.dataset.theme || null; setTheme("light"); });
addEventListener("afterprint", () => setTheme(screen));
// For tests: where the axes stand and what is under the cursor.
window.highwater = { charts };
})();
