// News that a Socket.IO server sends to those at another one: node news_socketio.js URL loses|keeps SESSIONS
//
// Both have the adapter for Redis Streams. `loses`: the other server may be busy when its XREAD has
// timed out, and the next one, from `$` again, comes behind the first news. `keeps`: it never is.
// The far server is started when the near one runs.
// Printed is which news the browser of each session never got.
const { createServer } = require("http");
const { createAdapter } = require("@socket.io/redis-streams-adapter");
const { Redis } = require("ioredis");
const { Server } = require("socket.io");
const { io: connect } = require("socket.io-client");
const { once } = require("events");
const { setTimeout: sleep } = require("timers/promises");

const [url, how, sessions] = process.argv.slice(2);
const TOTAL = 3;

function server(session, http = createServer()) {
  const redis = new Redis(url);
  const options = { streamName: `news:${session}`, blockTimeInMs: how === "loses" ? 50 : 500 };
  const io = new Server(http, { adapter: createAdapter(redis, options) });
  return { io, close: async () => (await io.close(), redis.disconnect()) };
}

function busy(milliseconds) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

async function session(id, number) {
  await sleep(50 * number);
  const near = server(id);
  await sleep(700); // it reads the stream by now
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const far = server(id, http);
  const browser = connect(`http://127.0.0.1:${http.address().port}`, { transports: ["websocket"] });
  const got = [];
  browser.on("news", (news) => got.push(news));
  await once(browser, "connect");
  await sleep(how === "keeps" ? 100 : 20 * (number % 9));
  if (how === "loses" && number % 4 === 0) busy(150); // Redis looks for what timed out ten times a second
  for (let news = 1; news <= TOTAL; news++) {
    near.io.emit("news", news);
    await sleep(how === "keeps" ? 5 : number % 7);
  }
  await sleep(1000);
  browser.close();
  await Promise.all([near.close(), far.close()]);
  return Array.from({ length: TOTAL }, (_, i) => i + 1).filter((news) => !got.includes(news));
}

async function main() {
  const ids = Array.from({ length: Number(sessions) }, (_, i) => `s${i + 1}`);
  const lost = await Promise.all(ids.map(session));
  console.log(JSON.stringify(Object.fromEntries(ids.map((id, i) => [id, lost[i]]))));
}

main();
