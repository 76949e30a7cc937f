// Opens reports in headless Chromium from the disk and looks at them: nothing is asked of the network, charts
// are drawn, the cursor shows the values of the data, zoom, keys, themes, a phone's width, accessibility, and
// what is left without scripts.
//
//   node check.cjs                    makes the reports with HIGHWATER and checks them
//   node check.cjs --screenshots DIR  takes the pictures of docs/report.md too
//   node check.cjs --looks DIR        takes whole pages, for whoever works on them
//   node check.cjs --only NAME        looks at one of the reports
//
// HIGHWATER names the binary, CHROMIUM the browser, MODULES the folder with the packages. CHAT_RUN names a
// folder with the files of a run of the chat incident, if there is one.
"use strict";

const { execFileSync } = require("node:child_process");
const { createRequire } = require("node:module");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const load = createRequire(path.join(process.env.MODULES, "package.json"));
const { chromium } = load("playwright-core");
const { small } = require("./small.cjs");
const axe = fs.readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");

const root = path.resolve(__dirname, "../..");
const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : path.resolve(process.argv[at + 1]);
};
const screenshots = option("--screenshots"), looks = option("--looks");
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : null;
const work = fs.mkdtempSync(path.join(os.tmpdir(), "highwater-pages-"));
const BYTES_MAX = 2_000_000;

let checks = 0;
let wrong = 0;
let about = "";

function check(what, holds, seen) {
  checks += 1;
  if (holds) return;
  wrong += 1;
  console.log(`WRONG: ${about}: ${what}${seen === undefined ? "" : `; seen: ${JSON.stringify(seen)}`}`);
}

// ---- the reports -------------------------------------------------------------------------------------

// Names and texts that would be markup or scripts if they were not escaped.
function nasty() {
  const text = `</script><script>window.broken = 1</script><img src=x onerror="window.broken=2">&amp;'"`;
  const file = path.join(work, "nasty.json");
  fs.writeFileSync(file, JSON.stringify({
    format: 1, duration: "1min", sample_every: "1s", seed: "<b>7</b>",
    about: { title: text, source: text, start: "2024-11-14T23:59:30Z" },
    servers: { "re-dis": { preset: "redis-8.0", maxclients: 20 } },
    fleets: {
      "shop-1": {
        arrivals: { poisson: { rate: "20/s" } },
        connections: { "ma-in": { per_request: { leak: { kind: "forgotten", on_success: 0.1, on_error: 0.1 } } } },
        steps: [{ call: { server: "re-dis", through: "ma-in" } }],
      },
    },
    claims: [{ id: "C-1", says: text, source: text, expect: 600, within: 1200,
      measure: { max: { series: "fleets.shop-1.requests" } } }],
  }));
  return file;
}

const scenario = (name) => path.join("scenarios", `${name}.json`);
const REPORTS = [
  { name: "chat", of: ["run", scenario("incidents/chat-38min"), "--no-audit"], made: process.env.CHAT_RUN, charts: 6 },
  { name: "pool", of: ["run", scenario("lessons/pool-too-small")], charts: 10 },
  { name: "collapse", of: ["run", scenario("lessons/metastable-collapse"), "--runs", "3"], charts: 6 },
  { name: "audit", of: ["run", scenario("lessons/claims-in-conflict")], charts: 6, sections: ["audit"] },
  { name: "recorded", of: ["run", scenario("reality/recorded-leak")], charts: 4, sections: ["recorded"] },
  { name: "nasty", of: ["run", nasty()], charts: 4 },
  {
    name: "sweep", charts: 1, sections: ["curves", "pictures", "plan"],
    of: ["sweep", scenario("lessons/pool-too-small"), "--set", "duration=15s", "--runs", "4",
      "--vary", "fleets.at-200.connections.main.pooled.max=10..15:1",
      "--vary", "fleets.at-200.connections.main.pooled.wait_timeout=10ms,50ms,200ms",
      "--goal", "fleets.at-200.failed_ratio < 1%"],
  },
  {
    name: "compare", charts: 4, sections: ["differences", "runs", "charts"],
    of: ["compare", scenario("lessons/metastable-collapse"), "--without", "timeline.0", "--runs", "8",
      "--with", "fleets.app.retry=none"],
  },
];

function make(report) {
  const folder = report.made || path.join(work, report.name);
  if (!report.made) {
    try {
      execFileSync(process.env.HIGHWATER, report.of.concat("--out", folder, "--quiet"), { cwd: root, stdio: "pipe" });
    } catch (error) {
      // What it answers is for other tests to say.
      if (error.status === 2 || error.status === null) throw new Error(`${report.of.join(" ")}: ${error.stderr}`);
    }
  }
  return path.join(folder, "report.html");
}

// ---- what is looked at --------------------------------------------------------------------------------

async function open(browser, file, options) {
  const context = await browser.newContext(Object.assign({ viewport: { width: 1280, height: 900 } }, options));
  const page = await context.newPage();
  const asked = [], complaints = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(pathToFileURL(file).href);
  return { context, page, asked, complaints };
}

// The state of every chart, from its own data.
const state = (page) => page.evaluate(() => window.highwater.charts.map((chart) => ({
  id: chart.figure.id, group: chart.group, index: chart.index, x: chart.x[chart.index],
  min: chart.plot.scales.x.min, max: chart.plot.scales.x.max,
})));

// How many colours a canvas shows.
const colours = (page) => page.evaluate(() => window.highwater.charts.map((chart) => {
  const canvas = chart.plot.ctx.canvas;
  const { data } = chart.plot.ctx.getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  }
  return seen.size;
}));

async function fits(page, width) {
  const wide = await page.evaluate(() => {
    const all = document.scrollingElement;
    return [all.scrollWidth, all.clientWidth];
  });
  check(`nothing sticks out at ${width} pixels`, wide[0] <= wide[1], wide);
}

async function accessible(page, theme) {
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`);
  });
  check(`axe has no complaint in ${theme} colours`, found.length === 0, found);
}

async function drag(page, box, from, to) {
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * (from + to) / 2, y, { steps: 3 });
  await page.mouse.move(box.x + box.width * to, y, { steps: 3 });
  await page.mouse.up();
}

const over = async (page, index) => {
  const area = page.locator("figure.chart .u-over").nth(index);
  await area.scrollIntoViewIfNeeded();
  return area.boundingBox();
};

async function cursor(page, report, file) {
  const box = await over(page, 0);
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
  await page.waitForTimeout(50);
  const charts = await state(page);
  const first = charts[0];
  check("the cursor stands on all charts of an axis", charts.every((chart) => chart.group !== first.group || chart.index !== null), charts);
  // What the legend says is what the data beside it say.
  const differ = await page.evaluate(() => {
    const said = (chart, column) => Number(chart.values[column].textContent.replace(/[,%]|\/s/g, ""));
    const differ = [];
    for (const chart of window.highwater.charts.filter((chart) => chart.index !== null)) {
      const island = JSON.parse(document.getElementById(`${chart.figure.id}-data`).textContent);
      island.columns.forEach((column, place) => {
        const value = Array.isArray(column.values) ? column.values[chart.index] : column.values;
        if (value === null || !["count", "ratio", "per_second"].includes(island.unit)) return;
        const wanted = island.unit === "ratio" ? value * 100 : value;
        const error = Math.abs(said(chart, place) - wanted);
        // Four figures below a thousand, whole numbers above.
        const most = Math.abs(wanted) < 1000 ? Math.abs(wanted) * 6e-4 : 0.5;
        if (!(error <= most)) differ.push([chart.title, column.name, chart.values[place].textContent, value]);
      });
    }
    return differ;
  });
  check("the legend shows the values of the data", differ.length === 0, differ);
  if (report.of[0] === "run") await rows(page, file);
}

// Values under the cursor against the rows of timeseries.csv.
async function rows(page, file) {
  const table = fs.readFileSync(path.join(path.dirname(file), "timeseries.csv"), "utf8").trim().split("\n").map((line) => line.split(","));
  const seen = await page.evaluate(() => {
    const chart = window.highwater.charts.find((chart) => chart.title.startsWith("Client sockets"));
    if (!chart) return null;
    return { at: chart.x[chart.index], open: chart.columns.find((column) => column.name === "open").values[chart.index], rows: chart.x.length };
  });
  if (!seen || seen.rows !== table.length - 1) return;
  const name = table[0].find((name) => name.endsWith(".sockets.open"));
  const fleets = table[0].filter((name) => name.endsWith(".sockets.open")).length;
  const row = table.slice(1).find((row) => Math.abs(Number(row[0]) - seen.at) < 1e-6);
  check("there is a row of timeseries.csv under the cursor", row !== undefined, seen);
  if (row && fleets === 1) check("and it has the same value", Number(row[table[0].indexOf(name)]) === seen.open, [row[0], seen]);
}

async function zooming(page) {
  const whole = await state(page);
  const last = whole.length - 1;
  const zoomed = async (how) => {
    await drag(page, await over(page, 0), 0.3, 0.6);
    const now = await state(page);
    const group = now.filter((chart) => chart.group === now[0].group);
    const before = whole[0].max - whole[0].min;
    check(`a drag zooms (${how})`, now[0].max - now[0].min < before * 0.45 && now[0].max - now[0].min > before * 0.15, now[0]);
    check("all charts of the axis zoom alike", group.every((chart) => chart.min === now[0].min && chart.max === now[0].max), group);
  };
  const back = async (how) => {
    const now = await state(page);
    check(`everything is back after ${how}`, now.every((chart, at) => chart.min === whole[at].min && chart.max === whole[at].max), now[last]);
  };
  await zoomed("before a double click");
  const box = await over(page, 0);
  await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
  await back("a double click");
  await zoomed("before the button");
  await page.click("#reset");
  await back("the button");
  await zoomed("before Escape");
  await page.locator("figure.chart .plot").nth(0).focus();
  await page.keyboard.press("Escape");
  await back("Escape");
}

async function keys(page) {
  const plot = page.locator("figure.chart .plot").nth(0);
  await plot.focus();
  await page.keyboard.press("Home");
  const home = (await state(page))[0].index;
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const right = (await state(page))[0].index;
  check("arrows move the cursor", right === home + 2, [home, right]);
  const spoken = await page.locator("#live").textContent();
  const name = await page.evaluate(() => window.highwater.charts[0].columns[0].name);
  check("arrows speak the values", spoken.includes(name), spoken);
  await page.keyboard.press("End");
  check("End goes to the end", (await state(page))[0].index > right);
  const before = (await state(page))[0];
  await page.keyboard.press("+");
  const after = await state(page);
  check("plus zooms all charts", after[0].max - after[0].min < before.max - before.min && after.every((chart) => chart.group !== after[0].group || chart.min === after[0].min));
  await page.keyboard.press("-");
  await page.keyboard.press("-");
  const out = (await state(page))[0];
  check("minus zooms out", out.max - out.min === before.max - before.min, out);
  const button = page.locator("figure.chart .legend button").nth(0);
  await button.focus();
  await page.keyboard.press("Space");
  check("a line is hidden by the keyboard", (await button.getAttribute("aria-pressed")) === "false");
  await page.keyboard.press("Space");
  check("and shown again", (await button.getAttribute("aria-pressed")) === "true");
}

async function themes(page, report) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await accessible(page, "light");
  await page.click("#theme");
  const dark = await ground();
  check("the button changes the colours", light === "rgb(255, 255, 255)" && dark !== light, [light, dark]);
  await accessible(page, "dark");
  if (report.charts > 0) check("charts are drawn in dark colours", (await colours(page)).every((n) => n > 4));
}

async function sorting(page) {
  const button = page.locator("table.sortable th .sort").nth(0);
  if (await button.count() === 0) return;
  await button.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  const order = await page.evaluate(() => {
    const head = document.querySelector("table.sortable th[aria-sort]");
    return head && head.getAttribute("aria-sort");
  });
  check("a table is sorted by the keyboard", order === "descending", order);
}

async function forbidden(page) {
  const refused = await page.evaluate(() => new Promise((done) => {
    addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), { once: true });
    const image = new Image();
    image.src = "http://127.0.0.1:9/x.png";
    setTimeout(() => done(null), 500);
  }));
  check("the policy of the page refuses the network", refused === "img-src", refused);
}

async function withScripts(browser, report, file) {
  const { context, page, asked, complaints } = await open(browser, file, { colorScheme: "light" });
  const drawn = await colours(page);
  check("there are charts", drawn.length >= report.charts, drawn.length);
  check("every chart is drawn", drawn.every((n) => n > 4), drawn);
  for (const section of ["verdict"].concat(report.sections || [])) {
    check(`there is a section ${section}`, await page.locator(`#${section}`).count() === 1);
  }
  await fits(page, 1280);
  if (drawn.length > 0) {
    await cursor(page, report, file);
    await zooming(page);
    await keys(page);
  }
  await sorting(page);
  check("no text became a script", await page.evaluate(() => window.broken) === undefined);
  check("only the file was asked for", asked.length === 1, asked);
  check("the console is quiet", complaints.length === 0, complaints);
  if (looks) await page.screenshot({ path: path.join(looks, `${report.name}-light.png`), fullPage: true });
  await page.evaluate(axe);
  await themes(page, report);
  if (looks) await page.screenshot({ path: path.join(looks, `${report.name}-dark.png`), fullPage: true });
  await page.setViewportSize({ width: 400, height: 800 });
  await page.waitForTimeout(100);
  await fits(page, 400);
  if (looks) await page.screenshot({ path: path.join(looks, `${report.name}-phone.png`), fullPage: true });
  await forbidden(page);
  await context.close();
}

// The page must be usable without scripts.
async function withoutScripts(browser, report, file) {
  const { context, page } = await open(browser, file, { javaScriptEnabled: false });
  const figures = await page.locator("figure.chart").count();
  check("every chart has its data as a table", await page.locator("figure.chart details table tbody tr:nth-child(2)").count() === figures, figures);
  if (figures > 0) {
    await page.locator("figure.chart summary").nth(0).click();
    check("the table of a chart opens", await page.locator("figure.chart details table").nth(0).isVisible());
  }
  check("the verdict is there", await page.locator("#verdict h2").isVisible());
  check("there are tables", await page.locator("main table").count() > 0);
  await context.close();
}

// ---- pictures of docs/report.md -----------------------------------------------------------------------

async function shoot(browser, files) {
  const take = async (name, report, options, prepare) => {
    const { context, page } = await open(browser, files.get(report), Object.assign({ colorScheme: "light" }, options));
    await prepare(page);
    const picture = await page.screenshot({ animations: "disabled" });
    await context.close();
    const blank = await browser.newPage();
    fs.writeFileSync(path.join(screenshots, name), await small(blank, picture));
    await blank.close();
  };
  await take("report-run.png", "chat", { viewport: { width: 1180, height: 1000 } }, async () => {});
  await take("report-run-dark.png", "chat", { viewport: { width: 1180, height: 760 }, colorScheme: "dark" }, async (page) => {
    await page.evaluate(() => document.querySelector("#charts").scrollIntoView());
    const box = await page.locator("figure.chart .u-over").nth(0).boundingBox();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
  });
  await take("report-sweep.png", "sweep", { viewport: { width: 1180, height: 900 } }, async () => {});
  await take("report-compare.png", "compare", { viewport: { width: 1180, height: 900 } }, async () => {});
}

// ---- all of it ---------------------------------------------------------------------------------------

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  const files = new Map();
  try {
    for (const report of REPORTS.filter((report) => only === null || report.name === only)) {
      about = report.name;
      const begun = Date.now();
      const file = make(report);
      files.set(report.name, file);
      check("the file is small", fs.statSync(file).size < BYTES_MAX, fs.statSync(file).size);
      await withScripts(browser, report, file);
      await withoutScripts(browser, report, file);
      console.log(`${report.name}: ${fs.statSync(file).size} bytes, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    }
    if (screenshots) {
      fs.mkdirSync(screenshots, { recursive: true });
      await shoot(browser, files);
    }
  } finally {
    await browser.close();
    fs.rmSync(work, { recursive: true, force: true });
  }
  console.log(`${checks - wrong} of ${checks} checks hold`);
  process.exit(wrong === 0 ? 0 : 1);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
