// Chromium for the tests: carries out what harness/browser.py asks, one line of JSON each way.
//
// {"open": {options of a context}} gives a tab's number; {"tab", "code", "args"} runs code in
// which `page` and `context` are playwright's, `args` what was given, `seen` what the tab has done:
// every request, every WebSocket with its messages, every error. Ends with its stdin.

const path = require("node:path");
const readline = require("node:readline");

const [, , packages, program] = process.argv;
const { chromium } = require(path.join(packages, "playwright-core"));
const LIMIT_MS = 15000;
const Code = Object.getPrototypeOf(async () => {}).constructor;
const tabs = [];

async function open(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(LIMIT_MS);
  const page = await context.newPage();
  const seen = { requests: [], sockets: [], errors: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (said) => said.type() === "error" && seen.errors.push(said.text()));
  page.on("websocket", (socket) => {
    const of = { url: socket.url(), texts: [], pictures: [] };
    seen.sockets.push(of);
    socket.on("framereceived", ({ payload }) =>
      typeof payload === "string"
        ? of.texts.push(payload)
        : of.pictures.push(payload.readUInt32LE(0)));
  });
  tabs.push({ page, context, seen });
  return tabs.length - 1;
}

async function answer(browser, asked) {
  if (asked.open) return open(browser, asked.open);
  const { page, context, seen } = tabs[asked.tab];
  const code = new Code("page", "context", "seen", "args", asked.code);
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error("no end within the limit")), 2 * LIMIT_MS);
  });
  return Promise.race([code(page, context, seen, asked.args), late])
    .finally(() => clearTimeout(timer));
}

async function main() {
  const browser = await chromium.launch({
    executablePath: program,
    chromiumSandbox: false,
    // Names of strangers who say that this machine is theirs.
    args: ["--host-resolver-rules=MAP *.example 127.0.0.1"],
  });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let told;
    try {
      told = { value: (await answer(browser, JSON.parse(line))) ?? null };
    } catch (error) {
      told = { error: String(error.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
  await browser.close();
}

main();
