// A stream of text that two requests ask for: node resumable.js URL loses|keeps SESSIONS
//
// The first one produces it, the second one follows it over Redis. `loses`: both come at nearly the
// same moment, and the second one may ask before the first one listens. `keeps`: the second one
// comes when the first one has its stream. Printed is which parts not both of them got.
const { createResumableStreamContext } = require("resumable-stream");
const { createClient } = require("redis");
const { setTimeout: sleep } = require("timers/promises");

const [url, how, sessions] = process.argv.slice(2);
const TOTAL = 4;

// The server process of a request, with connections of its own. One server is near to Redis, the
// next one is not: `late` is how many milliseconds its SUBSCRIBE takes.
async function server(late = 0) {
  const [subscriber, publisher] = [createClient({ url }), createClient({ url })];
  await Promise.all([subscriber.connect(), publisher.connect()]);
  const slow = {
    connect: async () => {},
    subscribe: async (channel, callback) => {
      await sleep(late);
      return subscriber.subscribe(channel, callback);
    },
    unsubscribe: (channel) => subscriber.unsubscribe(channel),
  };
  const context = createResumableStreamContext({ waitUntil: null, subscriber: slow, publisher });
  return { context, close: () => Promise.all([subscriber.close(), publisher.close()]) };
}

function text() {
  let part = 0;
  return new ReadableStream({
    async pull(controller) {
      await sleep(how === "keeps" ? 100 : 3);
      if (part === TOTAL) controller.close();
      else controller.enqueue(`${++part};`);
    },
  });
}

async function read(request) {
  let got = "";
  try {
    for await (const part of (await request) ?? []) got += part;
  } catch (error) {
    if (error.message !== "Timeout waiting for ack") throw error;
  }
  return got;
}

async function session(id, number) {
  await sleep(20 * number);
  const [first, second] = [await server([0, 5, 10, 200][number % 4]), await server()];
  const producing = first.context.resumableStream(id, text);
  if (how === "keeps") await producing;
  else await sleep(number % 12);
  const got = await Promise.all([read(producing), read(second.context.resumableStream(id, text))]);
  await Promise.all([first.close(), second.close()]);
  const parts = Array.from({ length: TOTAL }, (_, i) => i + 1);
  return parts.filter((part) => !got.every((text) => text.includes(`${part};`)));
}

async function main() {
  const ids = Array.from({ length: Number(sessions) }, (_, i) => `s${i + 1}`);
  const lost = await Promise.all(ids.map(session));
  console.log(JSON.stringify(Object.fromEntries(ids.map((id, i) => [id, lost[i]]))));
}

main();
