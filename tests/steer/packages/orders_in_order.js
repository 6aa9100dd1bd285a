// Orders that two workers of BullMQ carry out: node orders_in_order.js URL
//
// Printed is which orders of the shop were finished before one that was added before them.
const { Queue, Worker } = require("bullmq");

const connection = { url: process.argv[2], maxRetriesPerRequest: null };
const TOTAL = 2;

async function main() {
  const shop = "s1";
  const finished = [];
  const queue = new Queue(shop, { connection });
  const charge = async () => {};
  const workers = [1, 2].map(() => new Worker(shop, charge, { connection }));
  const over = new Promise((resolve) => {
    for (const worker of workers) {
      worker.on("completed", (job) => finished.push(job.data.order) === TOTAL && resolve());
    }
  });
  for (let order = 1; order <= TOTAL; order++) await queue.add("charge", { order });
  await over;
  await Promise.all([...workers, queue].map((each) => each.close()));
  const early = finished.filter((order, place) => finished.slice(place).some((n) => n < order));
  console.log(JSON.stringify({ [shop]: early }));
}

main();
