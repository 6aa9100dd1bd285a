// Sends the mails of a shop: node worker.js SHOP
const Redis = require("ioredis");

const shop = process.argv[2];
const [queue, inWork] = [`mail:${shop}:queue`, `mail:${shop}:in-work`];
const redis = new Redis(process.env.REDIS_URL);

async function main() {
  for (;;) {
    const job = await redis.blmove(queue, inWork, "LEFT", "RIGHT", 0);
    const { id } = JSON.parse(job);
    await redis.set(`mail:${shop}:lock:${id}`, "node", "EX", 30);
    console.log(`sent ${id}`);
    await redis.lrem(inWork, 1, job);
    await redis.del(`mail:${shop}:lock:${id}`);
    console.log(`finished ${id}`);
  }
}

main();
