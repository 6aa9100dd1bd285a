// Orders that workers of BullMQ carry out: node orders_bullmq.js URL loses|keeps SESSIONS
//
// A shop adds its orders, and two workers charge the cards. `loses`: some orders take longer than
// their lock, which nobody renews, so that the other worker takes them for stalled and charges again.
// `keeps`: none does. Printed is which orders of each shop were not charged once.
const { Queue, Worker } = require("bullmq");
const { setTimeout: sleep } = require("timers/promises");

const [url, how, sessions] = process.argv.slice(2);
const TOTAL = 2;
const LOCK = 500; // milliseconds
const connection = { url, maxRetriesPerRequest: null };

async function session(shop, number) {
  await sleep(25 * number);
  const slow = how === "loses" ? number % (2 * TOTAL) : 0; // none of TOTAL in half of the shops
  const charged = {};
  let left = TOTAL;
  const charge = async (job) => {
    charged[job.data.order] = (charged[job.data.order] ?? 0) + 1;
    await sleep(job.data.order === slow && charged[slow] === 1 ? 4 * LOCK : 5);
  };
  const options = {
    connection,
    ...(how === "loses" && { lockDuration: LOCK, skipLockRenewal: true, stalledInterval: LOCK }),
  };
  const queue = new Queue(shop, { connection });
  const workers = [new Worker(shop, charge, options), new Worker(shop, charge, options)];
  for (const worker of workers) worker.on("error", () => {}).on("completed", () => left--);
  for (let order = 1; order <= TOTAL; order++) await queue.add("charge", { order });
  while (left > 0) await sleep(20);
  await sleep(slow ? 6 * LOCK : 0);
  await Promise.all([...workers, queue].map((each) => each.close()));
  return Array.from({ length: TOTAL }, (_, i) => i + 1).filter((order) => charged[order] !== 1);
}

async function main() {
  const shops = Array.from({ length: Number(sessions) }, (_, i) => `s${i + 1}`);
  const lost = await Promise.all(shops.map(session));
  console.log(JSON.stringify(Object.fromEntries(shops.map((shop, i) => [shop, lost[i]]))));
}

main();
